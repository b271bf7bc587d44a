/** Hand-made pickles: opcodes as characters, numbers in the format's layout. */
import { memorySource } from '../../src/bytes/source.ts'
import { decodePickle, type Pickle } from '../../src/pickle/decode.ts'
import type { PickleValue } from '../../src/pickle/values.ts'

/** Text stands for one byte per character, a number for one byte. */
export type Part = string | number | ArrayLike<number>

export function bytesOf(...parts: readonly Part[]): Uint8Array {
  const all: number[] = []
  for (const part of parts) {
    if (typeof part === 'number') all.push(part)
    else if (typeof part === 'string') for (const char of part) all.push(char.charCodeAt(0))
    else for (let i = 0; i < part.length; i++) all.push(part[i]!)
  }
  return Uint8Array.from(all)
}

export function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value, true)
  return bytes
}

export function u64(value: number | bigint): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true)
  return bytes
}

/** BINUNICODE. */
export function text(value: string): Uint8Array {
  const utf8 = new TextEncoder().encode(value)
  return bytesOf('X', u32(utf8.length), utf8)
}

/** GLOBAL. */
export function globalName(module: string, name: string): Uint8Array {
  return bytesOf('c', `${module}\n${name}\n`)
}

export function decode(...parts: readonly Part[]): Promise<Pickle> {
  return decodePickle(memorySource(bytesOf(...parts), 'test.pkl'))
}

export async function decodeValue(...parts: readonly Part[]): Promise<PickleValue> {
  return (await decode(...parts)).value
}

/** `OrderedDict()`: a tensor's hooks. */
export const HOOKS = 'ccollections\nOrderedDict\n)R'

/** A reference to a storage of two floats with the key 0. */
export const STORAGE = bytesOf(
  '(',
  text('storage'),
  globalName('torch', 'FloatStorage'),
  text('0'),
  text('cpu'),
  'K\x02tQ',
)
