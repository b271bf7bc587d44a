/** A file for two loaders: real PyTorch finds in each dictionary the tensors of the file for that loader, in shared memory. */
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { decideOrThrow } from '../../src/explain/decide.ts'
import { WRITERS } from '../../src/formats/index.ts'
import { createFile } from '../../src/node/file-sink.ts'
import { runHere } from '../helpers/cli.ts'
import { readSource } from '../helpers/family-lists.ts'
import { describePyTorch } from '../helpers/pytorch.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const folder = temporaryFolder()
const path = (name: string): string => join(folder, name)

/**
 * For each file: its key, the number of tensors, and whether they are equal to those in the file for both; and whether memory
 * is shared.
 */
const COMPARE = `
import json, sys, torch
both, *ones = [torch.load(path, map_location='cpu') for path in sys.argv[1:]]
found = {}
for one in ones:
    [key] = [key for key in one if key != 'meta']
    found[key] = [len(one[key]), list(one[key]) == list(both[key]) and all(
        tensor.dtype == both[key][name].dtype and tensor.numpy().tobytes() == both[key][name].numpy().tobytes()
        for name, tensor in one[key].items())]
places = [{tensor.data_ptr() for tensor in both[key].values()} for key in ('state_dict', 'model')]
print(json.dumps([list(both), both['meta']['target'], found, places[1] <= places[0]]))
`

beforeAll(async () => {
  // Here queries and values have biases, keys do not: tensors that are joined with zeros are shared as well.
  const source = readSource('beit_base_patch16_224_pt1k_800ep')
  const sink = await createFile(path('source.pth'))
  await WRITERS.zip(source.sections.get('model')!, {}, sink, { section: 'model' })
  await sink.finish()
  expect(decideOrThrow(source).architecture.title).toBe('ViT-B')
})

describePyTorch(({ pytorch }) => {
  test.each([
    ['zip', []],
    ['legacy', ['--format', 'legacy']],
    ['zip', ['--dtype', 'float16']],
  ])('%s %j', async (_, options) => {
    for (const target of ['both', 'mmdetection', 'vitdet']) {
      const { code, err } = await runHere(
        path('source.pth'),
        path(`${target}.pth`),
        '--overwrite',
        '--target',
        target,
        ...options,
      )
      expect([code, err]).toEqual([0, ''])
    }
    const said = pytorch.run(
      '-c',
      COMPARE,
      ...['both', 'mmdetection', 'vitdet'].map(name => path(`${name}.pth`)),
    )
    expect(JSON.parse(said)).toEqual([
      ['state_dict', 'model', 'meta'],
      'both',
      { state_dict: [150, true], model: [147, true] },
      true,
    ])
  })
})
