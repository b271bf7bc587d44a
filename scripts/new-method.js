// Scaffolds a method: npm run new-method -- <name>. Then follow CONTRIBUTING.md from step 1.
import { existsSync, writeFileSync } from 'node:fs'

const name = process.argv[2] ?? ''
if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
  console.error('Usage: npm run new-method -- <name>   (lower case, words joined by -)')
  process.exit(2)
}
const constant = name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase())
const builder = name.replaceAll('-', '_')

const METHOD = `import { IMAGENET, type Method } from './method.ts'

export const ${constant} = {
  name: '${name}',
  title: 'TODO: name and full title',
  paper: 'https://arxiv.org/abs/TODO',
  code: { repository: 'TODO', file: 'TODO', commit: 'TODO' },
  sections: ['state_dict', ''],
  signature: ['encoder.*', 'projector.*'],
  rules: [
    { keep: 'encoder.*', as: '*' },
    { drop: 'projector.*', because: 'projection head' },
  ],
  normalisation: IMAGENET,
  published: [],
} as const satisfies Method
`

const BUILDER = `"""TODO: what is built, and which file of the method's code saves it."""
import torch.nn as nn

from resnet import ResNet

CONFIRMED = None  # 'owner/repository@commit file' once it was read
ARCHITECTURES = ['resnet50']


class Model(nn.Module):
    def __init__(self, architecture):
        super().__init__()
        self.encoder = ResNet(architecture, fc=None)
        self.projector = nn.Linear(self.encoder.features, 128)


def checkpoint(architecture):
    return {'state_dict': nn.DataParallel(Model(architecture)).state_dict()}


def expected(loaded):
    prefix = 'module.encoder.'
    return {None: {k[len(prefix):]: v for k, v in loaded['state_dict'].items() if k.startswith(prefix)}}
`

for (const [path, text] of [
  [`src/methods/${name}.ts`, METHOD],
  [`fixtures/methods/${builder}.py`, BUILDER],
]) {
  const url = new URL(`../${path}`, import.meta.url)
  if (existsSync(url)) {
    console.error(`${path} exists already.`)
    process.exit(1)
  }
  writeFileSync(url, text)
  console.log(`wrote ${path}`)
}
console.log(`next: fill them in, then python3 fixtures/methods/build.py list ${builder} && npm run registry`)
