/** The neck of a detector with unknown heads: a feature pyramid, or a channel mapper. */
import type { DetectorKind } from '../../detector.ts'
import { mapper } from './deformable-detr.ts'
import { fpn, fpnFacts } from './fpn.ts'
import { has, outputsOf } from './layers.ts'

const PYRAMID = 'neck.lateral_convs.'

export const neck: DetectorKind = {
  name: 'neck',
  title: 'detector',
  code: 'open-mmlab/mmdetection mmdet/models/necks',
  spellings: [
    {
      name: 'mmdetection',
      code: 'open-mmlab/mmdetection mmdet/models/necks',
      has: ['neck.*convs.0.conv.weight'],
      rules: [
        { keep: 'neck.*', as: 'neck.*' },
        { drop: '*', because: 'head of the detector' },
      ],
    },
  ],
  tensors: (state, maps) =>
    has(state, PYRAMID) ? fpn(state, maps) : mapper(state, maps, outputsOf(state, 'neck.convs.0.conv', 256)),
  anew: () => [],
  facts: state => (has(state, PYRAMID) ? fpnFacts(state) : {}),
}
