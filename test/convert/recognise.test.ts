/** Guards that a method is recognised by what is in the checkpoint, or not at all; and that nothing is guessed. */
import { describe, expect, test } from 'vitest'
import { type RecogniseOptions, recogniseMethod } from '../../src/convert/recognise.ts'
import { MismatchError, UsageError } from '../../src/errors.ts'
import { IMAGENET, type Method } from '../../src/methods/method.ts'
import { checkpointOf } from '../helpers/lists.ts'

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

function recognise(lines: readonly string[], options: RecogniseOptions = {}, methods = METHODS) {
  const checkpoint = checkpointOf(
    'file.pth',
    lines.map(line => (line.startsWith('[') ? line : `${line} float32 1`)),
  )
  return recogniseMethod(checkpoint, methods, options)
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

describe('by itself', () => {
  test('by its signature, in its section', () => {
    const found = recognise(ALPHA_FILE)
    expect(found).toMatchObject({ method: ALPHA, section: 'state_dict' })
    expect(found.network).toBeUndefined()
    expect([...found.state.keys()]).toEqual(['encoder.conv1.weight', 'queue'])
    expect(found.because).toContain('encoder.conv1.weight')
  })

  test('in the second of its sections', () => {
    expect(recognise(['[]', 'encoder.conv1.weight', 'queue'])).toMatchObject({ method: ALPHA, section: '' })
  })

  test('in the first of its sections, where both would do', () => {
    const lines = ['[]', 'encoder.conv1.weight', 'queue', ...ALPHA_FILE]
    expect(recognise(lines).section).toBe('state_dict')
  })

  test('with a wrapper around all names', () => {
    const lines = ['[state_dict]', 'module.encoder.conv1.weight', 'module.queue']
    expect(recognise(lines).method).toBe(ALPHA)
  })

  test('with its default network, and the one that was asked for', () => {
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

  test('not where one tensor has no fate: then it is another method', () => {
    expect(recognise([...ALPHA_FILE, 'queue_ptr']).method).toBe(GAMMA)
    expect(mismatch([...ALPHA_FILE, 'stranger']).message).toContain('fits no known method')
  })

  test('not where its signature is not whole', () => {
    expect(mismatch(['[state_dict]', 'encoder.conv1.weight']).message).toContain(
      'Nearest is alpha, but no tensor matches queue',
    )
    expect(mismatch(['[teacher]', 'backbone.w']).message).toContain(
      'Nearest is beta, but no tensor matches head.*',
    )
  })

  test('not in a section of another name', () => {
    expect(mismatch(['[model]', 'encoder.conv1.weight', 'queue']).message).toMatch(
      /fits no known method\. It has: 'model' with 2 tensors \(encoder, queue\)/,
    )
  })

  test('not where several fit: they are all named', () => {
    const twin = { ...ALPHA, name: 'twin' }
    const error = mismatch(ALPHA_FILE, {}, [ALPHA, twin])
    expect(error.message).toContain('several methods: alpha and twin')
    expect(error.advice).toContain('--selfsup alpha or --selfsup twin')
    expect(error.details).toEqual({ candidates: ['alpha', 'twin'] })
  })
})

describe('by name', () => {
  test('of a method that fits', () => {
    expect(recognise(ALPHA_FILE, { selfsup: 'alpha' }).method).toBe(ALPHA)
    expect(recognise(ALPHA_FILE, { selfsup: 'auto' }).method).toBe(ALPHA)
  })

  test('of one of several that fit', () => {
    const twin = { ...ALPHA, name: 'twin' }
    expect(recognise(ALPHA_FILE, { selfsup: 'twin' }, [ALPHA, twin]).method.name).toBe('twin')
  })

  test('of another method than the checkpoint is of', () => {
    const error = mismatch(ALPHA_FILE, { selfsup: 'beta' })
    expect(error.message).toMatch(/does not look like beta; it looks like alpha/)
    expect(error.advice).toContain('--selfsup alpha')
  })

  test('of a method that fits in part, where no other fits better', () => {
    const found = recognise(['[state_dict]', 'encoder.conv1.weight', 'x'], { selfsup: 'alpha' })
    expect(found).toMatchObject({ method: ALPHA, section: 'state_dict' })
    expect(found.because).toMatch(/you said so/)
  })

  test('of a method whose section is not there', () => {
    const error = mismatch(['[model]', 'x.w'], { selfsup: 'beta' })
    expect(error.message).toMatch(/has no tensors in 'teacher', where beta expects its network/)
    expect(error.advice).toContain("'model' with 1 tensors (x)")
  })

  test('of a method that does not exist', () => {
    expect(() => recognise(ALPHA_FILE, { selfsup: 'alhpa' })).toThrow(/There is no method 'alhpa'/)
    const error = caught(() => recognise(ALPHA_FILE, { selfsup: 'alhpa' }))
    expect(error).toBeInstanceOf(UsageError)
    expect(error.advice).toBe('Did you mean alpha? The methods are: auto, alpha, beta, gamma.')
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
    expect(error.message).toBe("Method beta has no network 'pupil'.")
    expect(error.advice).toBe('It has: teacher, student.')
  })

  test('of a method that has only one', () => {
    const error = caught(() => recognise(ALPHA_FILE, { selfsup: 'alpha', network: 'student' }))
    expect(error).toBeInstanceOf(UsageError)
    expect(error.advice).toMatch(/only one network: leave --network out/)
  })

  test('that no method has', () => {
    expect(mismatch(BETA_FILE, { network: 'pupil' }).message).toContain(
      "no known method with a network 'pupil'",
    )
  })
})

describe('a method that was given', () => {
  const given = methodOf('by hand', { signature: [], rules: [{ keep: 'x.*', as: '*' }], sections: ['model'] })

  test('is applied without a look at the others', () => {
    expect(recognise(['[model]', 'x.w', ...ALPHA_FILE], { method: given })).toMatchObject({
      method: given,
      section: 'model',
      because: 'the rules were given',
    })
  })

  test('to a section that is there', () => {
    expect(mismatch(ALPHA_FILE, { method: given }).message).toContain("has no tensors in 'model'")
  })
})

test('a checkpoint without tensors', () => {
  const error = mismatch([])
  expect(error.message).toContain('no dictionary of tensors in it')
  expect(error.advice).toContain('model.state_dict()')
})
