/**
 * Finds ResNets among names, complete or not: four stages of blocks, and a stem before them. Names may differ from
 * torchvision's: numbers, a separate module, or the result of a mistake in Python.
 */
import type { FoundBackbone } from './find-network.ts'

type Parts = FoundBackbone['parts']

/** Stages after `prefix`: `layer1` to `layer4`, `4` to `7`, `stages.0` to `stages.3`. */
interface Stages {
  readonly prefix: string
  readonly base: string
  readonly first: number
}

/** A convolution and its normalisation, after the prefix of the stages. */
interface Stem {
  readonly convolution: string
  readonly normalisation: string
  /** Any of these indicates a stem of several convolutions. */
  readonly never: readonly string[]
}

/** Networks that have one of each. */
export function resnetsIn(
  names: ReadonlySet<string>,
): readonly { readonly prefix: string; readonly parts: Parts }[] {
  const found = stagesIn(names).flatMap(stages => {
    const stem = stemsBefore(stages).find(one => isThere(names, stages.prefix, one))
    return stem ? [{ prefix: stages.prefix, parts: partsOf(names, stages, stem) }] : []
  })
  // `stages.0` could be such a base, or a number after such a prefix.
  const keys = found.map(({ prefix, parts }) => parts.map(([pattern]) => prefix + pattern).join(' '))
  return found.filter((_, at) => keys.indexOf(keys[at]!) === at)
}

const FIRST_BLOCK = '.0.conv1.weight'

function stagesIn(names: ReadonlySet<string>): Stages[] {
  const numbers = new Map<string, number[]>()
  for (const name of names) {
    const [, before = '', number] = (name.endsWith(FIRST_BLOCK) && FIRST.exec(name)) || []
    if (number !== undefined) numbers.set(before, [...(numbers.get(before) ?? []), Number(number)])
  }
  return [...numbers].flatMap(([before, found]) => {
    const first = Math.min(...found)
    if (!found.includes(first + 3)) return []
    return splits(before).map(at => ({ prefix: before.slice(0, at), base: before.slice(at), first }))
  })
}

const FIRST = /^(.*?)(\d{1,3})\.0\.conv1\.weight$/

/** Possible ends of a prefix: after the last dot, and if the name ends there, after the one before. */
function splits(before: string): number[] {
  const last = before.lastIndexOf('.') + 1
  return last === before.length && last > 0 ? [last, before.lastIndexOf('.', last - 2) + 1] : [last]
}

/**
 * What Python's `lstrip`, or too long a slice, leaves of `conv1` and `bn1`: `lstrip` removes characters, not a prefix.
 * "backbone." and "encoder." turn `conv1` into `v1`, "model." turns `layer1` into `ayer1`.
 */
const CUT: readonly Stem[] = ['conv1', 'onv1', 'nv1', 'v1', '1'].flatMap(convolution =>
  ['bn1', 'n1', '1']
    .filter(normalisation => normalisation !== convolution)
    .map(normalisation => ({ convolution, normalisation, never: ['conv2.weight', 'conv3.weight'] })),
)

/** A stem in its own module: `self.stem = nn.Sequential(conv1, bn1, relu, maxpool)`. */
function stemAt(module: string, first: string, second: string): Stem {
  return {
    convolution: `${module}.${first}`,
    normalisation: `${module}.${second}`,
    never: [`${module}.3.weight`, `${module}.conv2.weight`],
  }
}

const STEMS: readonly Stem[] = [
  ...CUT,
  ...['stem', 'layer0'].flatMap(module => [stemAt(module, '0', '1'), stemAt(module, 'conv1', 'bn1')]),
]

/** Numbered children may begin before the stem: `nn.Sequential(Normalize(), *resnet50().children())`. */
function stemsBefore({ base, first }: Stages): readonly Stem[] {
  if (base !== '') return STEMS
  const children = Array.from({ length: Math.min(first, 9) }, (_, at) => ({
    convolution: `${at}`,
    normalisation: `${at + 1}`,
    never: [],
  }))
  return [...children, ...(first > 0 ? [stemAt(`${first - 1}`, '0', '1')] : []), ...STEMS]
}

function isThere(
  names: ReadonlySet<string>,
  prefix: string,
  { convolution, normalisation, never }: Stem,
): boolean {
  // For a network without buffers, these two names are enough to find out what is missing.
  const isUsual = convolution === 'conv1' && normalisation === 'bn1'
  return (
    names.has(`${prefix}${convolution}.weight`) &&
    names.has(`${prefix}${normalisation}.${isUsual ? 'weight' : 'running_mean'}`) &&
    !never.some(name => names.has(prefix + name))
  )
}

/** `layer*` is short, and correct if no other name begins with it: `layernorm.weight`. */
function partsOf(names: ReadonlySet<string>, { prefix, base, first }: Stages, stem: Stem): Parts {
  const start = prefix + base
  const isShort =
    base !== '' &&
    first === 1 &&
    [...names].every(name => !name.startsWith(start) || /^[1-4]\./.test(name.slice(start.length)))
  const stages: Parts = isShort
    ? [[`${base}*`, 'layer*']]
    : [0, 1, 2, 3].map(at => [`${base}${first + at}.*`, `layer${at + 1}.*`] as const)
  return [[`${stem.convolution}.*`, 'conv1.*'], [`${stem.normalisation}.*`, 'bn1.*'], ...stages]
}
