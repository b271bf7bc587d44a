import type { Rule } from '../rename/rules.ts'
import type { Method } from './method.ts'

/** One stage: `net` holds its blocks' layers by number, `projection` the shortcut of the first. */
const stage = (n: number): Rule[] => [
  { keep: `net.${n}.blocks.*.net.0.weight`, as: `layer${n}.*.conv1.weight` },
  { keep: `net.${n}.blocks.*.net.2.weight`, as: `layer${n}.*.conv2.weight` },
  { keep: `net.${n}.blocks.*.net.4.weight`, as: `layer${n}.*.conv3.weight` },
  { keep: `net.${n}.blocks.0.projection.shortcut.weight`, as: `layer${n}.0.downsample.0.weight` },
  { keep: `net.${n}.blocks.0.projection.bn.0.*`, as: `layer${n}.0.downsample.1.*` },
  ...['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked'].flatMap(entry =>
    [1, 2, 3].map(bn => ({
      keep: `net.${n}.blocks.*.net.${2 * bn - 1}.0.${entry}`,
      as: `layer${n}.*.bn${bn}.${entry}`,
    })),
  ),
]

export const simclrV2 = {
  name: 'simclr-v2',
  title: "SimCLR v2, converted from TensorFlow by Separius's script",
  paper: 'https://arxiv.org/abs/2006.10029',
  code: {
    repository: 'Separius/SimCLRv2-Pytorch',
    file: 'resnet.py',
    commit: 'f4c2f4110fa80f4c779705a2f9f5b3315248b256',
  },
  // The contrastive head lies beside it, in `head`.
  sections: ['resnet'],
  signature: ['net.0.0.weight', 'net.1.blocks.0.projection.shortcut.weight', 'fc.weight'],
  // Models with selective kernels (`sk1`) are no MMDetection ResNets: their stem has no rule, on purpose.
  rules: [
    { keep: 'net.0.0.weight', as: 'conv1.weight' },
    { keep: 'net.0.1.0.*', as: 'bn1.*' },
    ...[1, 2, 3, 4].flatMap(stage),
    { drop: 'fc.*', because: 'linear classifier', head: 'fc.*' },
  ],
  // No normalisation: ToTensor alone (verify.py).
  normalisation: { mean: [0, 0, 0], std: [1, 1, 1], order: 'rgb' },
  style: 'pytorch',
  published: [],
} as const satisfies Method
