import { IMAGENET, type Method } from './method.ts'

/** No rule for CMC: two half-width networks on the L and ab channels (`encoder1.*`, `encoder2.*`). */
export const pycontrast = {
  name: 'pycontrast',
  title: 'PyContrast: InfoMin, InsDis, MoCo and PIRL',
  label: 'InfoMin, InsDis, MoCo or PIRL in PyContrast',
  paper: 'https://arxiv.org/abs/2005.10243',
  code: {
    repository: 'HobbitLong/PyContrast',
    file: 'pycontrast/networks/build_backbone.py',
    commit: '84f94eabec4f031194c543579476ae52ea647b90',
  },
  sections: ['model'],
  networks: [
    { name: 'query', about: 'the encoder that is trained by back-propagation, used in linear evaluation' },
    { name: 'key', about: 'its moving average, in files of the MoCo family only', sections: ['model_ema'] },
  ],
  signature: ['encoder.*', 'head.*'],
  rules: [
    { keep: 'encoder.*', as: '*' },
    { drop: 'head.*', because: 'projection head' },
    // PIRL and InfoMin (`--jigsaw`).
    { drop: 'head_jig.*', because: 'projection head of the jigsaw branch' },
  ],
  normalisation: IMAGENET,
  published: [
    'InsDis.pth',
    'MoCo.pth',
    'MoCov2.pth',
    'PIRL.pth',
    'InfoMin_200.pth',
    'InfoMin_800.pth',
    'InfoMin_800_run2.pth',
    'InfoMin_resnet101_e300.pth',
    'InfoMin_resnet152_e200.pth',
    'InfoMin_resnext101v1_e200.pth',
    'InfoMin_resnext101v2_e200.pth',
    'InfoMin_resnext101v3_e200.pth',
    'InfoMin_resnext152v1_e200.pth',
    'InfoMin_resnext152v2_e200.pth',
  ],
} as const satisfies Method
