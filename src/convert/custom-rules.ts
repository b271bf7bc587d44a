/** Custom rules for a checkpoint that no method matches: from the command line, or from a JSON file. */
import { UsageError } from '../errors.ts'
import { IMAGENET, type Method, type Network, type Normalisation } from '../methods/method.ts'
import type { Rule } from '../rename/rules.ts'

/** The name of a method made from custom rules. */
export const BY_HAND = 'by hand'

/** The content of a rules file: the part of a method that a decision needs. */
export interface RulesByHand {
  readonly sections?: readonly string[] | undefined
  readonly networks?: readonly Network[] | undefined
  readonly rules: readonly Rule[]
  /** By default ImageNet's, which most methods use. */
  readonly normalisation?: Normalisation | undefined
  /** For ResNets; by default `pytorch`. */
  readonly style?: Method['style'] | undefined
}

/**
 * Makes a method from rules. A tensor that no rule matches is an error; to drop all others, end with `{ drop: '*' }`.
 * @throws UsageError when there are no rules, or a pattern has more than one `*`
 */
export function methodByHand({
  sections,
  networks,
  rules,
  normalisation = IMAGENET,
  style,
}: RulesByHand): Method {
  if (!rules.some(rule => 'keep' in rule))
    throw new UsageError('The rules do not keep any tensor.', [
      { say: 'Add one that keeps the backbone, such as', use: [{ keep: 'encoder.*', as: '*' }] },
    ])
  rules.forEach(checkPatterns)
  return {
    name: BY_HAND,
    title: 'Rules by hand',
    paper: '',
    code: { repository: '', file: '', commit: '' },
    sections: sections ?? ['state_dict', ''],
    ...(networks ? { networks } : {}),
    signature: [],
    rules,
    normalisation,
    ...(style ? { style } : {}),
    published: [],
  }
}

/**
 * A method with additional rules, which are applied first: for files that contain more than the method knows.
 * @throws UsageError when a pattern has more than one `*`
 */
export function withRules(method: Method, rules: readonly Rule[]): Method {
  rules.forEach(checkPatterns)
  return { ...method, rules: [...rules, ...method.rules] }
}

/** @throws UsageError */
function checkPatterns(rule: Rule): void {
  const [from, to, part] = 'keep' in rule ? [rule.keep, rule.as] : [rule.drop, rule.head, rule.part]
  for (const pattern of [from, to ?? '', part ?? ''])
    if (pattern.split('*').length > 2)
      throw new UsageError(
        `The pattern '${pattern}' has more than one *.`,
        'A pattern is literal text with at most one *.',
      )
  for (const name of [to, part])
    if (name?.includes('*') && !from.includes('*'))
      throw new UsageError(
        `The name '${name}' has a *, but the pattern '${from}' has none.`,
        "Use a * in both or in neither: 'encoder.*=*', 'stem.weight=conv1.weight'.",
      )
}

/**
 * Reads the text of a rules file: `{"sections": ["model"], "rules": [{"keep": "encoder.*", "as": "*"}, …]}`.
 * @throws UsageError when the JSON is not of this form; the message says where
 */
export function parseRules(text: string, source: string): RulesByHand {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw notRules(source, `expected JSON; ${(error as Error).message}`)
  }
  const problem = RULES(value, '')
  if (problem !== undefined) throw notRules(source, problem)
  return value as RulesByHand
}

function notRules(source: string, problem: string): UsageError {
  return new UsageError(
    `${source}: ${problem}.`,
    'It must look like a method: {"sections": […], "rules": [{"keep": "encoder.*", "as": "*"}, {"drop": "*", "because": "…"}]}.',
  )
}

/** Returns what is wrong with a value in a JSON file; undefined if it is valid. */
type Check = (value: unknown, place: string) => string | undefined

function expected(what: string, place: string, value: unknown): string {
  const found = JSON.stringify(value)?.slice(0, 60) ?? 'nothing'
  return `expected ${place || 'the file'} to be ${what}, found ${found}`
}

const text: Check = (value, place) =>
  typeof value === 'string' ? undefined : expected('a text', place, value)

const number: Check = (value, place) =>
  typeof value === 'number' ? undefined : expected('a number', place, value)

function oneOf(...choices: readonly string[]): Check {
  return (value, place) =>
    choices.includes(value as string) ? undefined : expected(choices.join(' or '), place, value)
}

/** One value per colour channel. */
const colour: Check = (value, place) =>
  Array.isArray(value) && value.length === 3
    ? listOf(number)(value, place)
    : expected('a list of 3 numbers', place, value)

function listOf(item: Check): Check {
  return (value, place) => {
    if (!Array.isArray(value)) return expected('a list', place, value)
    return firstProblem(value.map((one, index) => () => item(one, `${place}[${index}]`)))
  }
}

/** An object with these fields. Names that end in `?` are optional; other fields are ignored. */
function objectOf(fields: Readonly<Record<string, Check>>): Check {
  return (value, place) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return expected('an object', place, value)
    return firstProblem(
      Object.entries(fields).map(([key, check]) => () => {
        const name = key.replace('?', '')
        const field = (value as Record<string, unknown>)[name]
        return field === undefined && name !== key
          ? undefined
          : check(field, place === '' ? name : `${place}.${name}`)
      }),
    )
  }
}

function firstProblem(checks: readonly (() => string | undefined)[]): string | undefined {
  for (const check of checks) {
    const problem = check()
    if (problem !== undefined) return problem
  }
  return undefined
}

const KEEP = objectOf({ keep: text, as: text, 'network?': text })
const DROP = objectOf({ drop: text, because: text, 'head?': text, 'part?': text, 'network?': text })

const RULES = objectOf({
  'sections?': listOf(text),
  'networks?': listOf(objectOf({ name: text, 'about?': text, 'sections?': listOf(text) })),
  'normalisation?': objectOf({ mean: colour, std: colour, order: oneOf('rgb', 'bgr') }),
  'style?': oneOf('pytorch', 'caffe'),
  rules: listOf((value, place) => {
    const isKeep = typeof value === 'object' && value !== null && 'keep' in value
    return (isKeep ? KEEP : DROP)(value, place)
  }),
})
