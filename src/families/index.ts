/** All architectures that a backbone can be verified against. */
import type { Architecture } from './family.ts'
import { resnet } from './resnet.ts'

const D50 = [3, 4, 6, 3] as const
const D101 = [3, 4, 23, 3] as const
const D152 = [3, 8, 36, 3] as const

/** All networks that a backbone can be verified against. */
export const ARCHITECTURES: readonly Architecture[] = [
  resnet('resnet18', 'ResNet-18', { blocks: [2, 2, 2, 2], block: 'basic' }),
  resnet('resnet34', 'ResNet-34', { blocks: [3, 4, 6, 3], block: 'basic' }),
  resnet('resnet50', 'ResNet-50', { blocks: D50, block: 'bottleneck' }),
  resnet('resnet101', 'ResNet-101', { blocks: D101, block: 'bottleneck' }),
  resnet('resnet152', 'ResNet-152', { blocks: D152, block: 'bottleneck' }),
  resnet('resnext50_32x4d', 'ResNeXt-50 32x4d', {
    blocks: D50,
    block: 'bottleneck',
    groups: 32,
    widthPerGroup: 4,
  }),
  resnet('resnext101_32x4d', 'ResNeXt-101 32x4d', {
    blocks: D101,
    block: 'bottleneck',
    groups: 32,
    widthPerGroup: 4,
  }),
  resnet('resnext101_32x8d', 'ResNeXt-101 32x8d', {
    blocks: D101,
    block: 'bottleneck',
    groups: 32,
    widthPerGroup: 8,
  }),
  resnet('resnext101_64x4d', 'ResNeXt-101 64x4d', {
    blocks: D101,
    block: 'bottleneck',
    groups: 64,
    widthPerGroup: 4,
  }),
  resnet('resnext152_32x4d', 'ResNeXt-152 32x4d', {
    blocks: D152,
    block: 'bottleneck',
    groups: 32,
    widthPerGroup: 4,
  }),
  resnet('resnext152_32x8d', 'ResNeXt-152 32x8d', {
    blocks: D152,
    block: 'bottleneck',
    groups: 32,
    widthPerGroup: 8,
  }),
  resnet('wide_resnet50_2', 'Wide-ResNet-50-2', { blocks: D50, block: 'bottleneck', widthPerGroup: 128 }),
  resnet('wide_resnet101_2', 'Wide-ResNet-101-2', { blocks: D101, block: 'bottleneck', widthPerGroup: 128 }),
  resnet('resnet50w2', 'ResNet-50 of twice the width (RN50-w2)', {
    blocks: D50,
    block: 'bottleneck',
    widen: 2,
  }),
  resnet('resnet50w4', 'ResNet-50 of four times the width (RN50-w4)', {
    blocks: D50,
    block: 'bottleneck',
    widen: 4,
  }),
  resnet('resnet50w5', 'ResNet-50 of five times the width (RN50-w5)', {
    blocks: D50,
    block: 'bottleneck',
    widen: 5,
  }),
]
