import { IMAGENET, type Method } from './method.ts'

export const aligndet = {
  name: 'aligndet',
  title: 'AlignDet: Aligning Pre-training and Fine-tuning in Object Detection',
  paper: 'https://arxiv.org/abs/2307.11077',
  code: {
    repository: 'liming-ai/AlignDet',
    file: 'AlignDet/models/detectors/selfsup_detector.py',
    commit: 'd29f70ba9996dbdef6d49b1fe69f2a2880ee5c79',
  },
  sections: ['state_dict'],
  networks: [
    {
      name: 'online',
      about: 'the detector that is trained by back-propagation, and the one that AlignDet transfers',
    },
    { name: 'target', about: 'its moving average' },
  ],
  signature: ['online_backbone.backbone.*', 'target_backbone.backbone.*'],
  rules: [
    { keep: 'online_backbone.backbone.*', as: '*', network: 'online' },
    { keep: 'target_backbone.backbone.*', as: '*', network: 'target' },
    // The module has two names (`self.backbone = self.online_backbone`).
    { drop: 'backbone.*', because: 'the online detector once more' },
    // tools/model_converters/extract_detector_weights.py leaves the last layers out.
    { drop: 'online_backbone.bbox_head.retina_reg.*', because: 'last layer of the pre-training' },
    { drop: 'target_backbone.bbox_head.retina_reg.*', because: 'last layer of the pre-training' },
    { drop: 'online_backbone.bbox_head.conv_reg.*', because: 'last layer of the pre-training' },
    { drop: 'target_backbone.bbox_head.conv_reg.*', because: 'last layer of the pre-training' },
    { drop: 'online_backbone.bbox_head.conv_centerness.*', because: 'last layer of the pre-training' },
    { drop: 'target_backbone.bbox_head.conv_centerness.*', because: 'last layer of the pre-training' },
    { drop: 'online_backbone.bbox_head.fc_reg.*', because: 'last layer of the pre-training' },
    { drop: 'target_backbone.bbox_head.fc_reg.*', because: 'last layer of the pre-training' },
    { drop: 'online_backbone.bbox_head.projector.*', because: 'projection head of the pre-training' },
    { drop: 'target_backbone.bbox_head.projector.*', because: 'projection head of the pre-training' },
    { drop: 'online_backbone.*', because: 'detector', part: '*', network: 'online' },
    { drop: 'target_backbone.*', because: 'detector of the moving average', part: '*', network: 'target' },
  ],
  normalisation: IMAGENET,
  published: [],
} as const satisfies Method
