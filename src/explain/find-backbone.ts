/**
 * Where in a checkpoint there is a ResNet, by names alone: for errors and notes, which say how to get at it. No conversion
 * rests on this.
 */

import { shellPath, shellWord } from '../bytes/text.ts'
import type { AdviceStep, RunCommand } from '../errors.ts'
import { withoutWrapper } from '../rename/wrappers.ts'
import type { StateDict } from '../tensor/tensor.ts'

/** A ResNet that is in a checkpoint, under some prefix. */
export interface FoundResNet {
  readonly section: string
  readonly state: StateDict
  /** What stands before each of its names, wrappers aside: `encoder.`, or nothing. */
  readonly prefix: string
  /** Patterns behind the prefix, and the names that MMDetection has for what they match. */
  readonly parts: readonly (readonly [pattern: string, name: string])[]
}

interface Spelling {
  /** A ResNet has each of these behind its prefix; the first one tells the prefix. */
  readonly signature: readonly [string, ...string[]]
  /** And none of these: they make it another network. */
  readonly never: readonly string[]
  readonly parts: FoundResNet['parts']
}

const STAGES: FoundResNet['parts'] = [1, 2, 3, 4].map(
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
  {
    // The children of torchvision's ResNet by their numbers: `nn.Sequential(*list(resnet50().children())[:-1])`.
    signature: ['0.weight', '1.running_mean', '4.0.conv1.weight', '7.0.conv1.weight'],
    never: [],
    parts: [
      ['0.*', 'conv1.*'],
      ['1.*', 'bn1.*'],
      ['4.*', 'layer1.*'],
      ['5.*', 'layer2.*'],
      ['6.*', 'layer3.*'],
      ['7.*', 'layer4.*'],
    ],
  },
  // `self.stem = nn.Sequential(conv1, bn1, relu, maxpool)`, and the names that others have for it.
  stemAt('stem', '0', '1'),
  stemAt('stem', 'conv1', 'bn1'),
  stemAt('layer0', '0', '1'),
]

/** Of so many nobody chooses, and each is compared with all names. */
const MAX_RESNETS = 50

/** All ResNets of a checkpoint, each once, in the order of the file. Reads no values. */
export function findResNets(sections: ReadonlyMap<string, StateDict>): FoundResNet[] {
  const found: FoundResNet[] = []
  // Of a dictionary that is saved under two keys, the first counts.
  const seen = new Set<StateDict>()
  for (const [section, state] of sections) {
    if (seen.has(state)) continue
    seen.add(state)
    const names = new Set([...state.keys()].map(withoutWrapper))
    for (const spelling of SPELLINGS)
      for (const prefix of prefixesOf(names, spelling)) {
        if (found.length === MAX_RESNETS) return found
        found.push({ section, state, prefix, parts: partsOf(prefix, names, spelling) })
      }
  }
  return found
}

/** `layer*` is short, and right where nothing else begins so: `layernorm.weight`. */
function partsOf(prefix: string, names: ReadonlySet<string>, { parts }: Spelling): FoundResNet['parts'] {
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
export function optionsFor({ section, prefix, parts }: FoundResNet, drop: readonly string[] = []): string {
  return [
    `--section ${shellWord(section)}`,
    ...drop.map(pattern => `--drop ${shellWord(pattern)}`),
    ...parts.map(([pattern, name]) => `--keep ${shellWord(`${prefix}${pattern}=${name}`)}`),
    "--drop '*'",
  ].join(' ')
}

const SHOWN = 4

/**
 * What to type for the ResNets that are there, a line for each; or that there is none.
 * @param source the input, as messages name it
 */
export function adviseByHand(
  sections: ReadonlyMap<string, StateDict>,
  source: string | undefined,
): readonly AdviceStep[] {
  const found = findResNets(sections).filter(isTypable)
  if (found.length === 0)
    return ['No ResNet is in it, under any prefix: selfsup2mmdet inspect shows what is.']
  const lines = found.slice(0, SHOWN).map(one => commandFor(source, optionsFor(one)))
  const more = found.length > SHOWN ? [`and ${found.length - SHOWN} more.`] : []
  const what = found.length === 1 ? 'A ResNet is in it. To take it' : 'ResNets are in it. To take one of them'
  return [`${what}:`, ...lines, ...more]
}

/** A whole line to paste. */
export function commandFor(source: string | undefined, options = ''): RunCommand {
  const input = source === undefined || source === 'standard input' ? '-' : source
  return { run: `selfsup2mmdet ${shellPath(input)} backbone.pth ${options}`.trimEnd() }
}

/** A `*` cannot be escaped in a pattern, and what steers a terminal is not shown as it is. */
function isTypable({ section, prefix }: FoundResNet): boolean {
  return !/[*\p{C}\p{Zl}\p{Zp}]/u.test(prefix) && !/[\p{C}\p{Zl}\p{Zp}]/u.test(section)
}
