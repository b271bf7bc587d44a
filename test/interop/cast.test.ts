/** Casting compared with real PyTorch: the bits of `Tensor.to()`, for every 16-bit float and millions of larger ones. */
import { mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type CastDType, castTensor } from '../../src/tensor/cast.ts'
import type { FloatDType } from '../../src/tensor/floats.ts'
import { describePyTorch } from '../helpers/pytorch.ts'
import { temporaryFolder } from '../helpers/temporary.ts'
import { bytesOf, tensorOf } from '../helpers/tensors.ts'

const CAST = join(import.meta.dirname, '../../fixtures/cast.py')
const folder = temporaryFolder()
const SOURCES = ['float16', 'bfloat16', 'float32', 'float64'] as const
const TARGETS = ['float16', 'bfloat16', 'float32'] as const
const PAIRS = SOURCES.flatMap(from => TARGETS.filter(to => to !== from).map(to => [from, to] as const))

/**
 * Whether the bits of a converted NaN depend only on its own bits in PyTorch. They do not on processors other than x86; version
 * 1 uses another instruction for float16; and from float64 to bfloat16 the position in the tensor matters.
 */
function nanIsSettled(version: string, from: FloatDType, to: CastDType): boolean {
  if (process.arch !== 'x64' || (from === 'float64' && to === 'bfloat16')) return false
  return to !== 'float16' || !version.startsWith('1.')
}

describePyTorch(({ pytorch, version }) => {
  const data = mkdtempSync(join(folder, 'data-'))
  pytorch.run(CAST, data)

  test.each(PAIRS)('%s to %s', async (from, to) => {
    const bytes = new Uint8Array(readFileSync(join(data, `${from}.bin`)))
    const ours = bitsOf(to, await bytesOf(castTensor(tensorOf(from, bytes, [], 4096), to)))
    const theirs = bitsOf(to, new Uint8Array(readFileSync(join(data, `${from}.${to}.bin`))))
    expect(ours.length).toBe(theirs.length)
    const settled = nanIsSettled(version, from, to)
    const infinity = { float16: 0x7c00, bfloat16: 0x7f80, float32: 0x7f800000 }[to]
    const isNotANumber = (bits: number) => bits % SIGN[to] > infinity
    const different = ours.findIndex(
      (bits, i) => bits !== theirs[i] && (settled || !(isNotANumber(bits) && isNotANumber(theirs[i]!))),
    )
    expect(
      different < 0 ? undefined : { different, ours: ours[different], theirs: theirs[different] },
    ).toBeUndefined()
  })
})

/** The sign bit: the lower bits are the magnitude. */
const SIGN = { float16: 0x8000, bfloat16: 0x8000, float32: 0x80000000 }

function bitsOf(dtype: CastDType, bytes: Uint8Array): Uint16Array | Uint32Array {
  return dtype === 'float32' ? new Uint32Array(bytes.buffer) : new Uint16Array(bytes.buffer)
}
