/**
 * Name lists of networks other than ResNets (fixtures/families, written and explained by its build.py): the content of
 * checkpoints, with generated values that take no memory, and the tensors that classes of backbones expect.
 */
import { readdirSync, readFileSync } from 'node:fs'
import type { DType } from '../../src/tensor/dtype.ts'
import type { Checkpoint, StateDict, Tensor } from '../../src/tensor/tensor.ts'
import { checkpointWith } from './lists.ts'
import { patternTensor } from './tensors.ts'

const FOLDER = new URL('../../fixtures/families/', import.meta.url)

/** The names of all lists of a kind, for `readSource` and `readTarget`. */
export function listNames(kind: 'sources' | 'targets'): string[] {
  return readdirSync(new URL(kind, FOLDER)).map(file => file.replace(/\.txt$/, ''))
}

/** The values of each tensor depend only on its section and name, so that no two can be confused. */
export function readSource(name: string): Checkpoint {
  return checkpointWith(name, sectionsOf(readLines(`sources/${name}.txt`).lines))
}

/** The sections of an expanded list. */
export function sectionsOf(lines: readonly string[]): Map<string, Map<string, Tensor>> {
  const sections = new Map<string, Map<string, Tensor>>()
  let current = ''
  for (const line of lines) {
    const section = /^\[(.*)\]$/.exec(line)?.[1]
    if (section !== undefined) {
      current = section
      sections.set(section, new Map())
    } else {
      const { name, dtype, shape } = parseLine(line)
      sections.get(current)!.set(name, patternTensor(dtype, shape, `${current}!${name}`))
    }
  }
  return sections
}

export interface Expected {
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly kind: 'parameter' | 'buffer'
}

/** The tensors of a backbone's class, in the order of its `state_dict()`. */
export interface TargetList {
  readonly name: string
  /** Including its module. */
  readonly class: string
  /** The package and its version. */
  readonly source: string
  /** Its arguments. */
  readonly config: Readonly<Record<string, unknown>>
  /** The number of its parameters' elements, if PyTorch counted them. */
  readonly parameters: number | undefined
  readonly tensors: ReadonlyMap<string, Expected>
}

export function readTarget(name: string): TargetList {
  const { header, lines } = readLines(`targets/${name}.txt`)
  const parameters = header('parameters', '')
  return {
    name,
    class: header('class'),
    source: header('source'),
    config: JSON.parse(header('config')),
    parameters: parameters === '' ? undefined : Number(parameters),
    tensors: new Map(lines.map(parseLine).map(({ name, ...expected }) => [name, expected])),
  }
}

/** The differences between a state dict and what a class expects: one line per tensor, none if `strict=True` would load it. */
export function differences(state: StateDict, { tensors }: TargetList): string[] {
  const text = ({ dtype, shape }: Pick<Tensor, 'dtype' | 'shape'>): string => `${dtype} (${shape.join(', ')})`
  const wrong = [...tensors].flatMap(([name, expected]) => {
    const found = state.get(name)
    if (!found) return [`${name} is missing`]
    const [has, needs] = [text(found), text(expected)]
    return has === needs ? [] : [`${name}: expected ${needs}, found ${has}`]
  })
  const unknown = [...state.keys()].filter(name => !tensors.has(name)).map(name => `${name} is unexpected`)
  return [...wrong, ...unknown]
}

/** A line `# name: …` at the top of a list, or its default. */
type Header = (name: string, otherwise?: string) => string

function readLines(path: string): { header: Header; lines: string[] } {
  const all = readFileSync(new URL(path, FOLDER), 'utf8').trimEnd().split('\n')
  const header: Header = (name, otherwise) => {
    const line = all.find(candidate => candidate.startsWith(`# ${name}: `))
    if (line !== undefined) return line.slice(`# ${name}: `.length)
    if (otherwise !== undefined) return otherwise
    throw new Error(`${path} has no line "# ${name}:"`)
  }
  return { header, lines: expandLines(all.filter(line => !line.startsWith('#'))) }
}

/** A line of an expanded list. */
export function parseLine(line: string): Expected & { readonly name: string } {
  const found = /^(\S+) (?:(\w+) )?(scalar|\d+(?:x\d+)*)( buffer)?$/.exec(line)
  if (!found) throw new Error(`not a line of a name list: ${line}`)
  const [, name, dtype = 'float32', shape, buffer] = found
  return {
    name: name!,
    dtype: dtype as DType,
    shape: shape === 'scalar' ? [] : shape!.split('x').map(Number),
    kind: buffer ? 'buffer' : 'parameter',
  }
}

/** A range of numbers in a line, and the text before and after it. */
interface Ranged {
  readonly before: string
  readonly numbers: readonly number[]
  readonly step: number
  readonly after: string
}

/** Lines without `{0..11}` and `{weight,bias}`. */
export function expandLines(lines: readonly string[]): string[] {
  return expandRanges(lines.flatMap(expandEnds))
}

function expandEnds(line: string): string[] {
  const found = /^(.*)\{([^{}]*,[^{}]*)\} (.*)$/.exec(line)
  return found ? found[2]!.split(',').map(end => `${found[1]}${end} ${found[3]}`) : [line]
}

function expandRanges(lines: readonly string[]): string[] {
  const out: string[] = []
  for (let at = 0; at < lines.length; ) {
    const first = rangeIn(lines[at]!)
    if (!first) {
      out.push(lines[at++]!)
      continue
    }
    const group: Ranged[] = []
    for (
      let next: Ranged | undefined = first;
      next && areTogether(first, next);
      next = rangeIn(lines[++at] ?? '')
    )
      group.push(next)
    first.numbers.forEach((_, index) => {
      out.push(...expandRanges(group.map(({ before, numbers, after }) => before + numbers[index] + after)))
    })
  }
  return out
}

function rangeIn(line: string): Ranged | undefined {
  const found = /^(.*?)\{(\d+)\.\.(\d+)(?:\.\.(\d+))?\}(.*)$/.exec(line)
  if (!found) return undefined
  const [first, last, step] = [Number(found[2]), Number(found[3]), Number(found[4] ?? 1)]
  const numbers = Array.from(
    { length: Math.floor((last - first) / step) + 1 },
    (_, index) => first + index * step,
  )
  return { before: found[1]!, numbers, step, after: found[5]! }
}

function areTogether(one: Ranged, other: Ranged): boolean {
  return (
    one.before === other.before &&
    one.step === other.step &&
    one.numbers.length === other.numbers.length &&
    Math.abs(one.numbers[0]! - other.numbers[0]!) < one.step
  )
}
