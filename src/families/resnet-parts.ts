/** The blocks that ResNets of all kinds share, with PyTorch's names. */
import { conv, norm, type TensorSpec } from './family.ts'

/** What distinguishes ResNets. */
export interface ResNetShape {
  /** Blocks in each of the four stages. */
  readonly blocks: readonly [number, number, number, number]
  /** `basic`: two 3×3 convolutions; `bottleneck`: 1×1, 3×3, and 1×1 with four times the channels. */
  readonly block: 'basic' | 'bottleneck'
  /** Groups of the 3×3 convolution (ResNeXt's cardinality). */
  readonly groups?: number
  /** Channels per group of the 3×3 convolution, in the first stage. */
  readonly widthPerGroup?: number
  /** Multiplies every number of channels (SwAV's RN50-w2, -w4, -w5). */
  readonly widen?: number
}

export const D50 = [3, 4, 6, 3] as const
export const D101 = [3, 4, 23, 3] as const
export const D152 = [3, 8, 36, 3] as const

/** A ResNet of basic blocks. */
export function basic(blocks: ResNetShape['blocks']): ResNetShape {
  return { blocks, block: 'basic' }
}

/** A ResNet of bottlenecks. */
export function bottleneck(blocks: ResNetShape['blocks'], others: Partial<ResNetShape> = {}): ResNetShape {
  return { blocks, block: 'bottleneck', ...others }
}

const EXPANSION = { basic: 1, bottleneck: 4 } as const

/** What differs between kinds of ResNets besides their shape. */
export interface Blocks {
  /** The index of a shortcut's convolution: 1 if it comes after a pooling. */
  readonly shortcut?: 0 | 1
  /** Replaces the 3×3 convolution and its normalisation in a bottleneck of `planes`. */
  middle?(name: string, planes: number): readonly TensorSpec[]
}

/** The four stages after a stem of `inputs` channels. */
export function stages(shape: ResNetShape, inputs: number, kind: Blocks = {}): TensorSpec[] {
  const base = 64 * (shape.widen ?? 1)
  let channels = inputs
  return shape.blocks.flatMap((count, stage) => {
    const planes = base * 2 ** stage
    return Array.from({ length: count }, (_, index) => {
      const before = channels
      channels = planes * EXPANSION[shape.block]
      return block(`layer${stage + 1}.${index}`, before, planes, shape, kind, index === 0 && stage > 0)
    }).flat()
  })
}

function block(
  name: string,
  inputs: number,
  planes: number,
  shape: ResNetShape,
  kind: Blocks,
  strided: boolean,
): TensorSpec[] {
  const outputs = planes * EXPANSION[shape.block]
  const layers =
    shape.block === 'basic'
      ? basicLayers(name, inputs, planes)
      : bottleneckLayers(name, inputs, planes, shape, kind)
  if (!strided && inputs === outputs) return layers
  const { shortcut = 0 } = kind
  return [
    ...layers,
    ...conv(`${name}.downsample.${shortcut}`, inputs, outputs, 1),
    ...norm(`${name}.downsample.${shortcut + 1}`, outputs),
  ]
}

function basicLayers(name: string, inputs: number, planes: number): TensorSpec[] {
  return [
    ...conv(`${name}.conv1`, inputs, planes, 3),
    ...norm(`${name}.bn1`, planes),
    ...conv(`${name}.conv2`, planes, planes, 3),
    ...norm(`${name}.bn2`, planes),
  ]
}

function bottleneckLayers(
  name: string,
  inputs: number,
  planes: number,
  shape: ResNetShape,
  { middle }: Blocks,
): TensorSpec[] {
  const groups = shape.groups ?? 1
  const width = Math.floor((planes * (shape.widthPerGroup ?? 64)) / 64) * groups
  return [
    ...conv(`${name}.conv1`, inputs, width, 1),
    ...norm(`${name}.bn1`, width),
    ...(middle?.(name, planes) ?? [
      ...conv(`${name}.conv2`, width / groups, width, 3),
      ...norm(`${name}.bn2`, width),
    ]),
    ...conv(`${name}.conv3`, width, planes * EXPANSION.bottleneck, 1),
    ...norm(`${name}.bn3`, planes * EXPANSION.bottleneck),
  ]
}
