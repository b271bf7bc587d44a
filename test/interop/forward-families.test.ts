/** The forward pass of transformers and ConvNeXt: with the same weights and images, the same results as in PyTorch. */
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { loadTensorFlow } from '../../src/cli/probe/tensorflow.ts'
import { openCheckpointFile } from '../../src/files/open.ts'
import { requireRunnable } from '../../src/probe/forward/network.ts'
import { operationsOf } from '../../src/probe/forward/tensorflow.ts'
import { difference, isNewest, readFloats } from '../helpers/forward.ts'
import { describePyTorch } from '../helpers/pytorch.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const folder = temporaryFolder()

const PYRAMID = ['stem', '0', '1', '2', '3', 'norm']
const NETWORKS = [
  ['vit-tiny', {}],
  ['vit-tiny-448', {}],
  ['vit-small-dinov2', {}],
  ['vit-small-12-heads', { heads: { 384: 12 } }],
  ['swin-tiny', {}],
  ['swin-tiny-window6', {}],
  ['convnext-tiny', {}],
  ['convnext-atto-v2', {}],
] as const

describePyTorch(
  ({ run }) => {
    beforeAll(() => {
      run('fixtures/forward_families.py', folder, ...NETWORKS.map(([network]) => network))
    })

    test.each(NETWORKS)(
      'every stage of %s',
      async (network, method) => {
        const here = join(folder, network)
        const tf = operationsOf((await loadTensorFlow()).tf)
        const opened = await openCheckpointFile(join(here, 'weights.pth'))
        const runnable = requireRunnable(opened.checkpoint.sections.get('model')!)
        const images = tf.tensor(readFloats(join(here, 'images.f32')), [2, 224, 224, 3])
        const differences: Record<string, number> = {}
        const last = await runnable.run(tf, runnable.state, method, [images], async (name, [output]) => {
          const [, height, width, channels] = output!.shape
          expect(runnable.expected(runnable.state, name), name).toEqual([channels, height, width])
          differences[name] = difference(await output!.data(), readFloats(join(here, `${name}.f32`)))
        })
        for (const output of last) output.dispose()
        await opened.close()
        const names = Object.keys(differences).map(name => name.replace(/^(layers|stages)\./, ''))
        if (network.startsWith('vit')) expect(names).toHaveLength(14)
        else expect(names).toEqual(PYRAMID)
        for (const [name, value] of Object.entries(differences)) expect(value, name).toBeLessThan(1e-5)
      },
      120_000,
    )
  },
  { only: isNewest },
)
