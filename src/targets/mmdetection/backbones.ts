/** MMDetection's settings for each architecture other than ResNet-50 (mmdet/models/backbones/resnet.py, resnext.py). */
import type { PyDict } from './python.ts'

export interface BackboneFacts {
  /** Differences from the base's `dict(type='ResNet', depth=50, …)`. */
  readonly settings: PyDict
  /** Channels of the four stages, for the FPN. */
  readonly channels: readonly [number, number, number, number]
}

const bottleneck = (width: number): BackboneFacts['channels'] => [
  256 * width,
  512 * width,
  1024 * width,
  2048 * width,
]
const basic: BackboneFacts['channels'] = [64, 128, 256, 512]

const grouped = (depth: number, groups: number, width: number): BackboneFacts => ({
  settings: { type: 'ResNeXt', depth, groups, base_width: width },
  channels: bottleneck(1),
})

/** By the names of `architectures/`. No Wide-ResNets: MMDetection's ResNeXt ignores the width of a single group. */
export const BACKBONES: Readonly<Record<string, BackboneFacts>> = {
  resnet18: { settings: { depth: 18 }, channels: basic },
  resnet34: { settings: { depth: 34 }, channels: basic },
  resnet50: { settings: {}, channels: bottleneck(1) },
  resnet101: { settings: { depth: 101 }, channels: bottleneck(1) },
  resnet152: { settings: { depth: 152 }, channels: bottleneck(1) },
  resnext50_32x4d: grouped(50, 32, 4),
  resnext101_32x4d: grouped(101, 32, 4),
  resnext101_32x8d: grouped(101, 32, 8),
  resnext101_64x4d: grouped(101, 64, 4),
  resnext152_32x4d: grouped(152, 32, 4),
  resnext152_32x8d: grouped(152, 32, 8),
  resnet50w2: { settings: { base_channels: 128 }, channels: bottleneck(2) },
  resnet50w4: { settings: { base_channels: 256 }, channels: bottleneck(4) },
  resnet50w5: { settings: { base_channels: 320 }, channels: bottleneck(5) },
}
