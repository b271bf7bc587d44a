/** Rules that a person writes for a checkpoint that no method knows: on the command line, or in a JSON file. */
import { UsageError } from '../errors.ts'
import { IMAGENET, type Method, type Network, type Rule } from '../methods/method.ts'
import { BY_HAND } from './plan.ts'

/** What a rules file holds: the part of a method that deciding needs. */
export interface RulesByHand {
  readonly sections?: readonly string[] | undefined
  readonly networks?: readonly Network[] | undefined
  readonly rules: readonly Rule[]
}

/**
 * A method out of rules. Everything that no rule mentions is dropped only if a rule says so: a last `{ drop: '*' }` does.
 * @throws UsageError when there are no rules, or a pattern has more than one `*`
 */
export function methodByHand({ sections, networks, rules }: RulesByHand): Method {
  if (!rules.some(rule => 'keep' in rule))
    throw new UsageError('The rules keep nothing.', "Add one that keeps the backbone: --keep 'encoder.*=*'.")
  for (const pattern of rules.flatMap(patternsOf))
    if (pattern.split('*').length > 2)
      throw new UsageError(
        `The pattern '${pattern}' has more than one *.`,
        'A pattern is literal text with at most one *.',
      )
  return {
    name: BY_HAND,
    title: 'Rules by hand',
    paper: '',
    code: { repository: '', file: '', commit: '' },
    sections: sections ?? ['state_dict', ''],
    ...(networks ? { networks } : {}),
    signature: [],
    rules,
    normalisation: IMAGENET,
    style: 'pytorch',
    published: [],
  }
}

function patternsOf(rule: Rule): string[] {
  return 'keep' in rule ? [rule.keep, rule.as] : [rule.drop, ...(rule.head === undefined ? [] : [rule.head])]
}

/**
 * Reads the text of a rules file: `{"sections": ["model"], "rules": [{"keep": "encoder.*", "as": "*"}, …]}`.
 * @throws UsageError when it is no such JSON
 */
export function parseRules(text: string, source: string): RulesByHand {
  const wrong = (expected: string): UsageError =>
    new UsageError(
      `${source}: expected ${expected}.`,
      'It has the shape of a method: {"sections": […], "rules": [{"keep": "encoder.*", "as": "*"}, {"drop": "*", "because": "…"}]}.',
    )
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw wrong(`JSON; ${(error as Error).message}`)
  }
  if (!isRecord(value) || !Array.isArray(value.rules)) throw wrong('an object with a list of rules')
  const { sections, networks, rules } = value
  if (sections !== undefined && !isList(sections, item => typeof item === 'string'))
    throw wrong('sections to be a list of paths')
  if (networks !== undefined && !isList(networks, item => isRecord(item) && typeof item.name === 'string'))
    throw wrong('networks to be a list of objects with a name')
  const odd = rules.findIndex(rule => !isRule(rule))
  if (odd >= 0)
    throw wrong(`rule ${odd + 1} to be {"keep": pattern, "as": name} or {"drop": pattern, "because": reason}`)
  return value as unknown as RulesByHand
}

function isRule(value: unknown): boolean {
  if (!isRecord(value)) return false
  const isText = (name: string) => typeof value[name] === 'string'
  return (isText('keep') && isText('as')) || (isText('drop') && isText('because'))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isList(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isItem)
}
