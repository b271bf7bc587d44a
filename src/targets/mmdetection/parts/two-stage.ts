/** Faster, Mask and Cascade R-CNN: a feature pyramid, region proposals, and heads for boxes and masks. */
import { affine, type Facts, type Shapes, type TensorSpec } from '../../../families/family.ts'
import { both, type NamingRule } from '../../../rename/naming.ts'
import type { Anew, DetectorKind } from '../../detector.ts'
import { fpn, fpnFacts } from './fpn.ts'
import { convModule, countIn, has, listOf, outputsOf, styleOf } from './layers.ts'

const BOX = 'roi_head.bbox_head.'
const MASK = 'roi_head.mask_head.'
const FOR_CLASSES = 'last layer of a head'

function rpn(state: Shapes, width: number): readonly TensorSpec[] {
  const anchors = outputsOf(state, 'rpn_head.rpn_cls', 3)
  return [
    ...affine('rpn_head.rpn_conv', [width, width, 3, 3]),
    ...(has(state, 'rpn_head.rpn_cls') ? affine('rpn_head.rpn_cls', [anchors, width, 1, 1]) : []),
    ...(has(state, 'rpn_head.rpn_reg') ? affine('rpn_head.rpn_reg', [4 * anchors, width, 1, 1]) : []),
  ]
}

/** The layers that classes and boxes share (mmdet/models/roi_heads/bbox_heads/convfc_bbox_head.py), of 7×7 regions. */
function boxHead(state: Shapes, start: string, width: number): readonly TensorSpec[] {
  const convs = `${start}shared_convs.`
  const layers = `${start}shared_fcs.`
  const hidden = outputsOf(state, `${layers}0`, 1024)
  const style = styleOf(state, convs)
  return [
    ...(has(state, convs)
      ? listOf(countIn(state, convs), index => convModule(`${convs}${index}`, [width, width, 3], style))
      : []),
    ...listOf(countIn(state, layers), index =>
      affine(`${layers}${index}`, [hidden, index === 0 ? width * 49 : hidden]),
    ),
  ]
}

/** mmdet/models/roi_heads/mask_heads/fcn_mask_head.py, without the layer for the classes. */
function maskHead(state: Shapes, start: string, width: number): readonly TensorSpec[] {
  const convs = `${start}convs.`
  const style = styleOf(state, convs)
  return [
    ...listOf(countIn(state, convs), index => convModule(`${convs}${index}`, [width, width, 3], style)),
    ...affine(`${start}upsample`, [width, width, 2, 2]),
  ]
}

/** Cascade R-CNN has a list of heads where the others have one. */
function heads(
  state: Shapes,
  start: string,
  one: (start: string) => readonly TensorSpec[],
): readonly TensorSpec[] {
  if (!has(state, start)) return []
  const stages = countIn(state, start)
  return stages === 0 ? one(start) : listOf(stages, index => one(`${start}${index}.`))
}

/** The class layers, in one head or in the stages of a cascade. */
const CLASS_LAYERS: readonly NamingRule[] = [
  ['roi_head.bbox_head', 'fc_cls'],
  ['roi_head.bbox_head', 'fc_reg'],
  ['roi_head.mask_head', 'conv_logits'],
].flatMap(([head, layer]) =>
  ['', '.0', '.1', '.2'].map(stage => ({ drop: `${head}${stage}.${layer}.*`, because: FOR_CLASSES })),
)

export const twoStage: DetectorKind = {
  name: 'two-stage',
  title: 'R-CNN with a feature pyramid',
  code: 'open-mmlab/mmdetection mmdet/models/detectors/two_stage.py',
  spellings: [
    {
      name: 'mmdetection',
      code: 'open-mmlab/mmdetection mmdet/models/detectors/two_stage.py',
      has: ['neck.lateral_convs.*'],
      never: ['bbox_head.*', 'head.*', 'rpn_head.init_proposal*'],
      rules: [...CLASS_LAYERS, { keep: '*', as: '*' }],
    },
    {
      name: 'soco',
      code: 'hologerry/SoCo contrast/models/fast_rcnn_conv_fc_head.py',
      has: ['neck.lateral_convs.*', 'head.conv4.weight', 'head.fc1.weight'],
      rules: [
        { keep: 'neck.*', as: 'neck.*' },
        ...[1, 2, 3, 4].flatMap(layer => [
          { keep: `head.conv${layer}.*`, as: `${BOX}shared_convs.${layer - 1}.conv.*` },
          { keep: `head.bn${layer}.*`, as: `${BOX}shared_convs.${layer - 1}.bn.*` },
        ]),
        { keep: 'head.fc1.*', as: `${BOX}shared_fcs.0.*` },
      ],
    },
    {
      name: 'resim',
      code: 'Tete-Xiao/ReSim moco/models.py',
      has: ['fpn_lateral5*'],
      // Level K of the pyramid is C_K's: MMDetection counts from C2. With `--fpn-bn`, they are sequences of convolution and
      // normalisation.
      rules: ['lateral', 'output'].flatMap(kind =>
        [3, 4, 5].flatMap(level => {
          const name = `fpn_${kind}${level}`
          const as = `neck.${kind === 'lateral' ? 'lateral' : 'fpn'}_convs.${level - 2}`
          return [
            { keep: `${name}.0.*`, as: `${as}.conv.*` },
            { keep: `${name}.1.*`, as: `${as}.bn.*` },
            ...both(name, `${as}.conv`),
          ]
        }),
      ),
      lacks: ['neck.lateral_convs.0.*', 'neck.fpn_convs.0.*', 'neck.fpn_convs.3.*'],
    },
  ],
  tensors(state, maps) {
    const width = outputsOf(state, 'neck.fpn_convs.1.conv', 256)
    return [
      ...fpn(state, maps),
      ...(has(state, 'rpn_head.') ? rpn(state, width) : []),
      ...heads(state, BOX, start => boxHead(state, start, width)),
      ...heads(state, MASK, start => maskHead(state, start, width)),
    ]
  },
  anew: state => [
    ...(has(state, 'rpn_head.')
      ? ['rpn_cls', 'rpn_reg']
          .filter(layer => !has(state, `rpn_head.${layer}.`))
          .map(layer => ({ tensors: `rpn_head.${layer}.*`, because: 'not in the pre-training' }))
      : [{ tensors: 'rpn_head.*', because: 'not in the pre-training' }]),
    ...newOfHead(state, BOX, ['fc_cls', 'fc_reg']),
    ...newOfHead(state, MASK, ['conv_logits']),
  ],
  facts: state => ({
    ...fpnFacts(state),
    ...(has(state, 'rpn_head.rpn_cls.') ? { anchors: outputsOf(state, 'rpn_head.rpn_cls', 3) } : {}),
    ...boxFacts(state),
    ...maskFacts(state),
  }),
}

/** A present head lacks its last layers; in a cascade, those of each stage. */
function newOfHead(state: Shapes, start: string, layers: readonly string[]): readonly Anew[] {
  if (!has(state, start)) return [{ tensors: `${start}*`, because: 'not in the pre-training' }]
  const stages = countIn(state, start)
  const starts = stages === 0 ? [start] : Array.from({ length: stages }, (_, stage) => `${start}${stage}.`)
  return starts.flatMap(from =>
    layers.map(layer => ({ tensors: `${from}${layer}.*`, because: 'for the classes of your data' })),
  )
}

function boxFacts(state: Shapes): Facts {
  if (!has(state, BOX)) return {}
  const stages = countIn(state, BOX)
  const head = stages > 0 ? `${BOX}0.` : BOX
  const { norm } = styleOf(state, `${head}shared_convs.`)
  return {
    ...(stages > 0 ? { stages } : {}),
    boxConvs: countIn(state, `${head}shared_convs.`),
    boxLayers: countIn(state, `${head}shared_fcs.`),
    boxWidth: outputsOf(state, `${head}shared_fcs.0`, 1024),
    ...(norm ? { boxNorm: norm } : {}),
  }
}

function maskFacts(state: Shapes): Facts {
  if (!has(state, MASK)) return {}
  const convs = `${countIn(state, MASK) > 0 ? `${MASK}0.` : MASK}convs.`
  const { norm } = styleOf(state, convs)
  return { maskConvs: countIn(state, convs), ...(norm ? { maskNorm: norm } : {}) }
}
