/** Every tensor has exactly one fate: kept under one name, dropped for one reason, or an error that names it. */
import { describe, expect, test } from 'vitest'
import { BY_HAND } from '../../src/convert/custom-rules.ts'
import type { Plan } from '../../src/convert/fate.ts'
import { KNOWN } from '../../src/convert/knowledge.ts'
import { type PlanOptions, planSection } from '../../src/convert/plan.ts'
import { isRefusal } from '../../src/convert/refusal.ts'
import { MismatchError, UnsupportedError, UsageError } from '../../src/errors.ts'
import { explainRefusal } from '../../src/explain/explain.ts'
import { decidingRule, type Rule } from '../../src/rename/rules.ts'
import type { StateDict, Tensor } from '../../src/tensor/tensor.ts'
import { checkpointOf } from '../helpers/lists.ts'
import { randomIntegers } from '../helpers/random.ts'

function stateOf(...names: string[]): StateDict {
  const lines = ['[x]', ...names.map(name => `${name} float32 2x3`)]
  return checkpointOf('a list', lines).sections.get('x') ?? new Map()
}

const RULES: readonly Rule[] = [
  { drop: 'student.fc.*', because: 'projection head', head: 'fc.*', network: 'student' },
  { drop: 'teacher.fc.*', because: 'projection head of the teacher', head: 'fc.*', network: 'teacher' },
  { keep: 'student.*', as: '*', network: 'student' },
  { keep: 'teacher.*', as: '*', network: 'teacher' },
  { drop: 'queue*', because: 'dictionary of negatives' },
]

const STATE = stateOf(
  'student.conv1.weight',
  'student.fc.weight',
  'teacher.conv1.weight',
  'teacher.fc.weight',
  'queue',
)

/** A plan, or the error that users get instead. */
function planOrThrow(
  method: { readonly name: string; readonly rules: readonly Rule[] },
  state: StateDict,
  options: PlanOptions = {},
): Plan {
  const plan = planSection(method, state, [], options)
  const checkpoint = checkpointOf('it.pth', ['[x]', 'w float32 1'])
  if (isRefusal(plan)) throw explainRefusal(plan, { checkpoint, knowledge: KNOWN, options: {} })
  return plan
}

/** By name: the new name, or the reason for dropping. */
function fates(state: StateDict, options: PlanOptions, rules = RULES, name = 'test'): Record<string, string> {
  const plan = planOrThrow({ name, rules }, state, options)
  return Object.fromEntries(
    plan.fates.map(fate => [
      fate.name,
      'as' in fate ? `→ ${fate.as}${fate.head ? ' (head)' : ''}` : fate.because,
    ]),
  )
}

function caught(run: () => unknown): MismatchError {
  try {
    run()
  } catch (error) {
    expect(error).toBeInstanceOf(MismatchError)
    return error as MismatchError
  }
  return expect.unreachable('nothing was thrown')
}

describe('fates', () => {
  test('of one network: the other one is dropped, with its name as the reason', () => {
    expect(fates(STATE, { network: 'student' })).toEqual({
      'student.conv1.weight': '→ conv1.weight',
      'student.fc.weight': 'projection head',
      'teacher.conv1.weight': 'network teacher',
      'teacher.fc.weight': 'projection head of the teacher',
      queue: 'dictionary of negatives',
    })
  })

  test('of the other network', () => {
    expect(fates(STATE, { network: 'teacher' })).toMatchObject({
      'student.conv1.weight': 'network student',
      'teacher.conv1.weight': '→ conv1.weight',
    })
  })

  test('with the head of that network, and no other', () => {
    expect(fates(STATE, { network: 'teacher', keepHead: true })).toMatchObject({
      'student.fc.weight': 'projection head',
      'teacher.fc.weight': '→ fc.weight (head)',
    })
  })

  test('the first rule that matches decides', () => {
    const rules: Rule[] = [
      { drop: 'a.special', because: 'first' },
      { keep: 'a.*', as: '*' },
      { drop: '*', because: 'last' },
    ]
    expect(fates(stateOf('a.special', 'a.w', 'b'), {}, rules)).toEqual({
      'a.special': 'first',
      'a.w': '→ w',
      b: 'last',
    })
  })

  test('rules do not apply to the results of other rules', () => {
    const rules: Rule[] = [
      { keep: 'a.*', as: 'b.*' },
      { keep: 'b.*', as: 'c.*' },
    ]
    expect(fates(stateOf('a.w', 'b.v'), {}, rules)).toEqual({ 'a.w': '→ b.w', 'b.v': '→ c.v' })
  })

  test.each(['module.', ''])('a wrapper %j makes no difference', wrapper => {
    const state = stateOf(`${wrapper}student.conv1.weight`, `${wrapper}queue`)
    expect(fates(state, { network: 'student' })).toEqual({
      [`${wrapper}student.conv1.weight`]: '→ conv1.weight',
      [`${wrapper}queue`]: 'dictionary of negatives',
    })
  })

  test('a pattern may include the wrappers of the file; the name without them is tried first', () => {
    const state = stateOf('module.encoder.conv1.weight', 'module.encoder.module.x')
    const whole: Rule[] = [{ keep: 'module.encoder.*', as: '*' }]
    expect(fates(state, {}, whole)).toEqual({
      'module.encoder.conv1.weight': '→ conv1.weight',
      'module.encoder.module.x': '→ module.x',
    })
    expect(fates(stateOf('module.conv1.weight'), {}, [{ keep: '*', as: '*' }])).toEqual({
      'module.conv1.weight': '→ conv1.weight',
    })
    // For each rule, both names are tried: otherwise, the last one would match everything.
    expect(fates(state, {}, [...whole, { drop: '*', because: 'rest' }])).toEqual(fates(state, {}, whole))
  })
})

describe('the plan', () => {
  test('keeps the same tensor objects, under their new names, in the order of the file', () => {
    const state = stateOf('queue', 'student.layer1.w', 'student.conv1.weight')
    const { kept, head } = planOrThrow({ name: 'test', rules: RULES }, state, { network: 'student' })
    expect([...kept.keys()]).toEqual(['layer1.w', 'conv1.weight'])
    expect(kept.get('conv1.weight')).toBe(state.get('student.conv1.weight'))
    expect(head.size).toBe(0)
  })

  test('says which of its names belong to a head', () => {
    const { kept, head } = planOrThrow({ name: 'test', rules: RULES }, STATE, {
      network: 'student',
      keepHead: true,
    })
    expect([...kept.keys()]).toEqual(['conv1.weight', 'fc.weight'])
    expect([...head]).toEqual(['fc.weight'])
  })

  test('has one fate for every tensor, or is an error, whatever the rules', () => {
    const next = randomIntegers(8)
    const word = (): string => Array.from({ length: 1 + next(3) }, () => 'ab.'[next(3)]).join('')
    const pattern = (): string =>
      next(2) === 0 ? word() : `${next(2) === 0 ? word() : ''}*${next(2) === 0 ? word() : ''}`
    let planned = 0
    for (let round = 0; round < 1000; round++) {
      const rules = Array.from(
        { length: 1 + next(4) },
        (): Rule => (next(2) === 0 ? { keep: pattern(), as: pattern() } : { drop: pattern(), because: 'x' }),
      )
      const state = stateOf(...new Set(Array.from({ length: next(6) }, word)))
      const unmatched = [...state.keys()].filter(name => decidingRule(rules, name) === undefined)
      try {
        const plan = planOrThrow({ name: 'test', rules }, state, {})
        expect(plan.fates.map(({ name }) => name)).toEqual([...state.keys()])
        expect(plan.kept.size).toBe(plan.fates.filter(fate => 'as' in fate).length)
        expect(unmatched).toEqual([])
        planned++
      } catch (error) {
        expect(error).toBeInstanceOf(MismatchError)
        if (unmatched.length > 0) expect((error as MismatchError).details).toMatchObject({ unmatched })
      }
    }
    expect(planned).toBeGreaterThan(100)
  })
})

describe('errors', () => {
  test('tensors that no rule mentions, by name', () => {
    const state = stateOf('student.w', 'stranger', 'other.w')
    expect(() => fates(state, { network: 'student' })).toThrow(MismatchError)
    expect(() => fates(state, { network: 'student' })).toThrow(
      '2 tensors fit none of the rules of method test: stranger, other.w.',
    )
  })

  test('only the first ten of many', () => {
    const state = stateOf(...Array.from({ length: 12 }, (_, index) => `x${index}`))
    expect(() => fates(state, {})).toThrow(/12 tensors fit none .*: x0, x1, .*, x9 and 2 more\.$/)
  })

  test('two tensors with one name', () => {
    const rules: Rule[] = [
      { keep: 'a.*', as: '*' },
      { keep: 'b.*', as: '*' },
    ]
    const state = stateOf('a.w', 'b.w')
    expect(() => fates(state, {}, rules)).toThrow('two tensors would get the name w: a.w and b.w.')
    expect(() => fates(stateOf('a.w', 'b.v'), {}, rules)).not.toThrow()
  })

  test('the same tensor with and without a wrapper', () => {
    expect(() => fates(stateOf('student.w', 'module.student.w'), { network: 'student' })).toThrow(
      'two tensors would get the name w: student.w and module.student.w.',
    )
  })

  test('two names that differ only in wrappers; rules may use the full name of one', () => {
    const state = stateOf('encoder.w', '_orig_mod.encoder.w')
    const error = caught(() => fates(state, {}, [{ keep: 'encoder.*', as: '*' }]))
    expect(error.message).toContain('two tensors would get the name w: encoder.w and _orig_mod.encoder.w')
    expect(error.advice).toContain('They differ only in wrappers')
    const rules: Rule[] = [
      { keep: '_orig_mod.encoder.*', as: '*' },
      { drop: '*', because: 'rest' },
    ]
    expect(fates(state, {}, rules)).toEqual({ 'encoder.w': 'rest', '_orig_mod.encoder.w': '→ w' })
  })

  test('a rule that gives everything it matches the same name', () => {
    const error = caught(() => fates(stateOf('a', 'b'), {}, [{ keep: '*', as: 'x' }], BY_HAND))
    expect(error.message).toBe('it.pth: two tensors would get the name x: a and b.')
    expect(error.advice).toMatch(/^keep '\*=x' gives the same name to everything that it matches/)
  })

  test('name the file', () => {
    const plan = () => planOrThrow({ name: 'test', rules: RULES }, stateOf('x'))
    expect(plan).toThrow('it.pth: 1 tensor fits none of the rules of method test: x.')
  })

  test('rules given by hand that keep nothing: which ones', () => {
    const rest: Rule = { drop: '*', because: 'rest' }
    const [encoder, net]: Rule[] = [
      { keep: 'encoder.*', as: '*' },
      { keep: 'net.*', as: '*' },
    ]
    const idle = caught(() => fates(stateOf('backbone.w'), {}, [encoder!, net!, rest], BY_HAND))
    expect(idle.message).toContain("no tensor of the top level matches keep 'encoder.*=*', keep 'net.*=*'.")
    expect(idle.advice).toContain('Its tensors are backbone.w')
    const hidden = caught(() => fates(stateOf('net.w'), {}, [rest, net!], BY_HAND))
    expect(hidden.message).toContain("an earlier rule matches what keep 'net.*=*' would keep")
    expect(hidden.advice).toContain('keep before you drop')
  })

  test('a kept tensor without dense values; a dropped one may have none', () => {
    const sparse: Tensor = { ...STATE.get('queue')!, unreadable: 'a sparse tensor' }
    const kept = new Map([...STATE, ['student.conv1.weight', sparse]])
    expect(() => fates(kept, { network: 'student' })).toThrow(UnsupportedError)
    expect(() => fates(kept, { network: 'student' })).toThrow('student.conv1.weight is a sparse tensor')
    expect(() => fates(new Map([...STATE, ['queue', sparse]]), { network: 'student' })).not.toThrow()
  })

  test('a requested head that does not exist', () => {
    expect(() => fates(stateOf('student.w'), { network: 'student', keepHead: true })).toThrow(UsageError)
    expect(() => fates(stateOf('student.w', 'teacher.fc.w'), { network: 'student', keepHead: true })).toThrow(
      UsageError,
    )
  })
})

test('an empty section has an empty plan', () => {
  const plan = planOrThrow({ name: 'test', rules: RULES }, new Map(), {})
  expect([plan.fates, plan.kept.size]).toEqual([[], 0])
})

test('the counter of averaging steps does not belong to the network: dropped, whatever the rules', () => {
  const tensor = { dtype: 'int64', shape: [], origin: 'x', copyTo: async () => 0 } as const
  const method = { name: 'm', rules: [{ keep: 'a', as: 'a' }] }
  const { fates } = planOrThrow(
    method,
    new Map([
      ['module.n_averaged', tensor],
      ['module.a', tensor],
    ]),
    {},
  )
  expect(fates.map(fate => ('as' in fate ? fate.as : fate.because))).toEqual([
    'counter of averaging steps',
    'a',
  ])
})
