/** ResNets and ResNeXts, which the base configs are for. */
import { UnsupportedError } from '../../../errors.ts'
import { BACKBONES } from '../backbones.ts'
import type { PyDict } from '../python.ts'
import { type Backbone, type Context, inputs, mmpretrain } from './backbone.ts'

/** @throws UnsupportedError for Wide-ResNets */
export function resnet({ architecture: { name, facts } }: Context): Backbone {
  const found = BACKBONES[name]
  if (!found)
    throw new UnsupportedError(
      `MMDetection has no ${name}: its ResNeXt ignores the width of a single group.`,
      'The converted backbone loads into torchvision and timm; MMDetection would need a backbone class of its own.',
    )
  return {
    settings: { ...found.settings, ...inputs('in_channels', facts.channels) },
    maps: { kind: 'pyramid', channels: found.channels },
    optimiser: { kind: 'SGD' },
    frozen: { most: 4, about: '0 still freezes the stem (conv1 and bn1); -1 freezes nothing.' },
  }
}

/**
 * By family: differences from `dict(type='ResNet', depth=50, …)` (mmdet/models/backbones/resnet.py, resnest.py; mmpretrain's
 * res2net.py).
 */
const DEEP: Readonly<Record<string, PyDict>> = {
  'resnet-c': { deep_stem: true },
  'resnet-mit': { deep_stem: true },
  'resnet-d': { type: 'ResNetV1d' },
  resnest: { type: 'ResNeSt', radix: 2, reduction_factor: 4, avg_down_stride: true },
  res2net: { scales: 4, base_width: 26 },
}

/** ResNets with a stem of three convolutions. */
export function resnetDeep(context: Context): Backbone {
  const { name, family, facts } = context.architecture
  const { type, imports } = mmpretrain(context, 'Res2Net')
  const depth = Number(/\d+/.exec(name.replace('res2net', ''))![0])
  return {
    settings: {
      ...(family === 'res2net' && { type }),
      ...DEEP[family]!,
      ...(depth === 50 ? {} : { depth }),
      ...(facts.stem === 64 ? {} : { stem_channels: facts.stem as number }),
      ...inputs('in_channels', facts.channels),
    },
    ...(family === 'res2net' && { imports }),
    maps: { kind: 'pyramid', channels: depth < 50 ? [64, 128, 256, 512] : [256, 512, 1024, 2048] },
    optimiser: { kind: 'SGD' },
    frozen: { most: 4, about: '0 still freezes the stem; -1 freezes nothing.' },
  }
}
