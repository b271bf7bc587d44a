/** Messages about networks that have almost the names of another; with names and shapes from timm 1.0.29. */
import { expect, test } from 'vitest'
import type { ToolError } from '../../src/errors.ts'
import { decideOrThrow } from '../../src/explain/decide.ts'
import { ARCHITECTURES } from '../../src/families/index.ts'
import type { Checkpoint, StateDict, Tensor } from '../../src/tensor/tensor.ts'
import { readSource } from '../helpers/family-lists.ts'
import { checkpointOf, readList } from '../helpers/lists.ts'
import { patternTensor } from '../helpers/tensors.ts'

function listOf(architecture: string): string[] {
  return ARCHITECTURES.find(({ name }) => name === architecture)!
    .tensors()
    .map(
      ({ name, shape, kind }) =>
        `${name} ${kind === 'int64' ? kind : 'float32'} ${shape.join('x') || 'scalar'}`,
    )
}

const RESNET18 = listOf('resnet18')

/** eva02_small_patch14_224. */
const EVA02_SMALL = [
  'cls_token float32 1x1x384',
  'pos_embed float32 1x257x384',
  'patch_embed.proj.weight float32 384x3x14x14',
  'patch_embed.proj.bias float32 384',
  ...Array.from({ length: 12 }, (_, block) =>
    [
      'norm1.weight float32 384',
      'norm1.bias float32 384',
      'attn.q_bias float32 384',
      'attn.v_bias float32 384',
      'attn.qkv.weight float32 1152x384',
      'attn.proj.weight float32 384x384',
      'attn.proj.bias float32 384',
      'norm2.weight float32 384',
      'norm2.bias float32 384',
      'mlp.fc1.weight float32 2048x384',
      'mlp.fc1.bias float32 2048',
      'mlp.fc2.weight float32 384x1024',
      'mlp.fc2.bias float32 384',
    ].map(line => `blocks.${block}.${line}`),
  ).flat(),
  'fc_norm.weight float32 384',
  'fc_norm.bias float32 384',
]

/** The sizes of a gated ViT-H, by those of EVA-02 S. */
const GATED_HUGE = { '384': '1280', '1024': '3416', '2048': '6832', '1152': '3840' }

const inStage = (...lines: string[]) => [...RESNET18, ...lines.map(line => `layer1.0.${line}`)]

test.each([
  ["timm's EVA-02 of the sizes Ti and S", EVA02_SMALL],
  // Virchow's ViT-H of DINOv2, with SwiGLU.
  [
    "only one of the size of DINOv2's giant",
    EVA02_SMALL.map(line =>
      line.replace(
        /(?<!\d)(?:384|1024|2048|1152)(?!\d)/g,
        size => GATED_HUGE[size as keyof typeof GATED_HUGE],
      ),
    ),
  ],
  ['an SE-ResNet', inStage('se.fc1.weight float32 16x64x1x1', 'se.fc1.bias float32 16')],
  ['an ECA-ResNet', inStage('se.conv.weight float32 1x1x5')],
  ['a Res2Net', inStage('convs.0.weight float32 26x26x3x3', 'bns.0.weight float32 26')],
  ['an SK-ResNet', inStage('conv1.attn.fc_reduce.weight float32 16x64x1x1')],
  ['an anti-aliased ResNet', inStage('conv2.1.filt float32 64x1x3x3')],
  // resnet26.
  [
    '2, 2, 2, 2 blocks of three convolutions',
    listOf('resnet50').filter(line => !/^layer\d\.(?:[2-9]|\d\d)\./.test(line)),
  ],
  ['a 7×7 first convolution; this is a 5×5 one.', RESNET18.map(line => line.replace('64x3x7x7', '64x3x5x5'))],
])('%s', (words, lines) => {
  expect(() => decideOrThrow(checkpointOf('it.pth', ['[]', ...lines]))).toThrow(
    expect.objectContaining({ advice: expect.stringContaining(words) }),
  )
})

test('larger windows in a later stage, as in swin_s3_tiny_224', () => {
  const swin = readSource('swin_official_tiny_patch4_window7_224')
  const state = [...swin.sections.get('model')!].map(([name, tensor]): [string, Tensor] =>
    /^layers\.2\..*_bias_table$/.test(name)
      ? [name, patternTensor('float32', [(2 * 14 - 1) ** 2, 12], name)]
      : [name, tensor],
  )
  expect(decideOrThrow(swin).architecture.name).toBe('swin-tiny')
  const s3 = { ...swin, sections: new Map([['model', new Map(state)]]) }
  expect(() => decideOrThrow(s3)).toThrow('larger windows in a later stage')
})

test('several BatchNorms in place of each one are not the parts of a Res2Net', () => {
  const lines = RESNET18.map(line => line.replace(/\b(bn\d|downsample\.1)\./, '$1.bns.0.'))
  expect(() => decideOrThrow(checkpointOf('it.pth', ['[]', ...lines]))).toThrow(
    expect.objectContaining({ advice: expect.stringContaining('inside another module: bn1.bns.0.weight') }),
  )
})

test.each([
  [
    'moco.resnet50.txt',
    ['module.extra.weight'],
    "moco.resnet50.txt backbone.pth --selfsup moco --drop 'extra.*'",
  ],
  [
    'solo_learn_all4one.resnet18.txt',
    ['new_queue', 'x.0.weight'],
    "--selfsup solo-learn --drop new_queue --drop 'x.*'",
  ],
])('the additions of a fork of %s, %j, can be dropped without losing the method', (file, more, words) => {
  const { checkpoint } = readList(file)
  const [[path, state]] = [...checkpoint.sections] as [[string, StateDict]]
  const fork = new Map([...state, ...more.map(name => [name, patternTensor('float32', [3], name)] as const)])
  const sections = new Map([[path, fork]])
  expect(adviceOn({ ...checkpoint, sections })).toContain(words)
  const selfsup = /--selfsup (\S+)/.exec(words)![1]!
  expect(adviceOn({ ...checkpoint, sections }, { selfsup })).toContain(words)
})

test('of a student and a teacher, the teacher comes first', () => {
  const { checkpoint } = readList('esvit_resnet.resnet50.txt')
  const sections = new Map(
    ['student', 'teacher'].map(path => [
      path,
      new Map(
        [...checkpoint.sections.get(path)!].map(([name, tensor]) => [
          name.replace('backbone.backbone', 'net.trunk'),
          tensor,
        ]),
      ),
    ]),
  )
  expect(adviceOn({ ...checkpoint, sections })).toMatch(
    /--section teacher.*--section student.*moving average/s,
  )
})

/** '' if nothing is wrong. */
function adviceOn(checkpoint: Checkpoint, options = {}): string {
  try {
    decideOrThrow(checkpoint, options)
    return ''
  } catch (error) {
    return (error as ToolError).advice
  }
}

test('a network that is misspelt is a slip, even if the networks also have the names of another method', () => {
  const dino = readSource('dino_vits16_full')
  expect(() => decideOrThrow(dino, { network: 'techer' })).toThrow(
    expect.objectContaining({ message: "dino has no network 'techer'.", advice: 'Did you mean teacher?' }),
  )
})
