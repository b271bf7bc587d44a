/**
 * Writes safetensors, byte for byte like the official library for the same tensors and metadata. (It writes several metadata
 * entries in random order; we keep the given order.)
 */

import type { ByteSink } from '../../bytes/sink.ts'
import { hasHalfCharacter } from '../../bytes/text.ts'
import { UnsupportedError } from '../../errors.ts'
import { announceAll, byteLength, type StateDict } from '../../tensor/tensor.ts'
import { copyTensor } from '../copy-tensor.ts'
import type { WriteOptions } from '../format.ts'
import { ALIGNMENT, LENGTH_SIZE, METADATA, type SafetensorsType, TYPES } from './layout.ts'

/**
 * Writes safetensors, byte for byte like the official library.
 * @param meta written as texts, the only type in this format
 * @throws UnsupportedError when the format does not support a tensor's type, or a name contains an unpaired surrogate
 * @throws errors of the tensors and the sink; the caller must finish or abort the sink
 */
export async function writeSafetensors(
  state: StateDict,
  meta: Readonly<Record<string, string | number>>,
  sink: ByteSink,
  options: WriteOptions = {},
): Promise<void> {
  const ordered = inOrder(state)
  announceAll(ordered)
  await sink.write(headerBytes(ordered, meta))
  for (const tensor of ordered.values()) await copyTensor(tensor, sink, options)
}

/** The widest types first; within a type, by name (safetensors/src/tensor.rs `prepare`). */
function inOrder(state: StateDict): StateDict {
  const ranks = new Map(TYPES.map(({ dtype }, index) => [dtype, index]))
  const ranked = [...state].map(([name, tensor]) => {
    const rank = ranks.get(tensor.dtype)
    if (rank === undefined) throw cannotHold(`${name} is of type ${tensor.dtype}`)
    if (name === METADATA) throw cannotHold(`A tensor is called ${METADATA}`)
    return { name, tensor, rank }
  })
  ranked.sort((a, b) => a.rank - b.rank || compareCodePoints(a.name, b.name))
  return new Map(ranked.map(({ name, tensor }) => [name, tensor]))
}

/** Compares code points, and so UTF-8 bytes; `<` compares halves of surrogate pairs. */
function compareCodePoints(a: string, b: string): number {
  const [left, right] = [Array.from(a), Array.from(b)]
  for (const [index, character] of left.entries()) {
    const difference = character.codePointAt(0)! - (right[index]?.codePointAt(0) ?? -1)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}

function headerBytes(state: StateDict, meta: Readonly<Record<string, string | number>>): Uint8Array {
  const texts = Object.entries(meta).map(([name, value]) => [name, String(value)] as const)
  const entries: [string, unknown][] = texts.length > 0 ? [[METADATA, Object.fromEntries(texts)]] : []
  let begin = 0
  for (const [name, tensor] of state) {
    if (hasHalfCharacter(name))
      throw cannotHold(`The name ${JSON.stringify(name)} contains an unpaired surrogate`)
    const end = begin + byteLength(tensor)
    const type = TYPES.find(({ dtype }) => dtype === tensor.dtype)!
    entries.push([name, { dtype: type.name, shape: packed(tensor.shape, type), data_offsets: [begin, end] }])
    begin = end
  }
  // Not from an object, which would put numeric names first.
  const json = entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')
  const text = new TextEncoder().encode(`{${json}}`)
  const length = Math.ceil(text.length / ALIGNMENT) * ALIGNMENT
  const bytes = new Uint8Array(LENGTH_SIZE + length).fill(0x20)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true)
  bytes.set(text, LENGTH_SIZE)
  return bytes
}

function packed(shape: readonly number[], { packed: values }: SafetensorsType): readonly number[] {
  return values === 1 ? shape : [...shape.slice(0, -1), shape.at(-1)! * values]
}

function cannotHold(what: string): UnsupportedError {
  return new UnsupportedError(`${what}, which safetensors files cannot hold.`, [
    { say: 'Write a PyTorch file instead: end the name in .pth, and', leaveOut: 'format' },
  ])
}
