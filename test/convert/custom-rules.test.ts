/** Rules given by hand: mistakes are reported with their place, before a checkpoint is opened. */
import { describe, expect, test } from 'vitest'
import { methodByHand, parseRules } from '../../src/convert/custom-rules.ts'
import { UsageError } from '../../src/errors.ts'
import { IMAGENET } from '../../src/methods/method.ts'

const KEEP = { keep: 'encoder.*', as: '*' }

describe('a rules file', () => {
  test('has the format of a method', () => {
    const rules = {
      sections: ['model', 'ema.model'],
      networks: [{ name: 'student' }, { name: 'teacher', about: 'its average', sections: ['ema'] }],
      rules: [
        { ...KEEP, network: 'student' },
        { drop: 'head.*', because: 'a head', head: 'fc.*', network: 'student' },
      ],
    }
    expect(parseRules(JSON.stringify(rules), 'rules.json')).toEqual(rules)
    expect(parseRules(JSON.stringify({ rules: [KEEP], comment: 1 }), 'rules.json').rules).toEqual([KEEP])
  })

  test.each<[unknown, string]>([
    [[], 'expected the file to be an object, found []'],
    [null, 'expected the file to be an object, found null'],
    [{}, 'expected rules to be a list, found nothing'],
    [{ rules: {} }, 'expected rules to be a list, found {}'],
    [{ rules: [5] }, 'expected rules[0] to be an object, found 5'],
    [{ rules: [KEEP, { keep: 'a' }] }, 'expected rules[1].as to be a text, found nothing'],
    [{ rules: [{ drop: 'a' }] }, 'expected rules[0].because to be a text, found nothing'],
    [{ rules: [KEEP, { drop: 'a', because: 'b', head: 5 }] }, 'expected rules[1].head to be a text, found 5'],
    [{ rules: [{ ...KEEP, network: 1 }] }, 'expected rules[0].network to be a text, found 1'],
    [{ rules: [KEEP], sections: 'model' }, 'expected sections to be a list, found "model"'],
    [{ rules: [KEEP], sections: [1] }, 'expected sections[0] to be a text, found 1'],
    [{ rules: [KEEP], networks: [{}] }, 'expected networks[0].name to be a text, found nothing'],
    [
      { rules: [KEEP], networks: [{ name: 'a', sections: 'model' }] },
      'expected networks[0].sections to be a list, found "model"',
    ],
    [{ rules: [KEEP], style: 'tensorflow' }, 'expected style to be pytorch or caffe, found "tensorflow"'],
    [
      { rules: [KEEP], normalisation: { mean: [0, 0], std: [1, 1, 1], order: 'rgb' } },
      'expected normalisation.mean to be a list of 3 numbers, found [0,0]',
    ],
    [
      { rules: [KEEP], normalisation: { mean: [0, 0, 0], std: [1, '1', 1], order: 'rgb' } },
      'expected normalisation.std[1] to be a number, found "1"',
    ],
  ])('%j is refused', (value, problem) => {
    const parse = () => parseRules(JSON.stringify(value), 'rules.json')
    expect(parse).toThrow(UsageError)
    expect(parse).toThrow(`rules.json: ${problem}.`)
  })

  test('that is not JSON is refused', () => {
    expect(() => parseRules('{', 'rules.json')).toThrow('rules.json: expected JSON; ')
  })
})

describe('rules', () => {
  test.each([
    [[{ drop: 'a', because: 'b' }], 'The rules do not keep any tensor.'],
    [[{ keep: 'a.*.*', as: '*' }], "The pattern 'a.*.*' has more than one *."],
    [[KEEP, { drop: 'a', because: 'b', head: '**' }], "The pattern '**' has more than one *."],
    [[{ keep: 'conv1.weight', as: '*' }], "The name '*' has a *, but the pattern 'conv1.weight' has none"],
  ])('%j are refused', (rules, problem) => {
    const make = () => methodByHand({ rules })
    expect(make).toThrow(UsageError)
    expect(make).toThrow(problem)
  })

  test('become a method for what torch.save usually writes', () => {
    expect(methodByHand({ rules: [KEEP] })).toMatchObject({ sections: ['state_dict', ''], rules: [KEEP] })
    expect(methodByHand({ rules: [KEEP] })).toMatchObject({ normalisation: IMAGENET })
    expect(methodByHand({ rules: [KEEP], style: 'caffe' }).style).toBe('caffe')
    expect(methodByHand({ rules: [KEEP], sections: ['model'] }).sections).toEqual(['model'])
  })
})
