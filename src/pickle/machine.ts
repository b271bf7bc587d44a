/** The state of the pickle machine: stack, marks and memo. Every access is checked. */

import type { ByteReader } from '../bytes/reader.ts'
import { hasHalfCharacter } from '../bytes/text.ts'
import { damagedAdvice } from '../errors.ts'
import { setEntry } from './keys.ts'
import { Memo } from './memo.ts'
import { MEMORY, type MemoryMeter } from './memory.ts'
import { Call, describeValue, FloatTuple, Global, Persistent, type PickleValue, Tuple } from './values.ts'
import { WholeFloats } from './whole-floats.ts'

/** Names of modules and classes are short; a pickle can repeat a name of a megabyte with two bytes. */
const MAX_NAME = 1000

export class Machine {
  readonly stack: PickleValue[] = []
  /** The position of the last mark: values below it are not accessible. */
  #floor = 0
  /** Positions of earlier marks. */
  readonly #marks: number[] = []
  readonly #memo = new Memo()
  readonly #reader: ByteReader
  readonly #memory: MemoryMeter
  /** The most places that stack and marks have had. */
  #places = 0
  readonly globals: Global[] = []
  readonly calls: Call[] = []
  readonly persistent: Persistent[] = []
  /** Lists, dicts and objects that were passed to a call. */
  readonly #given = new Set<PickleValue>()
  /** The ones that were changed after the call, which would have missed that if it had copied them. */
  readonly altered = new Set<PickleValue>()
  /** Dicts that the states of objects were copied from. */
  readonly #states = new Set<PickleValue>()
  /** Whether some text is not UTF-8. */
  hasOddText = false
  /** Whether a frame is longer than the rest of the file. */
  hasOpenFrame = false
  readonly #floats = new WholeFloats()
  /** Keys of dicts and items of sets that are objects: not all objects are hashable. */
  readonly keys = new Set<PickleValue>()
  done = false
  protocol = 0

  readonly #resolve: ((id: PickleValue) => PickleValue | undefined) | undefined

  /** @param resolve the value of an id, if it is a value of the pickle itself */
  constructor(
    reader: ByteReader,
    memory: MemoryMeter,
    resolve?: (id: PickleValue) => PickleValue | undefined,
  ) {
    this.#reader = reader
    this.#memory = memory
    this.#resolve = resolve
  }

  /** @throws UnsupportedError when the pickle exceeds its memory limit */
  take(bytes: number): void {
    this.#memory.take(bytes)
  }

  #takePlace(): void {
    const places = this.stack.length + this.#marks.length
    if (places <= this.#places) return
    this.#places = places
    this.#memory.take(MEMORY.slot)
  }

  fail(problem: string): never {
    throw this.#reader.fail(problem, damagedAdvice('pickle'))
  }

  push(value: PickleValue): void {
    if (this.#floats.any) this.#floats.forget(this.stack.length)
    this.stack.push(value)
    this.#takePlace()
  }

  /** A float with an integer value is distinguished from an integer while alone on the stack, and in a tuple. */
  float(value: number): void {
    this.push(value)
    if (Number.isInteger(value) && this.#floats.add(this.stack.length - 1)) this.#memory.take(MEMORY.entry)
  }

  duplicate(): void {
    const isFloat = this.#floats.isAt(this.stack.length - 1)
    this.#again(this.top(), isFloat)
  }

  #again(value: PickleValue, isFloat: boolean): void {
    if (isFloat) this.float(value as number)
    else this.push(value)
  }

  /**
   * A tuple of values that were just popped.
   * @param before how many values below them were popped too, but are not part of it
   */
  tupleOf(items: readonly PickleValue[], before = 0): Tuple {
    if (!this.#floats.any) return new Tuple(items)
    const start = this.stack.length + before
    return this.#floats.areWithin(start, items.length) ? new FloatTuple(items) : new Tuple(items)
  }

  /** A text, or bytes instead of text that is not UTF-8. */
  text(value: string | Uint8Array): void {
    if (typeof value !== 'string' || hasHalfCharacter(value)) this.hasOddText = true
    this.push(value)
  }

  pop(): PickleValue {
    if (this.stack.length <= this.#floor) this.fail('expected a value on the stack, found none.')
    return this.stack.pop()!
  }

  top(): PickleValue {
    if (this.stack.length <= this.#floor) this.fail('expected a value on the stack, found none.')
    return this.stack[this.stack.length - 1]!
  }

  mark(): void {
    this.#marks.push(this.#floor)
    this.#floor = this.stack.length
    this.#takePlace()
  }

  /** Removes and returns everything above the last mark, and removes the mark. */
  popMark(): PickleValue[] {
    const values = this.stack.splice(this.#unmark())
    this.#memory.take(MEMORY.item * values.length)
    return values
  }

  /** POP also removes a mark if nothing is above it, as in CPython. */
  discard(): void {
    if (this.#marks.length > 0 && this.#floor === this.stack.length) this.#unmark()
    else this.pop()
  }

  /** Removes the last mark; returns its position. */
  #unmark(): number {
    const below = this.#marks.pop()
    if (below === undefined) this.fail('expected a mark on the stack, found none.')
    const start = this.#floor
    this.#floor = below
    return start
  }

  remember(key: number, value = this.top()): void {
    this.#memory.take(key <= this.#memo.size ? MEMORY.slot : MEMORY.entry)
    this.#memo.set(key, value)
    if (this.#floats.any && this.#floats.keep(key, this.stack.length - 1)) this.#memory.take(MEMORY.entry)
  }

  rememberNext(): void {
    this.remember(this.#memo.size)
  }

  recall(key: number): void {
    const value = this.#memo.get(key)
    if (value === undefined) this.fail(`expected something in the memo under ${key}, found nothing.`)
    this.#again(value, this.#floats.any && this.#floats.isKept(key))
  }

  global(module: PickleValue, name: PickleValue): void {
    if (typeof module !== 'string' || typeof name !== 'string')
      this.fail(
        `expected two strings that name a global, found ${describeValue(module)} and ${describeValue(name)}.`,
      )
    if (module.length + name.length > MAX_NAME)
      this.fail(`expected a name of up to ${MAX_NAME} characters, found ${module.length + name.length}.`)
    const found = new Global(module, name)
    this.globals.push(found)
    this.push(found)
  }

  call(callee: PickleValue, args: Tuple, Kind: typeof Call = Call): void {
    // Dicts are created from the first argument; a defaultdict from the second.
    const { 0: first, 1: second } = args.items
    if (typeof first === 'object') this.#give(first)
    if (typeof second === 'object') this.#give(second)
    const made = new Kind(callee, args)
    this.calls.push(made)
    this.push(made)
  }

  /** Also marks the pairs in a list. Each is visited once: earlier ones are known up to the last item, or altered. */
  #give(value: PickleValue): void {
    if (!(Array.isArray(value) || value instanceof Map || value instanceof Call)) return
    if (this.#given.has(value)) return
    this.#memory.take(MEMORY.entry)
    this.#given.add(value)
    if (!Array.isArray(value)) return
    for (const item of value) {
      if (!Array.isArray(item)) continue
      this.#memory.take(MEMORY.entry)
      this.#given.add(item)
    }
  }

  #change(target: PickleValue): void {
    if (this.#states.has(target))
      this.fail('a dict is changed after the state of an object was copied from it.')
    if (!this.#given.has(target)) return
    this.#memory.take(MEMORY.entry)
    this.altered.add(target)
  }

  reference(id: PickleValue): void {
    const made = new Persistent(id)
    this.persistent.push(made)
    this.push(this.#resolve?.(id) ?? made)
  }

  popTuple(): Tuple {
    const value = this.pop()
    if (!(value instanceof Tuple)) this.fail(`expected a tuple of arguments, found ${describeValue(value)}.`)
    return value
  }

  append(values: readonly PickleValue[]): void {
    const target = this.top()
    const items = target instanceof Call ? target.ownItems() : target
    if (!Array.isArray(items)) this.fail(`expected a list to append to, found ${describeValue(target)}.`)
    this.#change(target)
    this.#memory.take(MEMORY.slot * values.length + (target instanceof Call ? MEMORY.list : 0))
    for (const value of values) items.push(value)
  }

  addToSet(values: readonly PickleValue[]): void {
    const target = this.top()
    if (target instanceof Call) {
      this.append(values)
      return
    }
    if (!(target instanceof Set)) this.fail(`expected a set to add to, found ${describeValue(target)}.`)
    this.#memory.take(MEMORY.entry * values.length)
    for (const value of values) {
      target.add(value)
      this.#noteKey(value)
    }
  }

  setItems(pairs: readonly PickleValue[]): void {
    const target = this.top()
    const entries = target instanceof Call ? target.ownEntries() : target
    if (!(entries instanceof Map))
      this.fail(`expected a dict to set items of, found ${describeValue(target)}.`)
    this.#change(target)
    if (target instanceof Call) this.#memory.take(MEMORY.map)
    this.#fill(entries, pairs)
  }

  set(values: readonly PickleValue[]): void {
    this.#memory.take(MEMORY.entry * values.length)
    for (const value of values) this.#noteKey(value)
    this.push(new Set(values))
  }

  dict(pairs: readonly PickleValue[]): void {
    const made = new Map<PickleValue, PickleValue>()
    this.#fill(made, pairs)
    this.push(made)
  }

  #fill(entries: Map<PickleValue, PickleValue>, pairs: readonly PickleValue[]): void {
    if (pairs.length % 2 !== 0) this.fail(`expected keys and values in pairs, found ${pairs.length} values.`)
    const before = entries.size
    for (let i = 0; i < pairs.length; i += 2) {
      setEntry(entries, pairs[i]!, pairs[i + 1]!)
      this.#noteKey(pairs[i]!)
    }
    // A new map has space for some entries.
    this.#memory.take(MEMORY.entry * Math.max(0, entries.size - Math.max(before, MEMORY.entriesOfNew)))
  }

  #noteKey(key: PickleValue): void {
    if (typeof key !== 'object' || key === null || this.keys.has(key)) return
    this.#memory.take(MEMORY.entry)
    this.keys.add(key)
  }

  build(state: PickleValue): void {
    const target = this.top()
    this.#change(target)
    // Python copies the entries of a state: later changes do not affect the object.
    for (const half of state instanceof Tuple ? state.items.slice(0, 2) : [state]) {
      if (!(half instanceof Map) || this.#states.has(half)) continue
      this.#memory.take(MEMORY.entry)
      this.#states.add(half)
    }
    if (!(target instanceof Call))
      this.fail(`expected an object to set the state of, found ${describeValue(target)}.`)
    if (target.state !== undefined)
      this.fail(`expected an object without a state, found ${describeValue(target)} that has one.`)
    target.state = state
  }
}
