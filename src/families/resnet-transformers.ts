/**
 * A ResNet with the names of Hugging Face transformers (models/resnet/modeling_resnet.py). RegNet uses them too, for other
 * layers.
 */
import type { NamingRule } from '../rename/naming.ts'
import type { Spelling } from './family.ts'

const PARTS = ['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked'] as const

function stage(number: number): NamingRule[] {
  const [from, to] = [`encoder.stages.${number}.layers.*`, `layer${number + 1}.*`]
  return [
    { keep: `${from}.shortcut.convolution.weight`, as: `${to}.downsample.0.weight` },
    ...PARTS.map(part => ({
      keep: `${from}.shortcut.normalization.${part}`,
      as: `${to}.downsample.1.${part}`,
    })),
    ...[0, 1, 2].flatMap(layer => [
      { keep: `${from}.layer.${layer}.convolution.weight`, as: `${to}.conv${layer + 1}.weight` },
      ...PARTS.map(part => ({
        keep: `${from}.layer.${layer}.normalization.${part}`,
        as: `${to}.bn${layer + 1}.${part}`,
      })),
    ]),
  ]
}

/** Shapes distinguish it from RegNet's X networks, whose stem is 3×3. */
export const transformersSpelling: Spelling = {
  name: 'transformers',
  code: 'huggingface/transformers models/resnet/modeling_resnet.py',
  has: ['embedder.embedder.convolution.weight', 'encoder.stages.0.layers.0.layer.0.convolution.weight'],
  // RegNet Y: squeeze and excitation.
  never: ['*.attention.0.weight'],
  rules: [
    { keep: 'embedder.embedder.convolution.weight', as: 'conv1.weight' },
    ...PARTS.map(part => ({ keep: `embedder.embedder.normalization.${part}`, as: `bn1.${part}` })),
    ...[0, 1, 2, 3].flatMap(stage),
  ],
}
