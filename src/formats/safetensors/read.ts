/** Opens safetensors files. */

import { copyRange } from '../../bytes/copy-range.ts'
import { count } from '../../bytes/count.ts'
import { type ByteSource, readBytes } from '../../bytes/source.ts'
import { FormatError } from '../../errors.ts'
import type { Checkpoint, Tensor } from '../../tensor/tensor.ts'
import { HEAD_LENGTH } from '../archive.ts'
import type { Format } from '../format.ts'
import { requireModestExtent } from '../json-limit.ts'
import { type Entry, parseHeader } from './header.ts'
import { LENGTH_SIZE, MAX_HEADER } from './layout.ts'

export const safetensors: Format = { name: 'safetensors', sniff, open }

const [BRACE, BLANKS] = [0x7b, [0x20, 0x0a, 0x0d, 0x09]] as const

/** There may be more blanks before the header than are checked here. */
function sniff(head: Uint8Array): boolean {
  if (head.length <= LENGTH_SIZE || headerLength(head) > MAX_HEADER) return false
  const first = head.subarray(LENGTH_SIZE).find(byte => !(BLANKS as readonly number[]).includes(byte))
  return first === BRACE || (first === undefined && head.length === HEAD_LENGTH)
}

function headerLength(head: Uint8Array): number {
  return Number(new DataView(head.buffer, head.byteOffset).getBigUint64(0, true))
}

async function open(source: ByteSource): Promise<Checkpoint> {
  const length = headerLength(await readBytes(source, 0, LENGTH_SIZE))
  const start = LENGTH_SIZE + length
  const header = await readBytes(source, LENGTH_SIZE, length)
  requireModestExtent(header, 'the header', source.name)
  const text = decode(header, source.name)
  const { entries, metadata } = parseHeader(text, source.size - start, source.name)
  const state = new Map(entries.map(entry => [entry.name, lazyTensor(source, start, entry)]))
  return {
    format: safetensors.name,
    torchLoads: 'lately',
    era: 'the format of Hugging Face',
    source: source.name,
    size: source.size,
    sections: state.size > 0 ? new Map([['', state]]) : new Map(),
    holds: count(state.size, 'tensor'),
    facts: metadata,
    foreign: [],
    notes: [],
    async close() {},
  }
}

function decode(bytes: Uint8Array, source: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new FormatError(
      { source, offset: LENGTH_SIZE },
      'the header is not UTF-8.',
      'The official safetensors library refuses such a file too: download it or save it again.',
    )
  }
}

function lazyTensor(source: ByteSource, start: number, { name, type, shape, begin, end }: Entry): Tensor {
  return rangeTensor(source, start + begin, end - begin, {
    dtype: type.dtype,
    shape,
    origin: `${source.name}!${name}`,
  })
}

function rangeTensor(
  source: ByteSource,
  offset: number,
  length: number,
  facts: Pick<Tensor, 'dtype' | 'shape' | 'origin'>,
): Tensor {
  return {
    ...facts,
    announce() {
      if (length > 0) source.expect?.(offset, length)
    },
    rows(from, to) {
      const [rows, ...rest] = facts.shape
      const row = length === 0 ? 0 : length / rows!
      return rangeTensor(source, offset + from * row, (to - from) * row, {
        ...facts,
        shape: [to - from, ...rest],
      })
    },
    copyTo(write) {
      this.announce?.()
      return copyRange(source, offset, length, write)
    },
  }
}
