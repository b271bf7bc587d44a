/** Where in a pickle there are dictionaries of tensors, and how people name them. */
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

/** What values of this pickle stand for. */
export interface Reader {
  readonly asTensor: (value: PickleValue) => Tensor | undefined
  readonly asDict: AsDict
  readonly source: string
  readonly total: Total
}

/** What was found in a pickle, by the path to each dictionary. */
export interface FoundSections {
  readonly sections: ReadonlyMap<string, StateDict>
  readonly nonTensors: ReadonlyMap<string, ReadonlyMap<string, string>>
  readonly objects: readonly WholeObject[]
}

/**
 * How many containers are looked at for being reached once more. `{'model': d, 'state_dict': d}` is two paths of one
 * dictionary; through memos, a kilobyte of pickle has more paths than there are atoms.
 */
const MAX_FURTHER = 1000

/** How many are reached through numbers or attributes: a checkpoint has some, a log of a training has as many as it has steps. */
const MAX_LOOSE = 100_000

/** How many are reached through keys alone: a checkpoint has some. */
const MAX_CONTAINERS = 50_000

/** Of those that hold tensors: a checkpoint has some, an optimizer one for each parameter. */
const MAX_SECTIONS = 10_000

/** How many objects of other classes are told, and how many are searched for tensors. */
const MAX_OBJECTS = 5
const MAX_SEARCHED = 100

/** An item of the queue: a container, its path, and its parent. */
interface Inner extends Part {
  readonly within: Inner | undefined
  /** Some step on the way is a number or an attribute. */
  readonly isLoose: boolean
}

/**
 * Every dictionary of tensors that is reached through keys, numbers and attributes. One that is saved at several places is found at
 * each of them, as the same object; one that holds itself is not looked for within itself.
 *
 * Through numbers and attributes, only what looks like a network counts: an optimizer has a dictionary of tensors for each parameter.
 * @throws FormatError when a tensor in a section makes no sense
 */
export function findSections(root: PickleValue, reader: Reader): FoundSections {
  const found = new Finder(reader)
  const waiting: Inner[] = [{ kind: 'key', name: '', value: root, within: undefined, isLoose: false }]
  for (let next = waiting.pop(); next; next = waiting.pop())
    // The last to go in is the first to come out: sections appear in the order of the file.
    for (const inner of found.lookInto(next).toReversed()) waiting.push(inner)
  return found
}

/** What a container holds; made once for each. */
interface Contents {
  readonly parts: readonly Part[]
  readonly looksNamed: boolean
  /** Read when it is known to be a section. */
  section?: Section
}

interface Section {
  readonly tensors: StateDict
  readonly others: ReadonlyMap<string, string>
  /** Bytes that reading all tensors takes. */
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

  /** @returns what lies in it and is to be looked into too, in its order */
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

  /** `{0: …, '0': …}`, `{'a.b': …, 'a': {'b': …}}`: the second is told by a number of its own. */
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

/** Names in a network have a dot: `conv1.weight`. Those of what an optimizer keeps for a parameter have none. */
function looksNamed({ entries }: Container): boolean {
  for (const [key, value] of entries)
    if (typeof key === 'string' && key.includes('.') && isTensorLike(value)) return true
  return false
}

function isTensorLike(value: PickleValue): boolean {
  return typeof value === 'object' && value !== null && !isContainer(value)
}

/** The tensors of a dictionary; and what else has a name that a tensor could have. */
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

/** The largest ResNet has a thousand names, of which a section may have some. */
const MAX_OTHERS = 10_000

function isWithinItself({ value, within }: Inner): boolean {
  for (let outer = within; outer; outer = outer.within) if (outer.value === value) return true
  return false
}

/** Of a path, and of a tensor's name. A kilobyte of pickle can hold a path of gigabytes. */
const MAX_NAME_LENGTH = 1000

function requirePath(place: Inner, source: string): string {
  const steps = stepsTo(place)
  if (!steps) throw tooLong(source, 'the path to a dictionary of tensors')
  const path = steps.map(pathStep).join('.')
  requireUtf8('the path to a dictionary of tensors', path, source)
  return path
}

/** From the top; undefined where they are longer than a path may be. */
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
