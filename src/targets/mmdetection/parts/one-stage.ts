/** RetinaNet and FCOS: a feature pyramid, and one head that slides over its maps. */
import { affine, float, type Shapes, type TensorSpec } from '../../../families/family.ts'
import type { DetectorKind } from '../../detector.ts'
import { fpn, fpnFacts } from './fpn.ts'
import { convModule, countIn, has, listOf, outputsOf, styleOf } from './layers.ts'

const BRANCHES = ['bbox_head.cls_convs.', 'bbox_head.reg_convs.'] as const

/** The convolutions of both branches (mmdet/models/dense_heads/anchor_head.py, anchor_free_head.py). */
function branches(state: Shapes, width: number): readonly TensorSpec[] {
  return BRANCHES.flatMap(start => {
    const style = styleOf(state, start)
    return listOf(countIn(state, start), index => convModule(`${start}${index}`, [width, width, 3], style))
  })
}

/** From P3 to P7. */
const MAPS = 5

interface Head {
  readonly name: string
  readonly title: string
  /** The class layer, and the box layers with their usual numbers of outputs. */
  readonly classes: string
  readonly boxes: Readonly<Record<string, number>>
  /** Whether there is a factor for each map. */
  readonly scales: boolean
}

function oneStage({ name, title, classes, boxes, scales }: Head): DetectorKind {
  const scaled = 'bbox_head.scales.'
  const layers = Object.entries(boxes).map(([layer, outputs]) => ({ name: `bbox_head.${layer}`, outputs }))
  return {
    name,
    title,
    code: `open-mmlab/mmdetection mmdet/models/dense_heads/${name === 'fcos' ? 'fcos' : 'retina'}_head.py`,
    spellings: [
      {
        name: 'mmdetection',
        code: 'open-mmlab/mmdetection mmdet/models/detectors/single_stage.py',
        has: ['neck.lateral_convs.*', 'bbox_head.reg_convs.*', `bbox_head.${classes}.*`],
        rules: [
          { drop: `bbox_head.${classes}.*`, because: 'classification layer' },
          { keep: '*', as: '*' },
        ],
      },
    ],
    tensors(state, maps) {
      const width = outputsOf(state, 'neck.fpn_convs.1.conv', 256)
      return [
        ...fpn(state, maps, MAPS),
        ...branches(state, width),
        ...layers
          .filter(layer => has(state, `${layer.name}.`))
          .flatMap(layer => affine(layer.name, [outputsOf(state, layer.name, layer.outputs), width, 3, 3])),
        ...(scales && has(state, scaled)
          ? listOf(countIn(state, scaled), index => [float(`${scaled}${index}.scale`)])
          : []),
      ]
    },
    anew: state => [
      { tensors: `bbox_head.${classes}.*`, because: 'for the classes of your data' },
      ...layers
        .filter(layer => !has(state, `${layer.name}.`))
        .map(layer => ({ tensors: `${layer.name}.*`, because: 'not in the pre-training' })),
      ...(scales && !has(state, scaled)
        ? [{ tensors: `${scaled}*`, because: 'not in the pre-training' }]
        : []),
    ],
    facts: state => {
      const [start] = BRANCHES
      const { norm } = styleOf(state, start)
      const [box] = layers
      return {
        ...fpnFacts(state),
        ...(has(state, start) ? { stackedConvs: countIn(state, start) } : {}),
        ...(norm ? { headNorm: norm } : {}),
        ...(has(state, `${box!.name}.`) ? { boxOutputs: outputsOf(state, box!.name, box!.outputs) } : {}),
      }
    },
  }
}

export const fcos = oneStage({
  name: 'fcos',
  title: 'FCOS',
  classes: 'conv_cls',
  boxes: { conv_reg: 4, conv_centerness: 1 },
  scales: true,
})

export const retinanet = oneStage({
  name: 'retinanet',
  title: 'RetinaNet',
  classes: 'retina_cls',
  boxes: { retina_reg: 36 },
  scales: false,
})
