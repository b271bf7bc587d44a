/** Bytes → value: a loop over the table of opcodes. Calls nothing, and stops at named limits. */
import { type ByteReader, readInOrder } from '../bytes/reader.ts'
import type { ByteSource } from '../bytes/source.ts'
import { beyondLimit, pickleLimits } from './limits.ts'
import { Machine } from './machine.ts'
import { MemoryMeter } from './memory.ts'
import { OPCODES, type Opcode } from './opcodes.ts'
import type { Call, Global, Persistent, PickleValue } from './values.ts'

export interface Pickle {
  readonly value: PickleValue
  /** Where the pickle ends in its source. */
  readonly end: number
  /** Every global in the pickle, in order, with repetitions. */
  readonly globals: readonly Global[]
  /** Every call that an unpickler would have made, in order. */
  readonly calls: readonly Call[]
  /** The names of all opcodes in the pickle. */
  readonly opcodes: readonly string[]
  /** The stated protocol; 0 if none is stated, which protocols 0 and 1 cannot. */
  readonly protocol: number
  /** Every reference to something outside, in order. */
  readonly persistent: readonly Persistent[]
  /** Lists and dicts that were changed after a call used them: the call saw other content than they have now. */
  readonly altered: ReadonlySet<PickleValue>
  /** Whether some text is not UTF-8. */
  readonly hasOddText: boolean
  /** Whether a frame is longer than the rest of the file: unpicklers stop there. */
  readonly hasOpenFrame: boolean
  /** Keys of dicts and items of sets that are objects. */
  readonly keys: ReadonlySet<PickleValue>
}

const BY_CODE: (Opcode | undefined)[] = Array.from({ length: 256 })
for (const opcode of OPCODES) BY_CODE[opcode.code] = opcode

/**
 * Decodes the pickle that begins at `offset`.
 * @param limit for a pickle that should be only a few bytes long; by default see `pickleLimits`
 * @param factor multiplies the limits
 * @param resolve the value of an id, if it is a value of the pickle itself; undefined for external ones
 * @throws FormatError when it is cut short, damaged, or longer than `limit`
 * @throws UnsupportedError when it exceeds the other limits
 */
export async function decodePickle(
  source: ByteSource,
  offset = 0,
  limit?: number,
  factor?: number,
  resolve?: (id: PickleValue) => PickleValue | undefined,
): Promise<Pickle> {
  const limits = pickleLimits(factor)
  const tooMuch = (problem: string) => beyondLimit(source.name, `the pickle has ${problem}`)
  const memory = new MemoryMeter(source.name, limits.memory)
  let machine: Machine | undefined
  let steps = 0
  const used = new Uint8Array(256)
  function step(reader: ByteReader): boolean {
    machine ??= new Machine(reader, memory, resolve)
    const start = reader.position
    const code = reader.u8()
    const opcode = BY_CODE[code]
    if (!opcode)
      return machine.fail(`expected a pickle opcode, found byte 0x${code.toString(16).padStart(2, '0')}.`)
    opcode.run(reader, machine)
    used[code] = 1
    if (++steps > limits.steps) throw tooMuch(`more than ${limits.steps} opcodes`)
    // A character takes at least one byte in the pickle, and at most two in memory.
    memory.take(opcode.memory + 2 * (reader.position - start - 1))
    return machine.done
  }
  try {
    const beyond = limit === undefined ? () => tooMuch(`more than ${limits.bytes} bytes`) : undefined
    const end = await readInOrder(source, offset, limit ?? limits.bytes, step, beyond)
    const { stack, globals, calls, persistent, altered, protocol, hasOddText, hasOpenFrame, keys } = machine!
    const opcodes = OPCODES.filter(({ code }) => used[code]).map(({ name }) => name)
    const value = stack.at(-1)!
    const odd = { hasOddText, hasOpenFrame }
    return { value, end, globals, calls, opcodes, protocol, persistent, altered, ...odd, keys }
  } catch (error) {
    // JavaScript has its own limits: strings of 512 MB, maps with 16 million entries.
    throw error instanceof RangeError ? tooMuch(`more than can be held here (${error.message})`) : error
  }
}
