/** Hand-made PyTorch checkpoints in both containers, in which each part can be made wrong. */
import { memorySource } from '../../src/bytes/source.ts'
import { openCheckpoint } from '../../src/formats/index.ts'
import { encodePickle } from '../../src/pickle/encode.ts'
import { Call, Global, Persistent, type PickleValue, Tuple } from '../../src/pickle/values.ts'
import type { Checkpoint, Tensor } from '../../src/tensor/tensor.ts'
import { bytesOf, u64 } from './pickle-bytes.ts'
import { utf8, type ZipPart, type ZipShape, zipBytes } from './zip-bytes.ts'

export const tuple = (...items: PickleValue[]): Tuple => new Tuple(items)

export const dict = (entries: Readonly<Record<string, PickleValue>>): Map<PickleValue, PickleValue> =>
  new Map(Object.entries(entries))

export function call(path: string, ...args: PickleValue[]): Call {
  const dot = path.lastIndexOf('.')
  return new Call(new Global(path.slice(0, dot), path.slice(dot + 1)), new Tuple(args))
}

/** A persistent id, as in both containers; with a sixth item in legacy streams. */
export function storage(key: string, type: string, count: PickleValue, ...view: PickleValue[]): Persistent {
  const dot = type.lastIndexOf('.')
  const cls = new Global(dot < 0 ? 'torch' : type.slice(0, dot), type.slice(dot + 1))
  return new Persistent(tuple('storage', cls, key, 'cpu', count, ...view))
}

export function tensor(
  reference: PickleValue,
  shape: readonly number[],
  strides: readonly number[],
  offset = 0,
): Call {
  return call(
    'torch._utils._rebuild_tensor_v2',
    reference,
    offset,
    new Tuple(shape),
    new Tuple(strides),
    false,
    call('collections.OrderedDict'),
  )
}

/** A vector of float32 in its own storage. */
export function vector(key: string, count: number): Call {
  return tensor(storage(key, 'FloatStorage', count), [count], [1])
}

export function floats(...values: number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer)
}

export function asFloats(bytes: Uint8Array): number[] {
  return [...new Float32Array(bytes.slice().buffer)]
}

/** All bytes of a tensor, and its checksum. */
export async function copyOut(tensor: Tensor): Promise<{ bytes: Uint8Array; crc: number }> {
  const chunks: Uint8Array[] = []
  const crc = await tensor.copyTo(async chunk => void chunks.push(chunk.slice()))
  return { bytes: new Uint8Array(Buffer.concat(chunks)), crc }
}

/** A value to pickle, or the bytes of a pickle. */
const asPickle = (value: PickleValue): Uint8Array =>
  value instanceof Uint8Array ? value : encodePickle(value)

export interface TorchZip {
  readonly value: PickleValue
  readonly storages?: Readonly<Record<string, Uint8Array>>
  readonly top?: string
  /** Other records; `undefined` omits a default one. */
  readonly records?: Readonly<Record<string, string | undefined>>
  /** Changes entries before they are written. */
  readonly entry?: (part: ZipPart) => ZipPart
  readonly shape?: ZipShape
}

export function torchZipBytes({ value, storages = {}, top = 'archive/', records, entry, shape }: TorchZip) {
  const texts = Object.entries({ version: '3\n', ...records })
  const parts: ZipPart[] = [
    { name: `${top}data.pkl`, data: asPickle(value) },
    ...texts.flatMap(([name, text]) => (text === undefined ? [] : [{ name: top + name, data: utf8(text) }])),
    ...Object.entries(storages).map(([key, data]) => ({ name: `${top}data/${key}`, data })),
  ]
  return zipBytes(entry ? parts.map(entry) : parts, shape)
}

export function openTorchZip(zip: TorchZip): Promise<Checkpoint> {
  return openCheckpoint(memorySource(torchZipBytes(zip), 'test.pth'))
}

export interface Legacy {
  readonly magic?: Uint8Array
  readonly protocol?: PickleValue
  readonly machine?: PickleValue
  readonly value: PickleValue
  readonly keys?: PickleValue
  /** In the order of the file: the count, and the bytes after it. */
  readonly storages?: readonly (readonly [count: number | bigint, bytes: Uint8Array])[]
  readonly after?: Uint8Array
}

export const MAGIC = bytesOf('\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.')

export function legacyBytes(legacy: Legacy): Uint8Array {
  return new Uint8Array(
    Buffer.concat([
      legacy.magic ?? MAGIC,
      asPickle(legacy.protocol ?? 1001),
      asPickle(legacy.machine ?? dict({ protocol_version: 1001, little_endian: true })),
      asPickle(legacy.value),
      asPickle(legacy.keys ?? []),
      ...(legacy.storages ?? []).flatMap(([count, bytes]) => [u64(BigInt.asUintN(64, BigInt(count))), bytes]),
      legacy.after ?? new Uint8Array(0),
    ]),
  )
}

export function openLegacy(legacy: Legacy): Promise<Checkpoint> {
  return openCheckpoint(memorySource(legacyBytes(legacy), 'test.pth'))
}
