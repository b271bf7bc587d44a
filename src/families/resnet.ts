/** The ResNet family, in the names that torchvision and MMDetection share (torchvision/models/resnet.py). */
import { type Architecture, conv, norm, type TensorSpec } from './family.ts'

/** What tells one ResNet from another. */
export interface ResNetShape {
  /** Blocks in each of the four stages. */
  readonly blocks: readonly [number, number, number, number]
  /** `basic`: two 3×3 convolutions; `bottleneck`: 1×1, 3×3, 1×1 with four times the channels at its end. */
  readonly block: 'basic' | 'bottleneck'
  /** Groups of the 3×3 convolution (ResNeXt's cardinality). */
  readonly groups?: number
  /** Channels of the 3×3 convolution in each group, in the first stage. */
  readonly widthPerGroup?: number
  /** Every number of channels is multiplied by this (SwAV's RN50-w2, -w4, -w5). */
  readonly widen?: number
}

/**
 * A ResNet of any depth and width. Its tensors are spelled out when they are first asked for.
 * @param name as people type it: `resnet50`
 * @param title for people: `ResNet-50`
 */
export function resnet(name: string, title: string, shape: ResNetShape): Architecture {
  let tensors: readonly TensorSpec[] | undefined
  return {
    name,
    title,
    count: countTensors(shape),
    tensors() {
      tensors ??= allTensors(shape)
      return tensors
    },
  }
}

const EXPANSION = { basic: 1, bottleneck: 4 } as const

/** A convolution and its normalisation are five tensors: the stem, 2 or 3 in each block, and one in each shortcut. */
function countTensors({ blocks, block }: ResNetShape): number {
  const total = blocks.reduce((sum, count) => sum + count, 0)
  const pairs = block === 'basic' ? 1 + 2 * total + 3 : 1 + 3 * total + 4
  return 5 * pairs
}

function allTensors(shape: ResNetShape): TensorSpec[] {
  const base = 64 * (shape.widen ?? 1)
  const specs = [...conv('conv1', 3, base, 7), ...norm('bn1', base)]
  let inputs = base
  shape.blocks.forEach((count, stage) => {
    const planes = base * 2 ** stage
    for (let index = 0; index < count; index++) {
      specs.push(...block(`layer${stage + 1}.${index}`, inputs, planes, shape, index === 0 && stage > 0))
      inputs = planes * EXPANSION[shape.block]
    }
  })
  return specs
}

function block(
  name: string,
  inputs: number,
  planes: number,
  shape: ResNetShape,
  strided: boolean,
): TensorSpec[] {
  const outputs = planes * EXPANSION[shape.block]
  const layers =
    shape.block === 'basic' ? basic(name, inputs, planes) : bottleneck(name, inputs, planes, shape)
  if (!strided && inputs === outputs) return layers
  return [
    ...layers,
    ...conv(`${name}.downsample.0`, inputs, outputs, 1),
    ...norm(`${name}.downsample.1`, outputs),
  ]
}

function basic(name: string, inputs: number, planes: number): TensorSpec[] {
  return [
    ...conv(`${name}.conv1`, inputs, planes, 3),
    ...norm(`${name}.bn1`, planes),
    ...conv(`${name}.conv2`, planes, planes, 3),
    ...norm(`${name}.bn2`, planes),
  ]
}

function bottleneck(name: string, inputs: number, planes: number, shape: ResNetShape): TensorSpec[] {
  const groups = shape.groups ?? 1
  const middle = ((planes * (shape.widthPerGroup ?? 64)) / 64) * groups
  return [
    ...conv(`${name}.conv1`, inputs, middle, 1),
    ...norm(`${name}.bn1`, middle),
    ...conv(`${name}.conv2`, middle / groups, middle, 3),
    ...norm(`${name}.bn2`, middle),
    ...conv(`${name}.conv3`, middle, planes * EXPANSION.bottleneck, 1),
    ...norm(`${name}.bn3`, planes * EXPANSION.bottleneck),
  ]
}
