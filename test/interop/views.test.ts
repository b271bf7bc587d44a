/**
 * Reordering, joining and splitting compared with real PyTorch: `reshape`, `permute`, `cat`, `chunk`, and the authors'
 * converters.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { openCheckpoint } from '../../src/formats/index.ts'
import { writeTorchZip } from '../../src/formats/torch/write-zip.ts'
import { createFile } from '../../src/node/file-sink.ts'
import { joinTensors, type Zeros } from '../../src/tensor/join.ts'
import { splitTensor } from '../../src/tensor/split.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'
import { type Factor, type Reorder, reorderTensor } from '../../src/tensor/view.ts'
import { openForTest } from '../helpers/open.ts'
import { PYTORCHES } from '../helpers/pytorch.ts'
import { randomIntegers } from '../helpers/random.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const VIEWS = join(import.meta.dirname, '../../fixtures/views.py')
const folder = temporaryFolder()

/** A case of fixtures/views.py, and our tensors for it. */
interface Case {
  readonly told: Readonly<Record<string, unknown>> & { readonly name: string; readonly shapes: number[][] }
  readonly ours: (tensors: readonly Tensor[]) => readonly Tensor[]
}

const DTYPES = [
  ...['uint8', 'int8', 'bool', 'int16', 'float16', 'bfloat16', 'int32', 'float32'],
  ...['int64', 'float64', 'complex64', 'complex128'],
]
const LAYOUTS = ['contiguous', 'contiguous', 'transposed', 'rows', 'steps', 'expanded']

const next = randomIntegers(18)
const oneOf = <T>(list: readonly T[]): T => list[next(list.length)]!
const product = (sizes: readonly number[]): number => sizes.reduce((all, size) => all * size, 1)
/** Mostly small; sometimes 0. */
const size = (): number => (next(20) === 0 ? 0 : 1 + next(7))

function shuffled(count: number): number[] {
  const order = Array.from({ length: count }, (_, index) => index)
  for (let i = count - 1; i > 0; i--) {
    const j = next(i + 1)
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  return order
}

function randomReorder(index: number): Case {
  const sizes = Array.from({ length: 1 + next(3) }, () => Array.from({ length: 1 + next(3) }, size))
  const split: Factor[][] = sizes.map(factors => {
    const star = factors.includes(0) ? factors.indexOf(0) : next(factors.length + 2)
    return factors.map((factor, at) => (at === star ? '*' : Math.max(1, factor)))
  })
  const factors = sizes.flatMap((axis, at) =>
    axis.map((factor, i) => (split[at]![i] === '*' ? factor : Math.max(1, factor))),
  )
  const shape = split.map((axis, at) =>
    product(axis.map((factor, i) => (factor === '*' ? sizes[at]![i]! : factor))),
  )
  const order = next(8) === 0 ? factors.map((_, at) => at) : shuffled(factors.length)
  const to: number[] = []
  for (const at of order)
    if (to.length > 0 && next(2) === 0) to.push(to.pop()! * factors[at]!)
    else to.push(factors[at]!)
  return {
    told: {
      ...{
        name: `reorder${index}`,
        op: 'reorder',
        dtype: DTYPES[index % DTYPES.length],
        layout: oneOf(LAYOUTS),
      },
      ...{ shapes: [shape], factors, order, to },
    },
    ours: ([tensor]) => [reorderTensor(tensor!, { split, order }, to)],
  }
}

function randomJoin(index: number): Case {
  const row = Array.from({ length: next(3) }, size)
  const shapes = Array.from({ length: 1 + next(3) }, () => [size(), ...row])
  const parts = shapes.flatMap((_, at): (number | Zeros)[] => (next(2) ? [at] : [{ zeros: next(4) }, at]))
  return {
    told: {
      ...{ name: `cat${index}`, op: 'cat', dtype: DTYPES[index % DTYPES.length], layout: oneOf(LAYOUTS) },
      ...{ shapes, parts },
    },
    ours: tensors => [joinTensors(parts.map(part => (typeof part === 'number' ? tensors[part]! : part)))],
  }
}

function randomSplit(index: number): Case {
  const count = 1 + next(4)
  const shape = [count * size(), ...Array.from({ length: next(3) }, size)]
  return {
    told: {
      ...{ name: `chunk${index}`, op: 'chunk', dtype: DTYPES[index % DTYPES.length], layout: oneOf(LAYOUTS) },
      ...{ shapes: [shape], count },
    },
    ours: ([tensor]) => splitTensor(tensor!, count),
  }
}

function known(op: string, shape: number[], reorder: Reorder, to?: number[], dtype = 'float32'): Case {
  return {
    told: { name: `${op}${shape.join('x')}`, op, dtype, layout: 'contiguous', shapes: [shape] },
    ours: ([tensor]) => [reorderTensor(tensor!, reorder, to)],
  }
}

const kernel = (k: number): Reorder => ({ split: [[k, k], ['*'], ['*']], order: [3, 2, 1, 0] })

const CASES: readonly Case[] = [
  known('swin_reduction', [192, 384], { split: [['*'], [2, 2, '*']], order: [0, 3, 2, 1] }),
  known('swin_norm', [384], { split: [[2, 2, '*']], order: [2, 1, 0] }),
  known('fcmae', [16, 3, 40], kernel(4), [40, 3, 4, 4]),
  // 32 MB: more than one pass.
  known('fcmae', [4, 704, 1408], kernel(2), [1408, 704, 2, 2], 'float64'),
  known('fcmae_depthwise', [49, 40], { split: [[7, 7], ['*']], order: [2, 1, 0] }, [40, 1, 7, 7]),
  ...Array.from({ length: 400 }, (_, index) => randomReorder(index)),
  ...Array.from({ length: 150 }, (_, index) => randomJoin(index)),
  ...Array.from({ length: 150 }, (_, index) => randomSplit(index)),
]

describe.each(PYTORCHES.map(pytorch => ({ pytorch, version: pytorch.version })))(
  'PyTorch $version',
  ({ pytorch, version }) => {
    const server = pytorch.serve(VIEWS)
    afterAll(() => server.close())
    const cases = join(folder, 'cases.json')
    writeFileSync(cases, JSON.stringify(CASES.map(({ told }) => told)))

    test.each(['zip', 'legacy'])(
      'every case, read from a %s file',
      async container => {
        const [from, to] = [
          join(folder, `${version}.${container}.pth`),
          join(folder, `${version}.result.pth`),
        ]
        await server.ask('make', cases, from, container)
        const file = await openForTest(from)
        const checkpoint = await openCheckpoint(file)
        const source = checkpoint.sections.get('')!
        const result = new Map<string, Tensor>()
        for (const { told, ours } of CASES) {
          const tensors = told.shapes.map((_, index) => source.get(`${told.name}.${index}`)!)
          for (const [index, tensor] of ours(tensors).entries()) result.set(`${told.name}.${index}`, tensor)
        }
        const sink = await createFile(to, { overwrite: true })
        await writeTorchZip(result, {}, sink)
        await sink.finish()
        await checkpoint.close()
        await file.close()
        expect(await server.ask('judge', to)).toBe(`${result.size} tensors equal`)
      },
      120_000,
    )
  },
)
