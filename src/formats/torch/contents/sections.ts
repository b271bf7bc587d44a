/** Finds the dictionaries of tensors in a pickle, and gives them the names that people use. */
import { damagedAdvice, FormatError, UnsupportedError } from '../../../errors.ts'
import { Call, describeValue, type PickleValue } from '../../../pickle/values.ts'
import type { StateDict, Tensor, WholeObject } from '../../../tensor/tensor.ts'
import { requireUtf8 } from '../names.ts'
import type { Total } from '../tensors/read-budget.ts'
import {
  asContainer,
  type Container,
  isContainer,
  type Part,
  partsOf,
  pathStep,
  pythonStep,
} from './containers.ts'
import { type AsDict, isDict } from './dicts.ts'
import { className, holdsTensors, isModule, mayHold } from './objects.ts'

/** Interprets values of this pickle. */
export interface Reader {
  readonly asTensor: (value: PickleValue) => Tensor | undefined
  readonly asDict: AsDict
  readonly source: string
  readonly total: Total
}

/** The findings in a pickle, by the path of each dictionary. */
export interface FoundSections {
  readonly sections: ReadonlyMap<string, StateDict>
  readonly nonTensors: ReadonlyMap<string, ReadonlyMap<string, string>>
  readonly objects: readonly WholeObject[]
}

/**
 * How many containers are visited that were reached before. `{'model': d, 'state_dict': d}` has two paths to one dictionary;
 * through the memo, a kilobyte of pickle can have more paths than there are atoms.
 */
const MAX_FURTHER = 1000

/** How many are reached through numbers or attributes: a checkpoint has a few, a training log one per step. */
const MAX_LOOSE = 100_000

/** How many are reached only through keys: a checkpoint has a few. */
const MAX_CONTAINERS = 50_000

/** How many contain tensors: a checkpoint has a few, an optimizer one per parameter. */
const MAX_SECTIONS = 10_000

/** How many objects of other classes are reported, and how many are searched for tensors. */
const MAX_OBJECTS = 5
const MAX_SEARCHED = 100

/** An item of the queue: a container, its path and parent. */
interface Inner extends Part {
  readonly within: Inner | undefined
  /** Whether a step of the path is a number or an attribute. */
  readonly isLoose: boolean
}

/**
 * Finds every dictionary of tensors that is reached through keys, numbers and attributes. One saved in several places is found in
 * each, as the same object; one that contains itself is not searched again inside itself.
 * Through numbers and attributes, only dictionaries that look like a network count: an optimizer has a dictionary of tensors per
 * parameter.
 * @throws FormatError when a tensor in a section is invalid
 */
export function findSections(root: PickleValue, reader: Reader): FoundSections {
  const found = new Finder(reader)
  const waiting: Inner[] = [{ kind: 'key', name: '', value: root, within: undefined, isLoose: false }]
  for (let next = waiting.pop(); next; next = waiting.pop())
    // Last in, first out: reversed, sections appear in the order of the file.
    for (const inner of found.lookInto(next).toReversed()) waiting.push(inner)
  return found
}

/** The contents of a container; computed once for each. */
interface Contents {
  readonly parts: readonly Part[]
  readonly looksNamed: boolean
  /** Read once it is known to be a section. */
  section?: Section
}

interface Section {
  readonly tensors: StateDict
  readonly others: ReadonlyMap<string, string>
  /** The number of bytes to read for all tensors. */
  readonly cost: number
}

class Finder implements FoundSections {
  readonly sections = new Map<string, StateDict>()
  readonly nonTensors = new Map<string, ReadonlyMap<string, string>>()
  readonly objects: WholeObject[] = []
  readonly #known = new Map<object, Contents>()
  readonly #reader: Reader
  #further = 0
  #loose = 0
  #firm = 0
  #searched = 0

  constructor(reader: Reader) {
    this.#reader = reader
  }

  /** @returns its contents that must be searched too, in order */
  lookInto(place: Inner): Inner[] {
    const container = asContainer(place.value, this.#reader.asDict)
    if (!container) {
      this.#noteObject(place)
      return []
    }
    const before = this.#known.get(container.identity)
    if (before) this.#further += 1 + before.parts.length
    if (before && (this.#further > MAX_FURTHER || isWithinItself(place))) return []
    const contents = before ?? this.#contentsOf(container)
    if (!place.isLoose && ++this.#firm > MAX_CONTAINERS)
      throw tooMany(this.#reader.source, `${MAX_CONTAINERS} dictionaries and lists`)
    this.#known.set(container.identity, contents)
    if (!place.isLoose || contents.looksNamed) this.#addSection(place, container, contents)
    return contents.parts.flatMap(part => this.#inner(part, place) ?? [])
  }

  #contentsOf(container: Container): Contents {
    return { parts: [...partsOf(container, isWorthALook)], looksNamed: looksNamed(container) }
  }

  #inner(part: Part, within: Inner): Inner | undefined {
    const isLoose = within.isLoose || part.kind !== 'key'
    if (isLoose && ++this.#loose > MAX_LOOSE) return undefined
    return { ...part, within, isLoose }
  }

  #addSection(place: Inner, container: Container, contents: Contents): void {
    // Under another path, its tensors count again.
    if (contents.section && !this.#reader.total.take(contents.section.cost)) return
    contents.section ??= readSection(container, this.#reader)
    const { tensors, others } = contents.section
    if (tensors.size === 0) return
    const path = this.#freePath(requirePath(place, this.#reader.source))
    this.sections.set(path, tensors)
    if (this.sections.size > MAX_SECTIONS)
      throw tooMany(this.#reader.source, `${MAX_SECTIONS} dictionaries of tensors`)
    if (others.size > 0) this.nonTensors.set(path, others)
  }

  /** `{0: …, '0': …}`, `{'a.b': …, 'a': {'b': …}}`: the second path gets a number. */
  #freePath(path: string): string {
    let free = path
    for (let count = 2; this.sections.has(free); count++) free = `${path}#${count}`
    return free
  }

  #noteObject(place: Inner): void {
    const { value } = place
    if (this.objects.length >= MAX_OBJECTS || this.#searched >= MAX_SEARCHED) return
    if (!(value instanceof Call) || !mayHold(value)) return
    this.#searched++
    const path = holdsTensors(value) ? stepsTo(place) : undefined
    if (path === undefined) return
    this.objects.push({
      path: path.map(pathStep).join('.'),
      python: path.map(pythonStep).join(''),
      class: className(value),
      isModule: isModule(value),
    })
  }
}

function isWorthALook(value: PickleValue): boolean {
  return isContainer(value) || (value instanceof Call && mayHold(value))
}

/** Names in a network contain a dot: `conv1.weight`. Those of an optimizer's state of a parameter do not. */
function looksNamed({ entries }: Container): boolean {
  for (const [key, value] of entries)
    if (typeof key === 'string' && key.includes('.') && isTensorLike(value)) return true
  return false
}

function isTensorLike(value: PickleValue): boolean {
  return typeof value === 'object' && value !== null && !isContainer(value)
}

/** The tensors of a dictionary; and other values under names that tensors could have. */
function readSection({ entries }: Container, { asTensor, source, total }: Reader): Section {
  const { left } = total
  const tensors = new Map<string, Tensor>()
  const others = new Map<string, string>()
  for (const [key, value] of entries) {
    if (typeof key !== 'string') continue
    const tensor = asTensor(value)
    if (tensor) {
      requireName(key, source)
      tensors.set(key, tensor)
    } else if (others.size < MAX_OTHERS && key.length <= MAX_NAME_LENGTH && !isDict(value))
      others.set(key, describeValue(value))
  }
  return { tensors, others, cost: left - total.left }
}

/** The largest ResNet has a thousand names, and a few of a section's may be non-tensors. */
const MAX_OTHERS = 10_000

function isWithinItself({ value, within }: Inner): boolean {
  for (let outer = within; outer; outer = outer.within) if (outer.value === value) return true
  return false
}

/** For a path, and for a tensor's name. A kilobyte of pickle can contain a path of gigabytes. */
const MAX_NAME_LENGTH = 1000

function requirePath(place: Inner, source: string): string {
  const steps = stepsTo(place)
  if (!steps) throw tooLong(source, 'the path to a dictionary of tensors')
  const path = steps.map(pathStep).join('.')
  requireUtf8('the path to a dictionary of tensors', path, source)
  return path
}

/** From the top; undefined if longer than a path may be. */
function stepsTo(place: Inner): Inner[] | undefined {
  const steps: Inner[] = []
  let length = 0
  for (let one = place; one.within; one = one.within) {
    length += pathStep(one).length + 1
    if (length > MAX_NAME_LENGTH + 1) return undefined
    steps.push(one)
  }
  return steps.reverse()
}

function requireName(name: string, source: string): void {
  if (name.length > MAX_NAME_LENGTH) throw tooLong(source, 'the name of a tensor')
  requireUtf8('the name of a tensor', name, source)
}

function tooMany(source: string, what: string): UnsupportedError {
  return new UnsupportedError(
    `${source}: the pickle has more than ${what}.`,
    'Save only the one that you need, in PyTorch.',
  )
}

function tooLong(source: string, what: string): FormatError {
  return new FormatError(
    { source },
    `${what} has more than ${MAX_NAME_LENGTH} characters.`,
    damagedAdvice('pickle'),
  )
}
