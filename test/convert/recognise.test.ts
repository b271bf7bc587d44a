/** A method is recognised by the contents of the checkpoint, or not at all; nothing is guessed. */
import { describe, expect, test } from 'vitest'
import { KNOWN } from '../../src/convert/knowledge.ts'
import type { Match } from '../../src/convert/match.ts'
import { findMethod, originOf, type RecogniseOptions, recogniseMethod } from '../../src/convert/recognise.ts'
import { isRefusal } from '../../src/convert/refusal.ts'
import { MismatchError, UsageError } from '../../src/errors.ts'
import { becauseOf } from '../../src/explain/because.ts'
import { decideOrThrow } from '../../src/explain/decide.ts'
import { explainRefusal } from '../../src/explain/explain.ts'
import { architecture, type Family } from '../../src/families/family.ts'
import { IMAGENET, type Method } from '../../src/methods/method.ts'
import type { Target } from '../../src/targets/target.ts'
import type { Checkpoint } from '../../src/tensor/tensor.ts'
import { checkpointOf, readList } from '../helpers/lists.ts'

function methodOf(name: string, more: Pick<Method, 'signature' | 'rules'> & Partial<Method>): Method {
  return {
    name,
    title: name,
    paper: '',
    code: { repository: '', file: '', commit: '' },
    sections: ['state_dict', ''],
    normalisation: IMAGENET,
    style: 'pytorch',
    published: [],
    ...more,
  }
}

const ALPHA = methodOf('alpha', {
  signature: ['encoder.conv1.weight', 'queue'],
  rules: [
    { keep: 'encoder.*', as: '*' },
    { drop: 'queue', because: 'queue' },
  ],
})

const BETA = methodOf('beta', {
  sections: ['teacher'],
  networks: [
    { name: 'teacher', about: '' },
    { name: 'student', about: '', sections: ['student'] },
  ],
  signature: ['backbone.*', 'head.*'],
  rules: [
    { keep: 'backbone.*', as: '*' },
    { drop: 'head.*', because: 'head' },
  ],
})

/** The same names as alpha, and one more. */
const GAMMA = methodOf('gamma', {
  signature: ['encoder.conv1.weight', 'queue', 'queue_ptr'],
  rules: [...ALPHA.rules, { drop: 'queue_ptr', because: 'pointer' }],
})

const METHODS = [ALPHA, BETA, GAMMA]

/** Accepts any names: every state dict is complete. */
const TOY: Family = {
  name: 'toy',
  title: 'Toy',
  architectures: (state = new Map()) => [
    architecture({ name: 'toy', title: 'Toy', family: 'toy', facts: {} }, () =>
      [...state].map(([name, { shape }]) => ({ name, shape, kind: 'float' })),
    ),
  ],
  look: { firstLayer: '', stages: [], initial: 'he' },
  spellings: [{ name: 'toy', code: '', has: [], rules: [{ keep: '*', as: '*' }] }],
}

/** A loader for such networks. */
const TARGET: Target = {
  name: 'toy',
  title: 'Toy',
  homes: { toy: { class: 'Toy', code: '', spelling: 'toy', prefix: '', section: 'state_dict' } },
}

/** A match, or the error that users get instead. */
function recogniseOrThrow(
  checkpoint: Checkpoint,
  methods: readonly Method[],
  options: RecogniseOptions = {},
): Match {
  const knowledge =
    methods === KNOWN.methods ? KNOWN : { ...KNOWN, methods, families: [TOY], targets: [TARGET] as const }
  const found = recogniseMethod(checkpoint, knowledge, options)
  if (isRefusal(found)) throw explainRefusal(found, { checkpoint, knowledge, options })
  return found
}

function recognise(lines: readonly string[], options: RecogniseOptions = {}, methods = METHODS) {
  const checkpoint = checkpointOf(
    'file.pth',
    lines.map(line => (line.startsWith('[') ? line : `${line} float32 1`)),
  )
  return recogniseOrThrow(checkpoint, methods, options)
}

function mismatch(
  lines: readonly string[],
  options: RecogniseOptions = {},
  methods = METHODS,
): MismatchError {
  try {
    recognise(lines, options, methods)
  } catch (error) {
    expect(error).toBeInstanceOf(MismatchError)
    return error as MismatchError
  }
  return expect.unreachable('recognised')
}

const ALPHA_FILE = ['[state_dict]', 'encoder.conv1.weight', 'queue']
const BETA_FILE = ['[student]', 'backbone.w', 'head.w', '[teacher]', 'backbone.w', 'head.w']

describe('automatically', () => {
  test('by its signature, in its section', () => {
    const found = recognise(ALPHA_FILE)
    expect(found).toMatchObject({ method: ALPHA, section: 'state_dict' })
    expect(found.network).toBeUndefined()
    expect([...found.state.keys()]).toEqual(['encoder.conv1.weight', 'queue'])
    expect(becauseOf(found)).toContain('encoder.conv1.weight')
  })

  test('in the second of its sections', () => {
    expect(recognise(['[]', 'encoder.conv1.weight', 'queue'])).toMatchObject({ method: ALPHA, section: '' })
  })

  test('in the first of its sections, if both would fit', () => {
    const lines = ['[]', 'encoder.conv1.weight', 'queue', ...ALPHA_FILE]
    expect(recognise(lines).section).toBe('state_dict')
  })

  test('with a wrapper around all names', () => {
    const lines = ['[state_dict]', 'module.encoder.conv1.weight', 'module.queue']
    expect(recognise(lines).method).toBe(ALPHA)
  })

  test('with its default network, and with the requested one', () => {
    expect(recognise(BETA_FILE)).toMatchObject({
      method: BETA,
      section: 'teacher',
      network: { name: 'teacher' },
    })
    expect(recognise(BETA_FILE, { network: 'student' })).toMatchObject({
      section: 'student',
      network: { name: 'student' },
    })
  })

  test('not if a tensor has no fate: then it is another method', () => {
    expect(recognise([...ALPHA_FILE, 'queue_ptr']).method).toBe(GAMMA)
    expect(mismatch([...ALPHA_FILE, 'stranger']).message).toContain('does not match any known method')
  })

  test('not if its signature is incomplete', () => {
    expect(mismatch(['[state_dict]', 'encoder.conv1.weight']).message).toContain(
      'The nearest is alpha, but no tensor matches queue',
    )
    expect(mismatch(['[teacher]', 'backbone.w']).message).toContain(
      'The nearest is beta, but no tensor matches head.*',
    )
  })

  test('not in a section with another name, if that contains less than a backbone', () => {
    const error = mismatch(['[model]', 'encoder.conv1.weight', 'queue'])
    expect(error.message).toMatch(
      /does not match any known method\. It has: 'model' with 2 tensors \(encoder, queue\)/,
    )
    expect(error.advice).toMatch(/^It does not contain a network that can be converted/)
  })

  test('the first of several that keep the same tensors, with the same normalisation of images', () => {
    const found = recognise(ALPHA_FILE, {}, [ALPHA, { ...ALPHA, name: 'twin' }])
    expect(found).toMatchObject({ method: ALPHA })
  })

  test('not if several fit: all of them are named', () => {
    const twin = { ...ALPHA, name: 'twin', normalisation: { ...ALPHA.normalisation, order: 'bgr' as const } }
    const error = mismatch(ALPHA_FILE, {}, [ALPHA, twin])
    expect(error.message).toContain('several methods: alpha and twin')
    expect(error.advice).toContain("{ selfsup: 'alpha' } or { selfsup: 'twin' }")
    expect(error.details).toEqual({ candidates: ['alpha', 'twin'] })
  })
})

/** As many tensors as the smallest backbone has. */
const many = (prefix: string): string[] => Array.from({ length: 100 }, (_, index) => `${prefix}w${index}`)
const alphaIn = (...sections: string[]): string[] =>
  sections.flatMap(section => [`[${section}]`, 'encoder.conv1.weight', 'queue', ...many('encoder.')])

describe('in a section where the method usually is not', () => {
  test.each([{}, { selfsup: 'alpha' }])('if it fits nowhere else, and says so: %j', options => {
    const found = recognise([...alphaIn('ckpt.model'), '[optimizer]', 'a'], options)
    expect(found).toMatchObject({ method: ALPHA, section: 'ckpt.model' })
    expect(becauseOf(found)).toContain("'ckpt.model' is not where alpha usually has it")
  })

  test('not if it fits where it usually is', () => {
    const found = recognise([...alphaIn('model'), ...ALPHA_FILE])
    expect(found.section).toBe('state_dict')
    expect(becauseOf(found)).not.toContain('usually')
  })

  test('not if it would have to choose between two', () => {
    for (const options of [{}, { selfsup: 'alpha' }]) {
      const error = mismatch(alphaIn('model', 'ema net'), options)
      expect(error.message).toContain("can be read in several ways: alpha in 'model', or alpha in 'ema net'")
      expect(error.advice).toContain(
        "{ selfsup: 'alpha', section: 'model' } or { selfsup: 'alpha', section: 'ema net' }",
      )
    }
  })

  test('once for a dictionary that is saved under two keys', () => {
    const checkpoint = checkpointOf(
      'file.pth',
      alphaIn('a').map(line => (line.startsWith('[') ? line : `${line} float32 1`)),
    )
    const sections = new Map([...checkpoint.sections, ['b', checkpoint.sections.get('a')!]])
    expect(recogniseOrThrow({ ...checkpoint, sections }, METHODS).section).toBe('a')
    const usual = new Map([...sections, ['state_dict', sections.get('a')!]])
    expect(recogniseOrThrow({ ...checkpoint, sections: usual }, METHODS).section).toBe('state_dict')
  })

  test('not by names that fit any ResNet, if only the section is specific', () => {
    const plain = methodOf('plain', {
      sections: ['special'],
      signature: ['w1'],
      rules: [{ keep: 'w*', as: 'w*' }],
    })
    expect(recognise(['[special]', ...many('')], {}, [plain]).method).toBe(plain)
    expect(mismatch(['[model]', ...many('')], {}, [plain]).message).toContain(
      'does not match any known method',
    )
  })

  test('without a network, if only the section would tell which one', () => {
    const found = recognise(['[model]', ...many('backbone.'), 'head.w'])
    expect(found).toMatchObject({ method: BETA, section: 'model' })
    expect(found.network).toBeUndefined()
  })
})

describe('in a given section', () => {
  test.each([{}, { selfsup: 'alpha' }])('%j', options => {
    const lines = ['[a]', 'encoder.conv1.weight', 'queue', ...ALPHA_FILE]
    expect(recognise(lines, { ...options, section: 'a' })).toMatchObject({ method: ALPHA, section: 'a' })
    expect(recognise(lines, { ...options, section: 'state_dict' }).section).toBe('state_dict')
  })

  test('with the network that belongs to the section', () => {
    expect(recognise(BETA_FILE, { section: 'student' })).toMatchObject({ network: { name: 'student' } })
    expect(recognise(BETA_FILE, { section: 'teacher' })).toMatchObject({ network: { name: 'teacher' } })
  })

  test('a given method that fits partly, if no other fits', () => {
    const found = recognise(['[a]', 'encoder.conv1.weight', ...ALPHA_FILE], {
      selfsup: 'alpha',
      section: 'a',
    })
    expect(found).toMatchObject({ method: ALPHA, section: 'a' })
    expect(becauseOf(found)).toMatch(/specified; some of its usual names are missing/)
  })

  test('and no other: matches elsewhere are not used', () => {
    const error = mismatch([...ALPHA_FILE, '[x]', 'y'], { section: 'x' })
    expect(error.message).toContain("does not match any known method in 'x'")
  })

  test('that does not exist', () => {
    const given = methodOf('by hand', { signature: [], rules: [{ keep: '*', as: '*' }] })
    for (const options of [{}, { selfsup: 'alpha' }, { method: given }]) {
      const error = caught(() => recognise(ALPHA_FILE, { ...options, section: 'model' }))
      expect(error).toBeInstanceOf(UsageError)
      expect(error.message).toBe("file.pth has no section 'model'.")
      expect(error.advice).toBe("It has: 'state_dict'.")
      const slip = caught(() => recognise(ALPHA_FILE, { ...options, section: 'state_dcit' }))
      expect(slip.advice).toBe("Did you mean 'state_dict'? Then: { section: 'state_dict' }.")
    }
  })
})

describe('only another network exists', () => {
  const student = ['[student]', 'backbone.w', 'head.w']

  test('automatically: the user has to choose the network', () => {
    const error = mismatch(student)
    expect(error.message).toBe(
      "file.pth has the network student of beta in 'student', not teacher, which is the default.",
    )
    expect(error.advice).toBe("To convert it: { selfsup: 'beta', network: 'student' }.")
    expect(recognise(student, { selfsup: 'beta', network: 'student' }).network?.name).toBe('student')
  })

  test('of a given method', () => {
    const error = mismatch(student, { selfsup: 'beta' })
    expect(error.message).toContain("no tensors in 'teacher', where beta expects its network teacher")
    expect(error.advice).toBe("It has the network student: { network: 'student' }.")
  })

  test('than the given one', () => {
    const error = mismatch(['[teacher]', 'backbone.w', 'head.w'], { selfsup: 'beta', network: 'student' })
    expect(error.message).toContain("no tensors in 'student', where beta expects its network student")
    expect(error.advice).toBe("It has the network teacher: { network: 'teacher' }.")
  })
})

test('a method whose names all fit may be given anyway, if its backbone is complete', () => {
  const lines = ['[state_dict]', 'encoder.conv1.weight']
  expect(mismatch(lines).advice).toContain("selfsup: 'alpha'")
  expect(recognise(lines, { selfsup: 'alpha' }).method).toBe(ALPHA)
  const { checkpoint } = readList('moco.resnet50.txt')
  const state = [...checkpoint.sections.get('state_dict')!].filter(([name]) => !name.includes('encoder_k'))
  const alone = { ...checkpoint, sections: new Map([['state_dict', new Map(state)]]) }
  const said = "If it is moco anyway: { selfsup: 'moco' }."
  expect(() => decideOrThrow(alone)).toThrow(
    expect.objectContaining({ advice: expect.stringContaining(said) }),
  )
  expect(decideOrThrow(alone, { selfsup: 'moco' }).report.complete).toBe(true)
  const part = new Map(state.filter(([name]) => !name.includes('layer4')))
  const incomplete = { ...checkpoint, sections: new Map([['state_dict', part]]) }
  expect(() => decideOrThrow(incomplete)).toThrow(
    expect.objectContaining({ advice: expect.not.stringContaining('--selfsup') }),
  )
})

describe('by name', () => {
  test('with a method that fits', () => {
    expect(recognise(ALPHA_FILE, { selfsup: 'alpha' }).method).toBe(ALPHA)
    expect(recognise(ALPHA_FILE, { selfsup: 'auto' }).method).toBe(ALPHA)
  })

  test('with one of several that fit', () => {
    const twin = { ...ALPHA, name: 'twin' }
    expect(recognise(ALPHA_FILE, { selfsup: 'twin' }, [ALPHA, twin]).method.name).toBe('twin')
  })

  test("with a method other than the checkpoint's", () => {
    const error = mismatch(ALPHA_FILE, { selfsup: 'beta' })
    expect(error.message).toMatch(/does not look like beta; it looks like alpha/)
    expect(error.advice).toBe("Use { selfsup: 'alpha' }, or omit selfsup.")
  })

  test('with a method that fits partly, if no other fits better', () => {
    const found = recognise(['[state_dict]', 'encoder.conv1.weight', 'x'], { selfsup: 'alpha' })
    expect(found).toMatchObject({ method: ALPHA, section: 'state_dict' })
    expect(becauseOf(found)).toMatch(/specified; some of its usual names are missing/)
  })

  test('with a method whose section does not exist', () => {
    const error = mismatch(['[model]', 'x.w'], { selfsup: 'beta' })
    expect(error.message).toMatch(/has no tensors in 'teacher', where beta expects its network/)
    expect(error.message).toContain("It has: 'model' with 1 tensor (x).")
    expect(error.advice).toMatch(/^It does not contain a network that can be converted/)
  })

  test('with a method that does not exist', () => {
    expect(() => recognise(ALPHA_FILE, { selfsup: 'alhpa' })).toThrow(/There is no method 'alhpa'/)
    const error = caught(() => recognise(ALPHA_FILE, { selfsup: 'alhpa' }))
    expect(error).toBeInstanceOf(UsageError)
    expect(error.advice).toBe('Did you mean alpha?')
  })
})

function caught(run: () => unknown): UsageError {
  try {
    run()
  } catch (error) {
    return error as UsageError
  }
  return expect.unreachable('nothing was thrown')
}

describe('networks', () => {
  test('that a method does not have', () => {
    const error = caught(() => recognise(BETA_FILE, { selfsup: 'beta', network: 'pupil' }))
    expect(error).toBeInstanceOf(UsageError)
    expect(error.message).toBe("beta has no network 'pupil'.")
    expect(error.advice).toBe('It has: teacher, student.')
  })

  test('of a method that has only one', () => {
    const error = caught(() => recognise(ALPHA_FILE, { selfsup: 'alpha', network: 'student' }))
    expect(error).toBeInstanceOf(UsageError)
    expect(error.advice).toMatch(/only one network: omit network/)
  })

  test('that no method has', () => {
    const error = caught(() => recognise(BETA_FILE, { network: 'pupil' }))
    expect(error).toBeInstanceOf(UsageError)
    expect(error.advice).toBe('It has: teacher, student.')
  })
})

describe('a given method object', () => {
  const given = methodOf('by hand', { signature: [], rules: [{ keep: 'x.*', as: '*' }], sections: ['model'] })

  test('is applied without considering the others', () => {
    expect(recognise(['[model]', 'x.w', ...ALPHA_FILE], { method: given })).toMatchObject({
      method: given,
      section: 'model',
      by: 'given',
    })
  })

  test('requires its section', () => {
    expect(mismatch(ALPHA_FILE, { method: given }).message).toContain("has no tensors in 'model'")
  })
})

test('a checkpoint without tensors', () => {
  const error = mismatch([])
  expect(error.message).toContain(', but no state dict')
  expect(error.advice).toContain('model.state_dict()')
})

test("the method's name in files from earlier versions", () => {
  const facts = new Map([
    ['meta.selfsup2mmdet', '0.1.0'],
    ['meta.method', 'mmdetection'],
  ])
  expect(originOf({ facts }, KNOWN.methods)?.name).toBe('backbone')
  expect(findMethod(KNOWN.methods, 'MMDetection').name).toBe('backbone')
})
