import { IMAGENET, type Method } from './method.ts'

/** The output of extract_backbone_weights.py is a backbone with its relation block: section `state_dict`. */
export const mugs = {
  name: 'mugs',
  title: 'Mugs: A Multi-Granular Self-Supervised Learning Framework',
  paper: 'https://arxiv.org/abs/2203.14415',
  code: {
    repository: 'sail-sg/mugs',
    file: 'main.py',
    commit: '10ab6344b687275da60a33ea581a4ca4dbaa6ec2',
  },
  // main.py:544
  sections: ['teacher'],
  networks: [
    { name: 'teacher', about: "the student's moving average, and the one that Mugs evaluates and publishes" },
    {
      name: 'student',
      about: 'the network that is trained by back-propagation',
      sections: ['student'],
    },
  ],
  signature: ['backbone.relation_blocks.*', 'group_head.*'],
  rules: [
    { drop: 'backbone.relation_blocks.*', because: 'layer that compares neighbours' },
    { keep: 'backbone.*', as: '*' },
    { drop: 'instance_head.*', because: 'projection head of images' },
    { drop: 'local_group_head.*', because: 'projection head of neighbourhoods' },
    { drop: 'group_head.*', because: 'projection head of clusters' },
  ],
  normalisation: IMAGENET,
  published: [],
} as const satisfies Method
