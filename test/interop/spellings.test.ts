/** The values that families reorder, join and split: compared with the loaders' own converters, as PyTorch computes them. */
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { nameFor } from '../../src/convert/name.ts'
import { FAMILIES } from '../../src/families/index.ts'
import { spellingOf } from '../../src/families/spelling.ts'
import { openCheckpoint } from '../../src/formats/index.ts'
import { type Items, spell } from '../../src/rename/spell.ts'
import { HOMES } from '../../src/targets/mmdetection/homes.ts'
import type { StateDict } from '../../src/tensor/tensor.ts'
import { openForTest } from '../helpers/open.ts'
import { PYTORCHES } from '../helpers/pytorch.ts'
import { temporaryFolder } from '../helpers/temporary.ts'
import { bytesOf } from '../helpers/tensors.ts'

const VALUES = join(import.meta.dirname, '../../fixtures/families/values.py')
const folder = temporaryFolder()
const CASES = [
  ...['swin', 'swin-v2', 'convnext', 'convnext of V2', 'eva02'],
  ...['vit of queries and values', 'vit of transformers', 'xcit'],
]

describe.each(PYTORCHES.slice(0, 1).map(pytorch => ({ pytorch, version: pytorch.version })))(
  'PyTorch $version',
  ({ pytorch }) => {
    const data = mkdtempSync(join(folder, 'values-'))
    const made = pytorch.run(VALUES, data).trim().split('\n')

    test('all cases exist', () => {
      expect(made).toEqual(CASES)
    })

    test.each(CASES)('%s', async name => {
      const source = await stateOf(join(data, `${name}.pth`))
      const expected = await stateOf(join(data, `${name}.expected.pth`))
      const found = converted(source, name.split(' ')[0]!)
      expect([...found.keys()].sort()).toEqual([...expected.keys()].sort())
      for (const [as, { tensor }] of found) {
        const right = expected.get(as)!
        expect([as, tensor.dtype, ...tensor.shape]).toEqual([as, right.dtype, ...right.shape])
        expect(Buffer.from(await bytesOf(tensor)).equals(await bytesOf(right)), as).toBe(true)
      }
    })
  },
)

async function stateOf(path: string): Promise<StateDict> {
  return (await openCheckpoint(await openForTest(path))).sections.get('')!
}

function converted(state: StateDict, family: string): Items {
  const items: Items = new Map([...state].map(([name, tensor]) => [name, { from: [name], tensor }]))
  const spelt = spellingOf(new Set(state.keys()), FAMILIES)!
  expect(spelt.family.name).toBe(family)
  const canonical = spell(spelt.spelling.rules, items)
  expect(canonical.unmatched).toEqual([])
  const { kept, unmatched } = nameFor(spelt.family, HOMES[family]!, canonical.kept)
  expect(unmatched).toEqual([])
  return kept
}
