/**
 * Finds networks in a checkpoint that can be converted, only by names: for errors and notes that suggest options. Conversions
 * do not use this.
 */

import { shellPath, shellWord } from '../bytes/text.ts'
import { methodByHand } from '../convert/custom-rules.ts'
import { type Decision, decide } from '../convert/decide.ts'
import type { Refusal } from '../convert/refusal.ts'
import type { RunCommand } from '../errors.ts'
import { FAMILIES } from '../families/index.ts'
import type { Rule } from '../rename/rules.ts'
import { withoutWrapper } from '../rename/wrappers.ts'
import type { StateDict } from '../tensor/tensor.ts'
import type { Context } from './explanation.ts'
import { type FoundBackbone, networksIn } from './find-network.ts'
import { resnetsIn } from './find-resnet.ts'

const RARE = ['obow', 'simclr-v2', 'transformers']

/** More would be too many to choose from, and each is compared with all names. */
const MAX_FOUND = 50

/** ResNet spellings that `resnetsIn` does not know; it also finds incomplete networks. */
const FAMILY_SPELLINGS = FAMILIES.map(family =>
  family.name === 'resnet'
    ? { ...family, spellings: family.spellings.filter(({ name }) => RARE.includes(name)) }
    : family,
)

/** All networks of a checkpoint without duplicates, in the order of the sections. Reads no values. */
export function findBackbones(sections: ReadonlyMap<string, StateDict>): FoundBackbone[] {
  const found: FoundBackbone[] = []
  // If a dictionary is saved under two keys, the first one counts.
  const seen = new Set<StateDict>()
  for (const [section, state] of sections) {
    if (seen.has(state)) continue
    seen.add(state)
    for (const one of backbonesIn(section, state)) {
      if (found.length === MAX_FOUND) return found
      found.push(one)
    }
  }
  return found
}

function* backbonesIn(section: string, state: StateDict): Generator<FoundBackbone> {
  const names = new Set([...state.keys()].map(withoutWrapper))
  for (const one of resnetsIn(names)) yield { title: 'ResNet', section, state, ...one }
  yield* networksIn(section, state, FAMILY_SPELLINGS)
}

/** The options that convert exactly one of them: `--section model --keep 'net.conv1.*=conv1.*' … --drop '*'`. */
export function optionsFor({ section, prefix, parts }: FoundBackbone, drop: readonly string[] = []): string {
  return [
    `--section ${shellWord(section)}`,
    ...drop.map(pattern => `--drop ${shellWord(pattern)}`),
    ...parts.map(([pattern, name]) => `--keep ${shellWord(`${prefix}${pattern}=${name}`)}`),
    "--drop '*'",
  ].join(' ')
}

/**
 * Tries the options on a checkpoint: only options that work are suggested.
 * @param drop patterns of tensors to drop first
 */
export function tryOptions(
  { checkpoint, knowledge }: Known,
  { section, prefix, parts }: FoundBackbone,
  drop: readonly string[] = [],
): Decision | Refusal {
  const rules: Rule[] = [
    ...drop.map(pattern => ({ drop: pattern, because: 'by hand' })),
    ...parts.map(([pattern, name]) => ({ keep: `${prefix}${pattern}`, as: name })),
    { drop: '*', because: 'by hand' },
  ]
  return decide(checkpoint, knowledge, { method: methodByHand({ sections: [section], rules }) })
}

/** The data for trying options. */
export type Known = Pick<Context, 'checkpoint' | 'knowledge'>

/** A complete command to paste. */
export function commandFor(source: string | undefined, options = ''): RunCommand {
  const input = source === undefined || source === 'standard input' ? '-' : source
  return { run: `selfsup2mmdet ${shellPath(input)} backbone.pth ${options}`.trimEnd() }
}

/** A `*` cannot be escaped in a pattern, and control characters cannot be shown. */
export function isTypable({ section, prefix }: FoundBackbone): boolean {
  return !/[*\p{C}\p{Zl}\p{Zp}]/u.test(prefix) && !/[\p{C}\p{Zl}\p{Zp}]/u.test(section)
}
