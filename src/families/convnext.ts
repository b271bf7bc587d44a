/**
 * ConvNeXt, V1 and V2, in the names of their authors (facebookresearch/ConvNeXt models/convnext.py, ConvNeXt-V2
 * models/convnextv2.py); V2's (1, 1, 1, C) tensors are vectors here.
 */
import { both, type NamingRule, type Reordering } from '../rename/naming.ts'
import {
  type Architecture,
  affine,
  architecture,
  type Family,
  float,
  LAST_STAGE,
  MAP_NORMS,
  MAPS_OF_TRANSFORMERS,
  type Shapes,
  type TensorSpec,
} from './family.ts'

interface Size {
  readonly name: string
  readonly title: string
  readonly depths: readonly number[]
  /** Channels of the first stage; each further stage has twice as many. */
  readonly dims: number
}

const SMALL_DEPTHS = [3, 3, 27, 3] as const

const SIZES: readonly Size[] = [
  { name: 'convnext-atto', title: 'ConvNeXt-A', depths: [2, 2, 6, 2], dims: 40 },
  { name: 'convnext-femto', title: 'ConvNeXt-F', depths: [2, 2, 6, 2], dims: 48 },
  { name: 'convnext-pico', title: 'ConvNeXt-P', depths: [2, 2, 6, 2], dims: 64 },
  { name: 'convnext-nano', title: 'ConvNeXt-N', depths: [2, 2, 8, 2], dims: 80 },
  { name: 'convnext-tiny', title: 'ConvNeXt-T', depths: [3, 3, 9, 3], dims: 96 },
  { name: 'convnext-small', title: 'ConvNeXt-S', depths: SMALL_DEPTHS, dims: 96 },
  { name: 'convnext-base', title: 'ConvNeXt-B', depths: SMALL_DEPTHS, dims: 128 },
  { name: 'convnext-large', title: 'ConvNeXt-L', depths: SMALL_DEPTHS, dims: 192 },
  { name: 'convnext-xlarge', title: 'ConvNeXt-XL', depths: SMALL_DEPTHS, dims: 256 },
  { name: 'convnext-huge', title: 'ConvNeXt-H', depths: SMALL_DEPTHS, dims: 352 },
]

/** What a ConvNeXt's tensors show besides its size. */
interface Variant {
  readonly channels: number
  /** V1, and SparK's pre-training. */
  readonly layerScale: boolean
  /** V2: global response normalisation. */
  readonly grn: boolean
  readonly finalNorm: boolean
}

const USUAL: Variant = { channels: 3, layerScale: true, grn: false, finalNorm: true }

function variantOf(state: Shapes): Variant {
  return {
    channels: state.get('downsample_layers.0.0.weight')?.shape[1] ?? USUAL.channels,
    layerScale: state.has('stages.0.0.gamma'),
    grn: state.has('stages.0.0.grn.gamma'),
    finalNorm: state.has('norm.weight'),
  }
}

function convnext({ name, title, depths, dims }: Size, variant: Variant): Architecture {
  const version = variant.grn ? 'V2' : 'V1'
  return architecture(
    { name, title: `${title} (${version})`, family: 'convnext', facts: { depths, dims, ...variant } },
    () => [
      ...depths.flatMap((_, stage) => downsample(stage, dims, variant.channels)),
      ...depths.flatMap((depth, stage) =>
        Array.from({ length: depth }, (_, index) =>
          block(`stages.${stage}.${index}`, dims * 2 ** stage, variant),
        ).flat(),
      ),
      ...(variant.finalNorm ? affine('norm', [8 * dims]) : []),
    ],
  )
}

function downsample(stage: number, dims: number, channels: number): TensorSpec[] {
  const name = `downsample_layers.${stage}`
  const width = dims * 2 ** stage
  if (stage === 0) return [...affine(`${name}.0`, [dims, channels, 4, 4]), ...affine(`${name}.1`, [dims])]
  return [...affine(`${name}.0`, [width / 2]), ...affine(`${name}.1`, [width, width / 2, 2, 2])]
}

function block(name: string, width: number, { layerScale, grn }: Variant): TensorSpec[] {
  return [
    ...(layerScale ? [float(`${name}.gamma`, width)] : []),
    ...affine(`${name}.dwconv`, [width, 1, 7, 7]),
    ...affine(`${name}.norm`, [width]),
    ...affine(`${name}.pwconv1`, [4 * width, width]),
    ...(grn ? [float(`${name}.grn.gamma`, 4 * width), float(`${name}.grn.beta`, 4 * width)] : []),
    ...affine(`${name}.pwconv2`, [width, 4 * width]),
  ]
}

const BESIDE: readonly NamingRule[] = [{ drop: 'head.*', because: 'classification head' }]

const STAGES = [0, 1, 2, 3] as const

/** (outputs, inputs, 1, 1) as a matrix; a matrix stays unchanged. */
const MATRIX_OF_4: Reordering = {
  split: [['*'], ['*'], ['*'], ['*']],
  order: [0, 1, 2, 3],
  merge: [1, 3],
}

/** (1, 1, 1, C) and (1, C) as vectors. */
const VECTOR_OF_4: Reordering = { split: [[1], [1], [1], ['*']], order: [0, 1, 2, 3], merge: [4] }
const VECTOR_OF_2: Reordering = { split: [[1], ['*']], order: [0, 1], merge: [2] }

/**
 * MinkowskiEngine's kernels are (places, in, out), or (places, channels) if depthwise, with places in column-major order
 * (facebookresearch/ConvNeXt-V2 utils.py remap_checkpoint_keys).
 */
const depthwise = (side: number): Reordering => ({
  split: [[side, side], ['*']],
  order: [2, 1, 0],
  merge: [1, 0, 1, 1],
})
const dense = (side: number): Reordering => ({
  split: [[side, side], ['*'], ['*']],
  order: [3, 2, 1, 0],
  merge: [1, 1, 1, 1],
})

/** The last normalisation does not belong to the convolutional stages: trainings without a classifier do not have it. */
const NAMES: readonly NamingRule[] = [
  { keep: 'downsample_layers.*', as: 'downsample_layers.*' },
  { keep: 'stages.*', as: 'stages.*' },
  { keep: 'norm.*', as: 'norm.*' },
]

/** ConvNeXt of all sizes, V1 and V2. */
export const convnextFamily: Family = {
  name: 'convnext',
  title: 'ConvNeXt',
  architectures: state => SIZES.map(size => convnext(size, state ? variantOf(state) : USUAL)),
  look: {
    firstLayer: 'downsample_layers.0.0.weight',
    stages: [
      [/^(stages\.\d+)\./, '$1'],
      [/^downsample_layers\.([1-3])\./, 'stages.$1'],
      [/^norm\./, LAST_STAGE],
    ],
    initial: 'small',
  },
  spellings: [
    {
      name: 'official',
      code: 'facebookresearch/ConvNeXt-V2 models/convnextv2.py',
      has: ['downsample_layers.0.0.weight', 'stages.0.0.dwconv.weight'],
      rules: [
        ...BESIDE,
        // DINOv3 stores its last normalisation under a second name, too (dinov3/models/convnext.py).
        { drop: 'norms.3.*', because: 'last normalisation under a second name' },
        { keep: 'stages.*.grn.gamma', as: 'stages.*.grn.gamma', reorder: VECTOR_OF_4 },
        { keep: 'stages.*.grn.beta', as: 'stages.*.grn.beta', reorder: VECTOR_OF_4 },
        ...NAMES,
      ],
    },
    {
      name: 'sparse',
      code: 'facebookresearch/ConvNeXt-V2 models/convnextv2_sparse.py',
      has: ['downsample_layers.0.0.weight', 'stages.0.0.dwconv.kernel'],
      rules: [
        { keep: 'stages.*.dwconv.kernel', as: 'stages.*.dwconv.weight', reorder: depthwise(7) },
        { keep: 'stages.*.dwconv.bias', as: 'stages.*.dwconv.bias', reorder: VECTOR_OF_2 },
        ...both('stages.*.norm.ln', 'stages.*.norm'),
        ...both('stages.*.pwconv1.linear', 'stages.*.pwconv1'),
        ...both('stages.*.pwconv2.linear', 'stages.*.pwconv2'),
        { keep: 'stages.*.grn.gamma', as: 'stages.*.grn.gamma', reorder: VECTOR_OF_2 },
        { keep: 'stages.*.grn.beta', as: 'stages.*.grn.beta', reorder: VECTOR_OF_2 },
        { keep: 'downsample_layers.*.1.kernel', as: 'downsample_layers.*.1.weight', reorder: dense(2) },
        ...[1, 2, 3].map(stage => ({
          keep: `downsample_layers.${stage}.1.bias`,
          as: `downsample_layers.${stage}.1.bias`,
          reorder: VECTOR_OF_2,
        })),
        ...both('downsample_layers.*.0.ln', 'downsample_layers.*.0'),
        ...NAMES,
      ],
    },
    {
      name: 'transformers',
      code: 'huggingface/transformers models/convnext/modeling_convnext.py, convnextv2/modeling_convnextv2.py',
      has: ['embeddings.patch_embeddings.weight', 'encoder.stages.0.layers.0.dwconv.weight'],
      rules: [
        MAPS_OF_TRANSFORMERS,
        { keep: 'embeddings.patch_embeddings.*', as: 'downsample_layers.0.0.*' },
        { keep: 'embeddings.layernorm.*', as: 'downsample_layers.0.1.*' },
        ...STAGES.flatMap(stage => [
          {
            keep: `encoder.stages.${stage}.downsampling_layer.*`,
            as: `downsample_layers.${stage}.*`,
          },
          ...transformersBlocks(`encoder.stages.${stage}.layers.*`, `stages.${stage}.*`),
        ]),
        { keep: 'layernorm.*', as: 'norm.*' },
      ],
    },
    {
      name: 'transformers, DINOv3',
      code: 'huggingface/transformers models/dinov3_convnext/modeling_dinov3_convnext.py',
      has: ['stages.0.downsample_layers.0.weight', 'stages.0.layers.0.depthwise_conv.weight'],
      rules: [
        ...STAGES.flatMap(stage => [
          { keep: `stages.${stage}.downsample_layers.*`, as: `downsample_layers.${stage}.*` },
          ...dinov3Blocks(`stages.${stage}.layers.*`, `stages.${stage}.*`),
        ]),
        { keep: 'layer_norm.*', as: 'norm.*' },
      ],
    },
    {
      name: 'timm',
      code: 'huggingface/pytorch-image-models timm/models/convnext.py',
      has: ['stem.0.weight', 'stages.0.blocks.0.conv_dw.weight'],
      rules: [
        { keep: 'head.norm.*', as: 'norm.*' },
        ...BESIDE,
        { keep: 'stem.*', as: 'downsample_layers.0.*' },
        ...[1, 2, 3].map(stage => ({
          keep: `stages.${stage}.downsample.*`,
          as: `downsample_layers.${stage}.*`,
        })),
        ...[0, 1, 2, 3].flatMap(stage => timmBlocks(`stages.${stage}.blocks.*`, `stages.${stage}.*`)),
      ],
    },
    {
      name: 'mmpretrain',
      code: 'open-mmlab/mmpretrain mmpretrain/models/backbones/convnext.py',
      has: ['downsample_layers.0.0.weight', 'stages.0.0.depthwise_conv.weight'],
      rules: [
        ...MAP_NORMS,
        ...both('stages.*.depthwise_conv', 'stages.*.dwconv'),
        ...both('stages.*.pointwise_conv1', 'stages.*.pwconv1'),
        ...both('stages.*.pointwise_conv2', 'stages.*.pwconv2'),
        { keep: 'norm3.*', as: 'norm.*' },
        { keep: 'downsample_layers.*', as: 'downsample_layers.*' },
        { keep: 'stages.*', as: 'stages.*' },
      ],
    },
  ],
}

function timmBlocks(from: string, to: string): readonly NamingRule[] {
  return [
    ...both(`${from}.conv_dw`, `${to}.dwconv`),
    ...both(`${from}.norm`, `${to}.norm`),
    ...[1, 2].flatMap(n => [
      // The small sizes use 1×1 convolutions instead of linear layers (`conv_mlp`), with the same numbers.
      { keep: `${from}.mlp.fc${n}.weight`, as: `${to}.pwconv${n}.weight`, reorder: MATRIX_OF_4 },
      { keep: `${from}.mlp.fc${n}.bias`, as: `${to}.pwconv${n}.bias` },
    ]),
    { keep: `${from}.mlp.grn.weight`, as: `${to}.grn.gamma` },
    { keep: `${from}.mlp.grn.bias`, as: `${to}.grn.beta` },
    { keep: `${from}.gamma`, as: `${to}.gamma` },
  ]
}

function transformersBlocks(from: string, to: string): readonly NamingRule[] {
  return [
    ...both(`${from}.dwconv`, `${to}.dwconv`),
    ...both(`${from}.layernorm`, `${to}.norm`),
    ...both(`${from}.pwconv1`, `${to}.pwconv1`),
    ...both(`${from}.pwconv2`, `${to}.pwconv2`),
    { keep: `${from}.layer_scale_parameter`, as: `${to}.gamma` },
    { keep: `${from}.grn.weight`, as: `${to}.grn.gamma`, reorder: VECTOR_OF_4 },
    { keep: `${from}.grn.bias`, as: `${to}.grn.beta`, reorder: VECTOR_OF_4 },
  ]
}

function dinov3Blocks(from: string, to: string): readonly NamingRule[] {
  return [
    ...both(`${from}.depthwise_conv`, `${to}.dwconv`),
    ...both(`${from}.layer_norm`, `${to}.norm`),
    ...both(`${from}.pointwise_conv1`, `${to}.pwconv1`),
    ...both(`${from}.pointwise_conv2`, `${to}.pwconv2`),
    { keep: `${from}.gamma`, as: `${to}.gamma` },
  ]
}
