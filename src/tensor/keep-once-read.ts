/** Caches tensors of slow sources that are read more than once. */
import { derivedTensor } from './derive.ts'
import { byteLength, type StateDict, type Tensor } from './tensor.ts'

/**
 * Keeps tensors' bytes in memory once they were read, so that remote ones are fetched once. For callers that need all of them
 * in memory anyway.
 */
export function keepOnceRead(state: StateDict): StateDict {
  return new Map([...state].map(([name, tensor]) => [name, keptTensor(tensor)]))
}

function keptTensor(tensor: Tensor): Tensor {
  let kept: { readonly bytes: Uint8Array; readonly crc: number } | undefined
  return derivedTensor(tensor, {
    announce() {
      if (!kept) tensor.announce?.()
    },
    async copyTo(write) {
      kept ??= await read(tensor)
      await write(kept.bytes)
      return kept.crc
    },
  })
}

async function read(tensor: Tensor): Promise<{ readonly bytes: Uint8Array; readonly crc: number }> {
  const bytes = new Uint8Array(tensor.unreadable === undefined ? byteLength(tensor) : 0)
  let filled = 0
  const crc = await tensor.copyTo(async chunk => {
    bytes.set(chunk, filled)
    filled += chunk.length
  })
  return { bytes, crc }
}
