/** Damages pickles opcode by opcode: left out, repeated, moved, taken from another pickle, or replaced by equivalents. */
import { readInOrder } from '../../src/bytes/reader.ts'
import { memorySource } from '../../src/bytes/source.ts'
import type { Machine } from '../../src/pickle/machine.ts'
import { OPCODES } from '../../src/pickle/opcodes.ts'
import type { Dice } from './mutate.ts'
import { bytesOf, globalName, text, u32 } from './pickle-bytes.ts'

/** The opcodes of a pickle, each with its argument. */
export type Operations = readonly Uint8Array[]

/** Accepts everything without effect: only the arguments are needed here. */
const IDLE = new Proxy({}, { get: () => () => [], set: () => true }) as unknown as Machine
const STOP = 0x2e

export async function operationsOf(pickle: Uint8Array): Promise<Operations> {
  const found: Uint8Array[] = []
  await readInOrder(memorySource(pickle, 'seed'), 0, pickle.length, reader => {
    const start = reader.position
    const code = reader.u8()
    OPCODES.find(opcode => opcode.code === code)!.run(reader, IDLE)
    found.push(pickle.slice(start, reader.position))
    return code === STOP
  })
  return found
}

const NUMBERS = [0, 1, 2, 3, 4, 5, 6, 24, 255, 256, 65536, -1, -2, 2 ** 31 - 1, -(2 ** 31)]
/** Opcodes without arguments. */
const BARE = '(0123Nlt)]}.aesubRQ\x81\x85\x86\x87\x88\x89\x8f\x90\x91\x92\x93\x94'
const GLOBALS: readonly (readonly [module: string, name: string])[] = [
  ['collections', 'OrderedDict'],
  ['collections', 'Counter'],
  ['collections', 'defaultdict'],
  ['torch._utils', '_rebuild_tensor'],
  ['torch._utils', '_rebuild_tensor_v2'],
  ['torch._utils', '_rebuild_tensor_v3'],
  ['torch._utils', '_rebuild_parameter'],
  ['torch._utils', '_rebuild_parameter_with_state'],
  ['torch._utils', '_rebuild_sparse_tensor'],
  ['torch._utils', '_rebuild_qtensor'],
  ['torch._tensor', '_rebuild_from_type_v2'],
  ['torch.nn.parameter', 'Parameter'],
  ['torch', 'Tensor'],
  ['torch', 'Size'],
  ['torch', 'FloatStorage'],
  ['torch', 'BFloat16Storage'],
  ['torch', 'LongStorage'],
  ['torch', 'BoolStorage'],
  ['torch', 'ComplexFloatStorage'],
  ['torch', 'QInt8Storage'],
  ['torch.storage', 'UntypedStorage'],
  ['torch', 'float16'],
  ['torch.serialization', '_get_layout'],
  ['builtins', 'set'],
  ['builtins', 'bytearray'],
  ['_codecs', 'encode'],
]
const TEXTS = [
  '',
  'storage',
  'cpu',
  'cuda:0',
  '0',
  '1',
  '2',
  'state_dict',
  'conj',
  'neg',
  '_metadata',
  '__proto__',
  'a.b',
]

const one = <T>(of: ArrayLike<T>, roll: Dice): T => of[roll(of.length)]!

function number(value: number): Uint8Array {
  if (value >= 0 && value < 256) return bytesOf('K', value)
  return bytesOf('J', u32(value >>> 0))
}

const codeOf = (operation: Uint8Array): string => String.fromCharCode(operation[0]!)
const isNumber = (operation: Uint8Array): boolean => 'KMJ\x8a'.includes(codeOf(operation))
const isText = (operation: Uint8Array): boolean => 'XUT\x8c'.includes(codeOf(operation))
const isGlobal = (operation: Uint8Array): boolean => codeOf(operation) === 'c'
const isMemo = (operation: Uint8Array): boolean => 'qhrj'.includes(codeOf(operation))

/** A position with an opcode of a kind, or any. */
function place(operations: Operations, roll: Dice, is: (operation: Uint8Array) => boolean): number {
  const places = [...operations.keys()].filter(at => is(operations[at]!))
  return places.length > 0 ? one(places, roll) : roll(operations.length)
}

/** Equivalent opcodes; undefined if there are none. */
function respelled(operation: Uint8Array, roll: Dice): Uint8Array | undefined {
  const code = codeOf(operation)
  const argument = operation.subarray(1)
  const small = argument[0]!
  if (code === 'X') {
    const body = argument.subarray(4)
    if (body.length > 255) return undefined
    return one(
      [
        bytesOf('U', body.length, body),
        bytesOf('T', u32(body.length), body),
        bytesOf('\x8c', body.length, body),
      ],
      roll,
    )
  }
  if (code === 'K')
    return one(
      [
        bytesOf('M', small, 0),
        bytesOf('J', u32(small)),
        bytesOf('I', `${small}\n`),
        bytesOf('\x8a', 2, small, 0),
      ],
      roll,
    )
  if (code === 'q') return one([bytesOf('r', u32(small)), bytesOf('p', `${small}\n`)], roll)
  if (code === 'h') return one([bytesOf('j', u32(small)), bytesOf('g', `${small}\n`)], roll)
  if (code === ')') return bytesOf('(t')
  if (code === '}') return bytesOf('(d')
  if (code === ']') return bytesOf('(l')
  if (code === '\x88') return bytesOf('I01\n')
  if (code === '\x89') return bytesOf('I00\n')
  if (code === 'c') {
    const [module = '', name = ''] = new TextDecoder().decode(argument).split('\n')
    return bytesOf(text(module), text(name), '\x93')
  }
  return undefined
}

type Change = (operations: Operations, roll: Dice, others: readonly Operations[]) => Operations

/** Replaces an opcode by another of its kind. */
function replacing(
  is: (operation: Uint8Array) => boolean,
  by: (roll: Dice, was: Uint8Array) => Uint8Array,
): Change {
  return (operations, roll) => {
    const at = place(operations, roll, is)
    return operations.with(at, by(roll, operations[at]!))
  }
}

const CHANGES: readonly Change[] = [
  (operations, roll) => operations.toSpliced(roll(operations.length), 1),
  (operations, roll) => {
    const at = roll(operations.length)
    return operations.toSpliced(at, 0, operations[at]!)
  },
  (operations, roll) => {
    const at = roll(operations.length)
    return operations.toSpliced(at, 1).toSpliced(roll(operations.length), 0, operations[at]!)
  },
  (operations, roll) => operations.toSpliced(roll(operations.length), roll(2), bytesOf(one(BARE, roll))),
  (operations, roll, others) => {
    const other = one(others, roll)
    const from = roll(other.length)
    return operations.toSpliced(roll(operations.length), roll(4), ...other.slice(from, from + 1 + roll(8)))
  },
  (operations, roll) => {
    const from = roll(operations.length)
    return operations.toSpliced(roll(operations.length), 0, ...operations.slice(from, from + 1 + roll(12)))
  },
  replacing(isNumber, roll => number(one(NUMBERS, roll))),
  replacing(isNumber, (roll, was) => number(Math.max(0, (was[1] ?? 0) + roll(3) - 1))),
  replacing(isText, roll => text(one(TEXTS, roll))),
  replacing(isGlobal, roll => globalName(...one(GLOBALS, roll))),
  replacing(isMemo, (roll, was) => bytesOf(one('qh', roll), (was[1]! + roll(5) - 2) & 0xff)),
  replacing(
    operation => respelled(operation, () => 0) !== undefined,
    (roll, was) => respelled(was, roll) ?? was,
  ),
]

/** The lengths of frames (since protocol 4) would no longer match. */
const FRAME = '\x95'

/** @returns a pickle that usually fails late, or not at all */
export function mutateOperations(seed: Operations, roll: Dice, others: readonly Operations[]): Uint8Array {
  let operations = seed.filter(operation => codeOf(operation) !== FRAME)
  for (let left = 1 + roll(3); left > 0 && operations.length > 0; left--)
    operations = [...one(CHANGES, roll)(operations, roll, others)]
  return new Uint8Array(Buffer.concat(operations))
}
