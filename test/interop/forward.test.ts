/** The forward pass: with the same weights and images, TensorFlow.js and PyTorch's ResNet give the same results. */
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { loadTensorFlow } from '../../src/cli/probe/tensorflow.ts'
import { decideOrThrow } from '../../src/explain/decide.ts'
import { openCheckpointFile } from '../../src/files/open.ts'
import { runResNet } from '../../src/probe/forward/resnet.ts'
import { operationsOf } from '../../src/probe/forward/tensorflow.ts'
import { difference, isNewest, readFloats } from '../helpers/forward.ts'
import { describePyTorch } from '../helpers/pytorch.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const folder = temporaryFolder()
const NETWORKS = [
  ['resnet18', 'pytorch'],
  ['resnet50', 'pytorch'],
  ['resnet50', 'caffe'],
  ['resnext50_32x4d', 'pytorch'],
] as const

describePyTorch(
  ({ run }) => {
    beforeAll(() => {
      run('fixtures/forward.py', folder, ...NETWORKS.map(names => names.join('-')))
    })

    test.each(NETWORKS)(
      'every stage of %s in the style of %s',
      async (architecture, style) => {
        const here = join(folder, `${architecture}-${style}`)
        const tf = operationsOf((await loadTensorFlow()).tf)
        const opened = await openCheckpointFile(join(here, 'weights.pth'))
        const decision = decideOrThrow(opened.checkpoint)
        expect(decision.architecture.name).toBe(architecture)
        const images = tf.tensor(readFloats(join(here, 'images.f32')), [2, 224, 224, 3])
        const differences: Record<string, number> = {}
        const last = await runResNet(tf, decision.plan.kept, style, [images], async (name, [output]) => {
          differences[name] = difference(await output!.data(), readFloats(join(here, `${name}.f32`)))
        })
        for (const output of last) output.dispose()
        await opened.close()
        expect(Object.keys(differences)).toEqual(['stem', 'layer1', 'layer2', 'layer3', 'layer4'])
        for (const [name, value] of Object.entries(differences)) expect(value, name).toBeLessThan(1e-4)
      },
      120_000,
    )
  },
  { only: isNewest },
)
