/** Deformable DETR: attention to a few points of four maps (arXiv:2010.04159). */
import { affine, float, type Shapes, type TensorSpec } from '../../../families/family.ts'
import { both, type NamingRule } from '../../../rename/naming.ts'
import type { DetectorKind } from '../../detector.ts'
import {
  attentionOf2,
  attentionParts,
  CLASS_LAYER,
  FEED_FORWARD,
  inPairs,
  LAYERS_OF_2,
  layerRules,
  normsOf2,
} from './detr.ts'
import {
  attention,
  convModule,
  countIn,
  feedForward,
  has,
  layerCounts,
  listOf,
  norms,
  outputsOf,
  styleOf,
} from './layers.ts'

const DEFORMABLE = ['sampling_offsets', 'attention_weights', 'value_proj', 'output_proj'] as const

function deformableParts(part: string, name = part): Readonly<Record<string, string>> {
  return inPairs(Object.fromEntries(DEFORMABLE.map(layer => [`${part}.${layer}`, `${name}.${layer}`])))
}

/** fundamentalvision/Deformable-DETR models/deformable_transformer.py, deformable_detr.py; DETReg keeps its names. */
const official: readonly NamingRule[] = [
  ...layerRules('transformer.encoder.layers.*', 'encoder.layers.*', {
    ...deformableParts('self_attn'),
    ...FEED_FORWARD,
    ...inPairs({ norm1: 'norms.0', norm2: 'norms.1' }),
  }),
  // The authors number normalisations in the order of creation: norm1 follows cross-attention, which comes second.
  ...layerRules('transformer.decoder.layers.*', 'decoder.layers.*', {
    ...deformableParts('cross_attn'),
    ...attentionParts('self_attn', 'self_attn'),
    ...FEED_FORWARD,
    ...inPairs({ norm1: 'norms.1', norm2: 'norms.0', norm3: 'norms.2' }),
  }),
  { keep: 'transformer.level_embed', as: 'level_embed' },
  ...both('transformer.reference_points', 'reference_points_fc'),
  ...both('transformer.enc_output', 'memory_trans_fc'),
  ...both('transformer.enc_output_norm', 'memory_trans_norm'),
  ...both('transformer.pos_trans', 'pos_trans_fc'),
  ...both('transformer.pos_trans_norm', 'pos_trans_norm'),
  { drop: 'transformer.decoder.bbox_embed.*', because: 'the layers of bbox_embed once more' },
  { drop: 'transformer.decoder.class_embed.*', because: CLASS_LAYER },
  { keep: 'query_embed.weight', as: 'query_embedding.weight' },
  ...[0, 1, 2].flatMap(level => [
    { keep: `input_proj.${level}.0.*`, as: `neck.convs.${level}.conv.*` },
    { keep: `input_proj.${level}.1.*`, as: `neck.convs.${level}.gn.*` },
  ]),
  // A fourth map is computed from the backbone's last one.
  { keep: 'input_proj.3.0.*', as: 'neck.extra_convs.0.conv.*' },
  { keep: 'input_proj.3.1.*', as: 'neck.extra_convs.0.gn.*' },
  ...[0, 1, 2].flatMap(layer =>
    ['weight', 'bias'].map(part => ({
      keep: `bbox_embed.*.layers.${layer}.${part}`,
      as: `bbox_head.reg_branches.*.${2 * layer}.${part}`,
    })),
  ),
  { drop: 'class_embed.*', because: CLASS_LAYER },
]

/** In MMDetection 2.x, the head contains the transformer (mmdet/models/utils/transformer.py). */
const inHead: readonly NamingRule[] = [
  { keep: 'neck.*', as: 'neck.*' },
  ...layerRules('bbox_head.transformer.encoder.layers.*', 'encoder.layers.*', {
    ...deformableParts('attentions.0', 'self_attn'),
    ...LAYERS_OF_2,
    ...normsOf2(2),
  }),
  ...layerRules('bbox_head.transformer.decoder.layers.*', 'decoder.layers.*', {
    ...attentionOf2('attentions.0', 'self_attn'),
    ...deformableParts('attentions.1', 'cross_attn'),
    ...LAYERS_OF_2,
    ...normsOf2(3),
  }),
  { keep: 'bbox_head.transformer.level_embeds', as: 'level_embed' },
  ...both('bbox_head.transformer.reference_points', 'reference_points_fc'),
  ...both('bbox_head.transformer.enc_output', 'memory_trans_fc'),
  ...both('bbox_head.transformer.enc_output_norm', 'memory_trans_norm'),
  ...both('bbox_head.transformer.pos_trans', 'pos_trans_fc'),
  ...both('bbox_head.transformer.pos_trans_norm', 'pos_trans_norm'),
  { keep: 'bbox_head.query_embedding.weight', as: 'query_embedding.weight' },
  { keep: 'bbox_head.reg_branches.*', as: 'bbox_head.reg_branches.*' },
  { drop: 'bbox_head.cls_branches.*', because: CLASS_LAYER },
]

export const deformableDetr: DetectorKind = {
  name: 'deformable-detr',
  title: 'Deformable DETR',
  code: 'open-mmlab/mmdetection mmdet/models/detectors/deformable_detr.py',
  spellings: [
    {
      name: 'mmdetection',
      code: 'open-mmlab/mmdetection mmdet/models/detectors/deformable_detr.py',
      has: ['neck.convs.0.conv.weight', 'level_embed', 'encoder.layers.0.self_attn.sampling_offsets.weight'],
      never: ['decoder.ref_point_head.*'],
      rules: [
        { drop: 'bbox_head.cls_branches.*', because: CLASS_LAYER },
        { keep: '*', as: '*' },
      ],
    },
    {
      name: 'deformable-detr',
      code: 'fundamentalvision/Deformable-DETR models/deformable_detr.py',
      has: ['transformer.level_embed', 'input_proj.0.0.weight', 'bbox_embed.*'],
      rules: official,
    },
    {
      name: 'mmdetection 2',
      code: 'open-mmlab/mmdetection@v2.28.2 mmdet/models/dense_heads/deformable_detr_head.py',
      has: ['neck.convs.0.conv.weight', 'bbox_head.transformer.level_embeds'],
      rules: inHead,
    },
  ],
  tensors(state, maps) {
    const width = state.get('level_embed')?.shape[1] ?? 256
    return [
      ...mapper(state, maps, width),
      ...layersOf(state, width),
      float('level_embed', state.get('level_embed')?.shape[0] ?? 4, width),
      ...(has(state, 'memory_trans_fc.') ? twoStage(width) : queries(state, width)),
      ...listOf(countIn(state, BOXES), branch => boxBranch(`${BOXES}${branch}`, width)),
    ]
  },
  refuses: [
    {
      in: '2',
      when: state => styleOf(state, 'neck.').bias,
      because:
        'has convolutions with a bias in its neck, which MMDetection 2.x does not support (in its ChannelMapper)',
      instead: [{ say: 'MMDetection 3.x does: use', use: [{ mmdet: '3' }] }],
    },
  ],
  anew: () => [{ tensors: 'bbox_head.cls_branches.*', because: 'for the classes of your data' }],
  facts: (state, names) => ({
    queries: outputsOf(state, 'query_embedding', 300),
    width: state.get('level_embed')?.shape[1] ?? 256,
    feedForward: outputsOf(state, 'encoder.layers.0.ffn.layers.0.0', 1024),
    ...layerCounts(state),
    levels: state.get('level_embed')?.shape[0] ?? 4,
    // Only the authors' names show it: MMDetection repeats the layers of a shared head like those of several.
    ...(names.has('transformer.level_embed')
      ? { boxRefine: names.has('transformer.decoder.bbox_embed.0.layers.0.weight') }
      : {}),
    neckBias: styleOf(state, 'neck.').bias,
    twoStage: has(state, 'memory_trans_fc.'),
  }),
}

const BOXES = 'bbox_head.reg_branches.'

/**
 * mmdet/models/necks/channel_mapper.py. The authors' convolutions have a bias although a normalisation follows; MMDetection's
 * only with `bias=True`.
 */
export function mapper(state: Shapes, maps: readonly number[], width: number): readonly TensorSpec[] {
  const levels = countIn(state, 'neck.convs.')
  const style = styleOf(state, 'neck.')
  const inputs = maps.slice(-Math.max(1, levels))
  const extra = countIn(state, 'neck.extra_convs.')
  return [
    ...inputs.flatMap((channels, level) => convModule(`neck.convs.${level}`, [channels, width, 1], style)),
    ...(extra > 0
      ? listOf(extra, index =>
          convModule(`neck.extra_convs.${index}`, [index === 0 ? maps.at(-1)! : width, width, 3], style),
        )
      : []),
  ]
}

function layersOf(state: Shapes, width: number): readonly TensorSpec[] {
  const hidden = outputsOf(state, 'encoder.layers.0.ffn.layers.0.0', 1024)
  return [
    ...listOf(countIn(state, 'encoder.layers.'), layer => {
      const name = `encoder.layers.${layer}`
      return [
        ...deformable(`${name}.self_attn`, state, width),
        ...feedForward(`${name}.ffn`, width, hidden),
        ...norms(name, 2, width),
      ]
    }),
    ...listOf(countIn(state, 'decoder.layers.'), layer => {
      const name = `decoder.layers.${layer}`
      return [
        ...attention(`${name}.self_attn`, width),
        ...deformable(`${name}.cross_attn`, state, width),
        ...feedForward(`${name}.ffn`, width, hidden),
        ...norms(name, 3, width),
      ]
    }),
  ]
}

/** mmcv/ops/multi_scale_deform_attn.py: two coordinates and one weight per head, level and point. */
function deformable(name: string, state: Shapes, width: number): readonly TensorSpec[] {
  const offsets = outputsOf(state, 'encoder.layers.0.self_attn.sampling_offsets', 256)
  return [
    ...affine(`${name}.sampling_offsets`, [offsets, width]),
    ...affine(`${name}.attention_weights`, [offsets / 2, width]),
    ...affine(`${name}.value_proj`, [width, width]),
    ...affine(`${name}.output_proj`, [width, width]),
  ]
}

function queries(state: Shapes, width: number): readonly TensorSpec[] {
  return [
    ...affine('reference_points_fc', [2, width]),
    float('query_embedding.weight', outputsOf(state, 'query_embedding', 300), 2 * width),
  ]
}

/** Uses the encoder's best boxes as queries. */
function twoStage(width: number): readonly TensorSpec[] {
  return [
    ...affine('memory_trans_fc', [width, width]),
    ...affine('memory_trans_norm', [width]),
    ...affine('pos_trans_fc', [2 * width, 2 * width]),
    ...affine('pos_trans_norm', [2 * width]),
  ]
}

function boxBranch(name: string, width: number): readonly TensorSpec[] {
  return [
    ...affine(`${name}.0`, [width, width]),
    ...affine(`${name}.2`, [width, width]),
    ...affine(`${name}.4`, [4, width]),
  ]
}
