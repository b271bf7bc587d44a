import { IMAGENET, type Method } from './method.ts'

/** The output of `main_obow.py --convert-to-torchvision`, and the published feature extractor. */
export const obowTorchvision = {
  name: 'obow-torchvision',
  title: "OBoW's student, converted to torchvision's names by its own code",
  label: 'OBoW',
  paper: 'https://arxiv.org/abs/2012.11552',
  code: {
    repository: 'valeoai/obow',
    file: 'obow/builder_obow.py',
    commit: '3758504f5e058275725c35ca7faca3731572b911',
  },
  sections: ['network'],
  signature: ['fc.weight'],
  rules: [
    { drop: 'fc.*', because: 'prediction head, one output for each visual word', head: 'fc.*' },
    { keep: '*', as: '*' },
  ],
  normalisation: IMAGENET,
  // The misspelling is theirs.
  published: ['tochvision_resnet50_student_K8192_epoch200.pth.tar'],
} as const satisfies Method
