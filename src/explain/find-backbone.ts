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

interface Spelling {
  /** A ResNet has each of these behind its prefix; the first one tells the prefix. */
  readonly signature: readonly [string, ...string[]]
  /** And none of these: they make it another network. */
  readonly never: readonly string[]
  readonly parts: FoundBackbone['parts']
}

const STAGES: FoundBackbone['parts'] = [1, 2, 3, 4].map(
  stage => [`layer${stage}.*`, `layer${stage}.*`] as const,
)

const STAGE_NAMES = ['layer1.0.conv1.weight', 'layer4.0.conv1.weight'] as const

/** A stem that is a module of its own: its convolution and its normalisation under these names. */
function stemAt(stem: string, first: string, second: string): Spelling {
  const [convolution, normalisation] = [`${stem}.${first}`, `${stem}.${second}`]
  return {
    signature: [`${convolution}.weight`, `${normalisation}.running_mean`, ...STAGE_NAMES],
    // A stem of three convolutions.
    never: [`${stem}.3.weight`, `${stem}.conv2.weight`],
    parts: [
      [`${convolution}.*`, 'conv1.*'],
      [`${normalisation}.*`, 'bn1.*'],
      ['layer*', 'layer*'],
    ],
  }
}

/** The children of torchvision's ResNet by their numbers: `nn.Sequential(*list(resnet50().children())[:-1])`, behind others. */
function numbered(before: number): Spelling {
  const at = (child: number): number => before + child
  return {
    signature: [
      `${at(0)}.weight`,
      `${at(1)}.running_mean`,
      `${at(4)}.0.conv1.weight`,
      `${at(7)}.0.conv1.weight`,
    ],
    never: [],
    parts: [
      [`${at(0)}.*`, 'conv1.*'],
      [`${at(1)}.*`, 'bn1.*'],
      ...[1, 2, 3, 4].map(stage => [`${at(stage + 3)}.*`, `layer${stage}.*`] as const),
    ],
  }
}

/**
 * What Python's `lstrip` leaves of names: it takes off characters, and not a prefix. "backbone." and "encoder." make `v1` of `conv1`,
 * "model." makes `ayer1` of `layer1`.
 */
function stripped(conv: string, bn: string, layer: string): Spelling {
  return {
    signature: [
      `${conv}.weight`,
      `${bn}.running_mean`,
      `${layer}1.0.conv1.weight`,
      `${layer}4.0.conv1.weight`,
    ],
    never: [],
    parts: [
      [`${conv}.*`, 'conv1.*'],
      [`${bn}.*`, 'bn1.*'],
      [`${layer}*`, 'layer*'],
    ],
  }
}

const SPELLINGS: readonly Spelling[] = [
  {
    signature: ['conv1.weight', 'bn1.weight', 'layer1.0.conv1.weight', 'layer4.0.conv1.weight'],
    // A stem of three convolutions, as CLIP's ResNets have it.
    never: ['conv2.weight', 'conv3.weight'],
    parts: [
      ['conv1.*', 'conv1.*'],
      ['bn1.*', 'bn1.*'],
      ['layer*', 'layer*'],
    ],
  },
  numbered(0),
  // `nn.Sequential(Normalize(), *children)`.
  numbered(1),
  // `self.stem = nn.Sequential(conv1, bn1, relu, maxpool)`, and the names that others have for it.
  stemAt('stem', '0', '1'),
  stemAt('stem', 'conv1', 'bn1'),
  stemAt('layer0', '0', '1'),
  stripped('v1', '1', 'layer'),
  stripped('v1', 'bn1', 'layer'),
  stripped('v1', '1', 'ayer'),
  stripped('v1', 'bn1', 'ayer'),
  stripped('conv1', 'bn1', 'ayer'),
]

const RARE = ['obow', 'simclr-v2', 'transformers']

/** Nobody would choose from more, and each is compared with all names. */
const MAX_FOUND = 50

/** Of ResNets, the spellings that `SPELLINGS` does not have: there, a network need not be whole to be found. */
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
  for (const spelling of SPELLINGS)
    for (const prefix of prefixesOf(names, spelling))
      yield { title: 'ResNet', section, state, prefix, parts: partsOf(prefix, names, spelling) }
  yield* networksIn(section, state, FAMILY_SPELLINGS)
}

/** `layer*` is short, and right where nothing else begins so: `layernorm.weight`. */
function partsOf(prefix: string, names: ReadonlySet<string>, { parts }: Spelling): FoundBackbone['parts'] {
  const start = `${prefix}layer`
  const isShort = [...names].every(
    name => !name.startsWith(start) || /^[1-4]\./.test(name.slice(start.length)),
  )
  return isShort ? parts : parts.flatMap(part => (part[0] === 'layer*' ? STAGES : [part]))
}

function prefixesOf(names: ReadonlySet<string>, { signature, never }: Spelling): string[] {
  const [first] = signature
  return [...names]
    .filter(name => name === first || name.endsWith(`.${first}`))
    .map(name => name.slice(0, -first.length))
    .filter(
      prefix =>
        signature.every(name => names.has(prefix + name)) && !never.some(name => names.has(prefix + name)),
    )
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
