/** DETR: a transformer whose queries become boxes (arXiv:2005.12872). */
import { affine, float, type TensorSpec } from '../../../families/family.ts'
import { both, type NamingRule } from '../../../rename/naming.ts'
import type { DetectorKind } from '../../detector.ts'
import { attention, countIn, feedForward, has, layerCounts, listOf, norms, outputsOf } from './layers.ts'

/** Why no DETR keeps its class layers: COCO's number and order of classes differs between code bases. */
export const CLASS_LAYER = 'classification layer'

/** Parts of a layer that have other names in the authors' code than in MMDetection. */
export function layerRules(
  from: string,
  as: string,
  parts: Readonly<Record<string, string>>,
): readonly NamingRule[] {
  return Object.entries(parts).map(([part, name]) => ({ keep: `${from}.${part}`, as: `${as}.${name}` }))
}

/** Weight and bias of each. */
export function inPairs(parts: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(parts).flatMap(([part, name]) =>
      ['weight', 'bias'].map(kind => [`${part}.${kind}`, `${name}.${kind}`]),
    ),
  )
}

/** nn.MultiheadAttention, inside an additional MMCV wrapper. */
export function attentionParts(part: string, name: string): Readonly<Record<string, string>> {
  return {
    [`${part}.in_proj_weight`]: `${name}.attn.in_proj_weight`,
    [`${part}.in_proj_bias`]: `${name}.attn.in_proj_bias`,
    ...inPairs({ [`${part}.out_proj`]: `${name}.attn.out_proj` }),
  }
}

export const FEED_FORWARD = inPairs({ linear1: 'ffn.layers.0.0', linear2: 'ffn.layers.1' })

/** MMDetection 2.x's names for the layers of a transformer. */
export const LAYERS_OF_2 = inPairs({
  'ffns.0.layers.0.0': 'ffn.layers.0.0',
  'ffns.0.layers.1': 'ffn.layers.1',
})

export function normsOf2(count: number): Readonly<Record<string, string>> {
  return inPairs(Object.fromEntries(Array.from({ length: count }, (_, at) => [`norms.${at}`, `norms.${at}`])))
}

export function attentionOf2(part: string, name: string): Readonly<Record<string, string>> {
  return {
    [`${part}.attn.in_proj_weight`]: `${name}.attn.in_proj_weight`,
    [`${part}.attn.in_proj_bias`]: `${name}.attn.in_proj_bias`,
    ...inPairs({ [`${part}.attn.out_proj`]: `${name}.attn.out_proj` }),
  }
}

/** facebookresearch/detr models/transformer.py, models/detr.py; UP-DETR and Siamese DETR keep its names. */
const official: readonly NamingRule[] = [
  ...layerRules('transformer.encoder.layers.*', 'encoder.layers.*', {
    ...attentionParts('self_attn', 'self_attn'),
    ...FEED_FORWARD,
    ...inPairs({ norm1: 'norms.0', norm2: 'norms.1' }),
  }),
  ...layerRules('transformer.decoder.layers.*', 'decoder.layers.*', {
    ...attentionParts('self_attn', 'self_attn'),
    ...attentionParts('multihead_attn', 'cross_attn'),
    ...FEED_FORWARD,
    ...inPairs({ norm1: 'norms.0', norm2: 'norms.1', norm3: 'norms.2' }),
  }),
  // Only with --pre_norm.
  ...both('transformer.encoder.norm', 'encoder.post_norm'),
  ...both('transformer.decoder.norm', 'decoder.post_norm'),
  { keep: 'query_embed.weight', as: 'query_embedding.weight' },
  ...both('input_proj', 'neck.convs.0.conv'),
  ...both('bbox_embed.layers.0', 'bbox_head.reg_ffn.layers.0.0'),
  ...both('bbox_embed.layers.1', 'bbox_head.reg_ffn.layers.1'),
  ...both('bbox_embed.layers.2', 'bbox_head.fc_reg'),
  { drop: 'class_embed.*', because: CLASS_LAYER },
]

/** In MMDetection 2.x, the head contains everything, with MMCV's names for the layers (mmcv/cnn/bricks/transformer.py). */
const inHead: readonly NamingRule[] = [
  ...layerRules('bbox_head.transformer.encoder.layers.*', 'encoder.layers.*', {
    ...attentionOf2('attentions.0', 'self_attn'),
    ...LAYERS_OF_2,
    ...normsOf2(2),
  }),
  ...layerRules('bbox_head.transformer.decoder.layers.*', 'decoder.layers.*', {
    ...attentionOf2('attentions.0', 'self_attn'),
    ...attentionOf2('attentions.1', 'cross_attn'),
    ...LAYERS_OF_2,
    ...normsOf2(3),
  }),
  ...both('bbox_head.transformer.encoder.post_norm', 'encoder.post_norm'),
  ...both('bbox_head.transformer.decoder.post_norm', 'decoder.post_norm'),
  { keep: 'bbox_head.query_embedding.weight', as: 'query_embedding.weight' },
  ...both('bbox_head.input_proj', 'neck.convs.0.conv'),
  { keep: 'bbox_head.reg_ffn.*', as: 'bbox_head.reg_ffn.*' },
  ...both('bbox_head.fc_reg', 'bbox_head.fc_reg'),
  { drop: 'bbox_head.fc_cls.*', because: CLASS_LAYER },
]

/** Only an encoder that normalises before each layer has this. */
const PRE_NORM = 'encoder.post_norm.'

/** The last box layer. */
const FC_REG = 'bbox_head.fc_reg.'

export const detr: DetectorKind = {
  name: 'detr',
  title: 'DETR',
  code: 'open-mmlab/mmdetection mmdet/models/detectors/detr.py',
  spellings: [
    {
      name: 'mmdetection',
      code: 'open-mmlab/mmdetection mmdet/models/detectors/detr.py',
      has: ['neck.convs.0.conv.weight', 'query_embedding.weight', 'decoder.post_norm.weight'],
      // Conditional DETR and its variants have other decoders.
      never: ['decoder.ref_point_head.*'],
      rules: [
        { drop: 'bbox_head.fc_cls.*', because: CLASS_LAYER },
        { keep: '*', as: '*' },
      ],
    },
    {
      name: 'detr',
      code: 'facebookresearch/detr models/detr.py',
      has: [
        'transformer.decoder.norm.weight',
        'query_embed.weight',
        'input_proj.weight',
        'bbox_embed.layers.0.weight',
      ],
      rules: official,
    },
    {
      name: 'mmdetection 2',
      code: 'open-mmlab/mmdetection@v2.28.2 mmdet/models/dense_heads/detr_head.py',
      has: ['bbox_head.input_proj.weight', 'bbox_head.query_embedding.weight', 'bbox_head.transformer.*'],
      rules: inHead,
    },
  ],
  tensors(state) {
    const width = outputsOf(state, 'neck.convs.0.conv', 256)
    const hidden = outputsOf(state, 'encoder.layers.0.ffn.layers.0.0', 2048)
    return [
      ...affine('neck.convs.0.conv', [width, 2048, 1, 1]),
      ...listOf(countIn(state, 'encoder.layers.'), layer =>
        encoderLayer(`encoder.layers.${layer}`, width, hidden),
      ),
      ...listOf(countIn(state, 'decoder.layers.'), layer =>
        decoderLayer(`decoder.layers.${layer}`, width, hidden),
      ),
      ...(has(state, PRE_NORM) ? affine('encoder.post_norm', [width]) : []),
      ...affine('decoder.post_norm', [width]),
      float('query_embedding.weight', outputsOf(state, 'query_embedding', 100), width),
      ...feedForward('bbox_head.reg_ffn', width, width),
      ...(has(state, FC_REG) ? affine('bbox_head.fc_reg', [4, width]) : []),
    ]
  },
  refuses: [
    {
      in: '3',
      when: state => has(state, PRE_NORM),
      because:
        "normalises before each layer (it was trained with --pre_norm), and MMDetection 3.x's DETR only after: it would load and compute something else",
      instead: [{ say: 'MMDetection 2.x can: use', use: [{ mmdet: '2' }] }],
    },
  ],
  anew: state => [
    { tensors: 'bbox_head.fc_cls.*', because: 'for the classes of your data' },
    ...(has(state, FC_REG) ? [] : [{ tensors: `${FC_REG}*`, because: 'not in the pre-training' }]),
  ],
  facts: state => ({
    queries: outputsOf(state, 'query_embedding', 100),
    width: outputsOf(state, 'neck.convs.0.conv', 256),
    feedForward: outputsOf(state, 'encoder.layers.0.ffn.layers.0.0', 2048),
    ...layerCounts(state),
    preNorm: has(state, PRE_NORM),
  }),
}

function encoderLayer(name: string, width: number, hidden: number): readonly TensorSpec[] {
  return [
    ...attention(`${name}.self_attn`, width),
    ...feedForward(`${name}.ffn`, width, hidden),
    ...norms(name, 2, width),
  ]
}

function decoderLayer(name: string, width: number, hidden: number): readonly TensorSpec[] {
  return [
    ...attention(`${name}.self_attn`, width),
    ...attention(`${name}.cross_attn`, width),
    ...feedForward(`${name}.ffn`, width, hidden),
    ...norms(name, 3, width),
  ]
}
