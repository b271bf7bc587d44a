/** Networks are found under any prefix, the suggested options work as printed, and nothing else is found. */
import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { shellWord } from '../../src/bytes/text.ts'
import { methodByHand } from '../../src/convert/custom-rules.ts'
import { KNOWN } from '../../src/convert/knowledge.ts'
import { adviseByHand } from '../../src/explain/by-hand.ts'
import { decideOrThrow } from '../../src/explain/decide.ts'
import { findBackbones, optionsFor } from '../../src/explain/find-backbone.ts'
import { ARCHITECTURES } from '../../src/families/index.ts'
import type { Rule } from '../../src/rename/rules.ts'
import type { StateDict } from '../../src/tensor/tensor.ts'
import { readSource } from '../helpers/family-lists.ts'
import { checkpointOf } from '../helpers/lists.ts'

const RESNET18 = ARCHITECTURES.find(({ name }) => name === 'resnet18')!.tensors()
const NUMBERS: Readonly<Record<string, string>> = {
  conv1: '0',
  bn1: '1',
  layer1: '4',
  layer2: '5',
  layer3: '6',
  layer4: '7',
}
const numbered = (name: string): string => name.replace(/^\w+/, part => NUMBERS[part]!)

const stem =
  (convolution: string, normalisation: string) =>
  (name: string): string =>
    name.replace(/^conv1/, convolution).replace(/^bn1/, normalisation)

/** Lines of a list: a ResNet-18 under a prefix, and extra names. */
function lines(prefix: string, rename = (name: string) => name, more: readonly string[] = []): string[] {
  const network = RESNET18.map(
    ({ name, shape, kind }) =>
      `${prefix}${rename(name)} ${kind === 'int64' ? 'int64' : 'float32'} ${shape.join('x') || 'scalar'}`,
  )
  return [...network, ...more.map(name => `${name} float32 5`)]
}

/** Splits a line like the shell that users paste it into. */
function words(line: string): string[] {
  const ran = spawnSync('bash', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' })
  return ran.stdout.split('\0').slice(0, -1)
}

/** Applies the options like the command line. */
function follow(checkpoint: ReturnType<typeof checkpointOf>, options: string) {
  const rules: Rule[] = []
  let section = ''
  const given = words(options)
  for (let i = 0; i < given.length; i += 2) {
    const [option, value] = [given[i], given[i + 1]!]
    const at = value.lastIndexOf('=')
    if (option === '--section') section = value
    else if (option === '--drop') rules.push({ drop: value, because: 'by hand' })
    else rules.push({ keep: value.slice(0, at), as: value.slice(at + 1) })
  }
  return decideOrThrow(checkpoint, { method: methodByHand({ sections: [section], rules }) })
}

describe('the suggested options work as printed', () => {
  test.each<[string, string, string[]]>([
    ['alone', 'state_dict', lines('')],
    ['with a classifier', '', lines('', undefined, ['fc.weight'])],
    ['under a prefix', 'model', lines('net.', undefined, ['net.fc.weight', 'queue'])],
    ['in a wrapper', 'model', lines('module.encoder.', undefined, ['module.encoder.fc.weight'])],
    ['compiled', 'model', lines('net._orig_mod.')],
    ['under two names', 'a.b', lines('online_network.encoder.', undefined, ['online_network.projector.0.w'])],
    [
      'beside names that begin like a layer',
      'x',
      lines('e.', undefined, ['e.layernorm.weight', 'e.layer_scale']),
    ],
    ['by numbers', 'state_dict', lines('', numbered)],
    ['with a separate stem', '', lines('', stem('stem.0', 'stem.1'), ['stem.norm', 'fc.weight'])],
    ['with a named stem', 'model', lines('net.', stem('stem.conv1', 'stem.bn1'))],
    ['with a layer 0', 'model', lines('module.e.', stem('layer0.0', 'layer0.1'))],
    ['by numbers under a prefix', 'online', lines('f.', numbered, ['f.8.weight', 'projector.0.weight'])],
    ['under a prefix that a shell would expand', "my model's", lines("$net's name.")],
  ])('%s', (_, section, list) => {
    const checkpoint = checkpointOf('it.pth', [`[${section}]`, ...list])
    const found = findBackbones(checkpoint.sections)
    expect(found).toHaveLength(1)
    const { architecture, plan } = follow(checkpoint, optionsFor(found[0]!))
    expect([architecture.name, plan.kept.size]).toEqual(['resnet18', RESNET18.length])
  })

  test('each of several networks', () => {
    const list = [...lines('encoder_q.'), ...lines('encoder_k.'), ...lines('z.', numbered)]
    const checkpoint = checkpointOf('it.pth', ['[model]', ...list])
    const found = findBackbones(checkpoint.sections)
    expect(found.map(({ prefix }) => prefix)).toEqual(['encoder_q.', 'encoder_k.', 'z.'])
    for (const one of found) expect(follow(checkpoint, optionsFor(one)).plan.kept.size).toBe(RESNET18.length)
  })
})

/** Name lists of other families, as their networks are released, with the architecture and title. */
const RELEASED = [
  ['dino_vits16_pretrain', 'vit-small', 'a Vision Transformer'],
  ['hf_dinov2_base__file', 'vit-base', 'a Vision Transformer'],
  ['swin_official_tiny_patch4_window7_224', 'swin-tiny', 'a Swin Transformer'],
  ['swinv2_official_tiny_patch4_window16_256', 'swin-v2-tiny', 'a Swin Transformer V2'],
  ['convnextv2_base_finetuned', 'convnext-base', 'a ConvNeXt'],
  ['dino_xcit_small_12_p16_pretrain', 'xcit-small-12', 'an XCiT'],
  ['eva02_base_patch14_pretrain', 'eva02-base', 'an EVA-02'],
  ['hf_resnet50', 'resnet50', 'a ResNet'],
] as const

test.each(RELEASED)('%s under a prefix, beside heads', (list, architecture, title) => {
  const [network] = [...readSource(list).sections.values()]
  const odd = [...network!.values()][0]!
  const state: StateDict = new Map([
    ...[...network!].map(([name, tensor]) => [`module.net.visual.${name}`, tensor] as const),
    ['module.net.visual.projector.0.weight', odd],
    ['module.net.queue', odd],
  ])
  const checkpoint = {
    ...checkpointOf('it.pth', ['[my model]', 'x float32 1']),
    sections: new Map([['my model', state]]),
  }
  const [found, ...more] = findBackbones(checkpoint.sections)
  expect(more).toEqual([])
  expect(follow(checkpoint, optionsFor(found!)).architecture.name).toBe(architecture)
  expect(adviseByHand({ checkpoint, knowledge: KNOWN })[0]).toBe(`The file contains ${title}. To convert it:`)
})

test('the line is complete: the program, the file, the options', () => {
  const advice = (source: string) =>
    adviseByHand({ checkpoint: checkpointOf(source, ['[model]', ...lines('net.')]), knowledge: KNOWN })
  expect(advice('my files/it.pth')).toEqual([
    'The file contains a ResNet. To convert it:',
    {
      run:
        "selfsup2mmdet 'my files/it.pth' backbone.pth --section model " +
        "--keep 'net.conv1.*=conv1.*' --keep 'net.bn1.*=bn1.*' --keep 'net.layer*=layer*' --drop '*'",
    },
  ])
  expect(advice('standard input')).toContainEqual(
    expect.objectContaining({ run: expect.stringContaining('selfsup2mmdet - backbone.pth') }),
  )
})

test('a dictionary under two keys is found once', () => {
  const { sections } = checkpointOf('it.pth', ['[model]', ...lines('net.')])
  const state = sections.get('model')!
  const both = new Map([...sections, ['state_dict', state]])
  expect(findBackbones(both).map(({ section }) => section)).toEqual(['model'])
})

test.each<[string, string[]]>([
  ['a Vision Transformer', ['cls_token', 'blocks.0.attn.qkv.weight']],
  ['a ResNet without its last stage', lines('').filter(line => !line.startsWith('layer4'))],
  ['a prefix without a dot', lines('my')],
  [
    'a stem of three convolutions',
    lines('visual.', undefined, ['visual.conv2.weight', 'visual.conv3.weight']),
  ],
])('none is found in %s', (_, list) => {
  const checkpoint = checkpointOf('it.pth', [
    '[model]',
    ...list.map(line => (/ /.test(line) ? line : `${line} float32 1`)),
  ])
  expect(findBackbones(checkpoint.sections)).toEqual([])
  expect(adviseByHand({ checkpoint, knowledge: KNOWN })).toEqual([
    expect.stringMatching(/^(It does not contain a network|The stages of a ResNet are in)/),
  ])
})

test('what cannot be typed is not suggested', () => {
  for (const prefix of ['a*b.', 'a\u001b[2Jb.'])
    expect(
      adviseByHand({ checkpoint: checkpointOf('it.pth', ['[m]', ...lines(prefix)]), knowledge: KNOWN }),
    ).not.toContainEqual(expect.stringContaining('selfsup2mmdet '))
})

test.each([
  ['moco.pth.tar', 'moco.pth.tar'],
  ['', "''"],
  ["it's", "'it'\\''s'"],
  ['a b', "'a b'"],
])('as a word of the shell, %j is %s', (text, word) => {
  expect(shellWord(text)).toBe(word)
  expect(words(word)).toEqual([text])
})
