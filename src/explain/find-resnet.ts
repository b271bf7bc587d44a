/**
 * Where ResNets are among names, whole or not: four stages of blocks, and a stem before them. Both may have other names than
 * torchvision's: numbers, those of a module of its own, or what a slip in Python left of them.
 */
import type { FoundBackbone } from './find-network.ts'

type Parts = FoundBackbone['parts']

/** Stages lie behind `prefix`: `layer1` to `layer4`, `4` to `7`, `stages.0` to `stages.3`. */
interface Stages {
  readonly prefix: string
  readonly base: string
  readonly first: number
}

/** A convolution and its normalisation, behind the prefix of the stages. */
interface Stem {
  readonly convolution: string
  readonly normalisation: string
  /** With any of these, it is a stem of several convolutions. */
  readonly never: readonly string[]
}

/** The networks that have one of each. */
export function resnetsIn(
  names: ReadonlySet<string>,
): readonly { readonly prefix: string; readonly parts: Parts }[] {
  const found = stagesIn(names).flatMap(stages => {
    const stem = stemsBefore(stages).find(one => isThere(names, stages.prefix, one))
    return stem ? [{ prefix: stages.prefix, parts: partsOf(names, stages, stem) }] : []
  })
  // `stages.0` can be read as such a base, and as a number behind such a prefix.
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

/** Where a prefix may end: behind the last dot, and where that ends it, behind the one before. */
function splits(before: string): number[] {
  const last = before.lastIndexOf('.') + 1
  return last === before.length && last > 0 ? [last, before.lastIndexOf('.', last - 2) + 1] : [last]
}

/**
 * What Python's `lstrip` or a slice that is too long leaves of `conv1` and `bn1`: `lstrip` takes off characters, and not a prefix.
 * "backbone." and "encoder." make `v1` of `conv1`, "model." makes `ayer1` of `layer1`.
 */
const CUT: readonly Stem[] = ['conv1', 'onv1', 'nv1', 'v1', '1'].flatMap(convolution =>
  ['bn1', 'n1', '1']
    .filter(normalisation => normalisation !== convolution)
    .map(normalisation => ({ convolution, normalisation, never: ['conv2.weight', 'conv3.weight'] })),
)

/** A stem that is a module of its own: `self.stem = nn.Sequential(conv1, bn1, relu, maxpool)`. */
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

/** Children by number may have others before the stem: `nn.Sequential(Normalize(), *resnet50().children())`. */
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
  // Of a network without buffers, these two names are enough to say what it lacks.
  const isUsual = convolution === 'conv1' && normalisation === 'bn1'
  return (
    names.has(`${prefix}${convolution}.weight`) &&
    names.has(`${prefix}${normalisation}.${isUsual ? 'weight' : 'running_mean'}`) &&
    !never.some(name => names.has(prefix + name))
  )
}

/** `layer*` is short, and right where nothing else begins so: `layernorm.weight`. */
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
