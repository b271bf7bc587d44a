/** Bytes → value: a loop over the table of opcodes. Calls nothing, and stops at named limits. */
import { readInOrder } from '../bytes/reader.ts'
import type { ByteSource } from '../bytes/source.ts'
import { Machine } from './machine.ts'
import { OPCODES, type Opcode } from './opcodes.ts'
import type { Call, Global, Persistent, PickleValue } from './values.ts'

export interface Pickle {
  readonly value: PickleValue
  /** Where the pickle ends in its source. */
  readonly end: number
  /** Every global that the pickle names, in order, repeated as often as it is named. */
  readonly globals: readonly Global[]
  /** Every call that an unpickler would have made, in order. */
  readonly calls: readonly Call[]
  /** Every reference to something outside, in order. */
  readonly persistent: readonly Persistent[]
  /** Lists and dicts that were changed after a call had got them: what it made of them is not what they hold now. */
  readonly altered: ReadonlySet<PickleValue>
}

/** Tensors are outside of the pickle: the largest known state dict, of 100,000 tensors, takes 20 MB. */
export const MAX_PICKLE_BYTES = 256 * 1024 * 1024

/** Most opcodes cost some bytes of memory; a state dict of 100,000 tensors has 3.2 million. */
export const MAX_PICKLE_STEPS = 20_000_000

/** Dicts, lists, tuples and calls, which cost some hundred bytes each; a state dict of 100,000 tensors has 800,000. */
export const MAX_PICKLE_OBJECTS = 2_000_000

const BY_CODE: readonly (Opcode | undefined)[] = Array.from({ length: 256 }, (_, code) =>
  OPCODES.find(opcode => opcode.code === code),
)

/**
 * Decodes the pickle that begins at `offset`.
 * @throws FormatError when it is cut short, damaged, or larger than the limits
 */
export async function decodePickle(
  source: ByteSource,
  offset = 0,
  limit = MAX_PICKLE_BYTES,
): Promise<Pickle> {
  let machine: Machine | undefined
  let steps = 0
  let objects = 0
  const end = await readInOrder(source, offset, limit, reader => {
    machine ??= new Machine(reader)
    const code = reader.u8()
    const opcode = BY_CODE[code]
    if (!opcode)
      return machine.fail(`expected a pickle opcode, found byte 0x${code.toString(16).padStart(2, '0')}.`)
    opcode.run(reader, machine)
    if (++steps > MAX_PICKLE_STEPS) machine.fail(`the pickle has more than ${MAX_PICKLE_STEPS} opcodes.`)
    if (opcode.makesObject && ++objects > MAX_PICKLE_OBJECTS)
      machine.fail(`the pickle has more than ${MAX_PICKLE_OBJECTS} dicts, lists, tuples and objects.`)
    return machine.done
  })
  const { stack, globals, calls, persistent, altered } = machine!
  return { value: stack.at(-1)!, end, globals, calls, persistent, altered }
}
