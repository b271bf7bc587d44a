/** Guards casting with real PyTorch: the bits of `Tensor.to()`, for every 16-bit float and millions of larger ones. */
import { mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { castTensor } from '../../src/tensor/cast.ts'
import { type FloatDType, floatCodec } from '../../src/tensor/floats.ts'
import { PYTORCHES } from '../helpers/pytorch.ts'
import { temporaryFolder } from '../helpers/temporary.ts'
import { bytesOf, tensorOf } from '../helpers/tensors.ts'

const CAST = new URL('../../fixtures/cast.py', import.meta.url).pathname
const folder = temporaryFolder()
const TYPES = ['float16', 'bfloat16', 'float32', 'float64'] as const
const PAIRS = TYPES.flatMap(from =>
  TYPES.filter(to => to !== from && to !== 'float64').map(to => [from, to] as const),
)

describe.each(PYTORCHES.map(pytorch => ({ pytorch, version: pytorch.version })))(
  'PyTorch $version',
  ({ pytorch }) => {
    const data = mkdtempSync(join(folder, 'data-'))
    pytorch.run(CAST, data)

    test.each(PAIRS)('%s to %s', async (from, to) => {
      const bytes = new Uint8Array(readFileSync(join(data, `${from}.bin`)))
      const found = await bytesOf(castTensor(tensorOf(from, bytes, [], 4096), to))
      const theirs = new Uint8Array(readFileSync(join(data, `${from}.${to}.bin`)))
      expect(found.length).toBe(theirs.length)
      expect(firstDifference(to, found, theirs)).toBeUndefined()
    })
  },
)

/** NaN may have any bits: PyTorch's own differ from processor to processor. */
function firstDifference(dtype: FloatDType, ours: Uint8Array, theirs: Uint8Array): object | undefined {
  const { decode } = floatCodec(dtype)
  const [a, b] = [decode(ours), decode(theirs)]
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return { i, ours: a[i], theirs: b[i] }
  return undefined
}
