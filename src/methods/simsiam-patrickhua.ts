import { IMAGENET, type Method } from './method.ts'

export const simsiamPatrickhua = {
  name: 'simsiam-patrickhua',
  title: 'SimSiam and SimCLR as implemented by PatrickHua',
  label: 'SimSiam or SimCLR as implemented by PatrickHua',
  paper: 'https://arxiv.org/abs/2011.10566',
  // Also read: models/simclr.py, models/__init__.py, main.py.
  code: {
    repository: 'PatrickHua/SimSiam',
    file: 'models/simsiam.py',
    commit: 'b36dacaa95d5bcbb286fc9592824e49ff0725282',
  },
  sections: ['state_dict'],
  signature: ['backbone.*', 'projector.layer1.0.weight', 'encoder.0.*', 'encoder.1.layer1.0.weight'],
  rules: [
    { drop: 'encoder.0.*', because: 'the tensors of the backbone, under a second name' },
    { drop: 'encoder.1.*', because: 'projection head, under a second name' },
    { drop: 'projector.*', because: 'projection head' },
    { drop: 'predictor.*', because: 'prediction head' },
    { keep: 'backbone.*', as: '*' },
  ],
  normalisation: IMAGENET,
  published: [],
} as const satisfies Method
