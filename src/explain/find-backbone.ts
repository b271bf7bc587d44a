/**
 * Where in a checkpoint there is a network that can be converted, by names alone: for errors and notes, which say how to get at it.
 * No conversion rests on this.
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

/** Nobody would choose from more, and each is compared with all names. */
const MAX_FOUND = 50

/** Of ResNets, the spellings that `resnetsIn` does not know: there, a network need not be whole to be found. */
const FAMILY_SPELLINGS = FAMILIES.map(family =>
  family.name === 'resnet'
    ? { ...family, spellings: family.spellings.filter(({ name }) => RARE.includes(name)) }
    : family,
)

/** All networks of a checkpoint, each once, in the order of the sections. Reads no values. */
export function findBackbones(sections: ReadonlyMap<string, StateDict>): FoundBackbone[] {
  const found: FoundBackbone[] = []
  // Of a dictionary that is saved under two keys, the first counts.
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

/** The options that take one of them and nothing else: `--section model --keep 'net.conv1.*=conv1.*' … --drop '*'`. */
export function optionsFor({ section, prefix, parts }: FoundBackbone, drop: readonly string[] = []): string {
  return [
    `--section ${shellWord(section)}`,
    ...drop.map(pattern => `--drop ${shellWord(pattern)}`),
    ...parts.map(([pattern, name]) => `--keep ${shellWord(`${prefix}${pattern}=${name}`)}`),
    "--drop '*'",
  ].join(' ')
}

/**
 * What the options make of a checkpoint: nothing is advised that was not tried.
 * @param drop patterns of tensors to leave out first
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

/** What trying takes. */
export type Known = Pick<Context, 'checkpoint' | 'knowledge'>

/** A whole line to paste. */
export function commandFor(source: string | undefined, options = ''): RunCommand {
  const input = source === undefined || source === 'standard input' ? '-' : source
  return { run: `selfsup2mmdet ${shellPath(input)} backbone.pth ${options}`.trimEnd() }
}

/** A `*` cannot be escaped in a pattern, and what steers a terminal is not shown as it is. */
export function isTypable({ section, prefix }: FoundBackbone): boolean {
  return !/[*\p{C}\p{Zl}\p{Zp}]/u.test(prefix) && !/[\p{C}\p{Zl}\p{Zp}]/u.test(section)
}
