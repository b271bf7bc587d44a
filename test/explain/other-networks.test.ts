/** Guards that networks which are no ResNets are told by name, and that no ResNet is taken for one of them. */
import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { UnsupportedError } from '../../src/errors.ts'
import { decideOrThrow } from '../../src/explain/decide.ts'
import { describeOtherNetwork } from '../../src/explain/other-networks.ts'
import { checkpointOf, FOLDER, readList } from '../helpers/lists.ts'

const VIT = ['cls_token', 'pos_embed', 'patch_embed.proj.weight', 'blocks.0.attn.qkv.weight', 'norm.weight']
const SWIN = ['patch_embed.proj.weight', 'layers.0.blocks.0.attn.relative_position_bias_table', 'norm.weight']
const under = (prefix: string, names: readonly string[]): string[] => names.map(name => `${prefix}${name}`)

test.each([
  [
    'MoCo v3',
    'state_dict',
    [
      ...under('module.base_encoder.', VIT),
      ...under('module.momentum_encoder.', VIT),
      'module.predictor.0.weight',
    ],
  ],
  [
    'MoCo v3',
    'state_dict',
    [
      'module.base_encoder.cls_token',
      'module.base_encoder.patch_embed.proj.0.weight',
      'module.momentum_encoder.cls_token',
    ],
  ],
  ['DINO', 'teacher', [...under('backbone.', VIT), 'head.mlp.0.weight', 'head.last_layer.weight_g']],
  [
    'iBOT',
    'student',
    [
      ...under('module.backbone.', VIT),
      'module.head.last_layer.weight_g',
      'module.head.last_layer2.weight_g',
    ],
  ],
  ['iBOT', 'teacher', [...under('backbone.', SWIN), 'head.last_layer2.weight_g']],
  ['MAE', 'model', [...VIT, 'mask_token', 'decoder_embed.weight', 'decoder_blocks.0.attn.qkv.weight']],
  ['MSN', 'target_encoder', [...under('module.', VIT), 'module.fc.fc1.weight', 'module.fc.fc3.weight']],
  ['SimMIM', 'model', [...under('encoder.', SWIN), 'encoder.mask_token', 'decoder.0.weight']],
  ['SimMIM', 'model', [...under('encoder.', VIT), 'encoder.mask_token', 'decoder.0.weight']],
  ['a Vision Transformer', '', VIT],
  ['a Swin Transformer', 'model', SWIN],
])('%s in %j is refused as what it is', (words, section, names) => {
  const checkpoint = checkpointOf('it.pth', [`[${section}]`, ...names.map(name => `${name} float32 1`)])
  expect(() => decideOrThrow(checkpoint)).toThrow(UnsupportedError)
  expect(() => decideOrThrow(checkpoint)).toThrow(words)
})

test.each([
  [
    'Hugging Face transformers',
    [
      'resnet.embedder.embedder.convolution.weight',
      'resnet.encoder.stages.0.layers.0.layer.0.convolution.weight',
    ],
    'Take the checkpoint that it was made from',
  ],
  ['FSDP has flattened', ['_fsdp_wrapped_module._flat_param'], 'StateDictType.FULL_STATE_DICT'],
])('%s: refused, with what to do instead', (words, names, advice) => {
  const checkpoint = checkpointOf('it.pth', ['[model]', ...names.map(name => `${name} float32 1`)])
  const stranger = describeOtherNetwork(checkpoint)
  expect(stranger?.message).toContain(words)
  expect(stranger?.advice).toContain(advice)
})

test('no list of a ResNet checkpoint is taken for one', () => {
  const lists = readdirSync(FOLDER).filter(name => name.endsWith('.txt'))
  expect(lists.length).toBeGreaterThan(20)
  for (const list of lists) expect(describeOtherNetwork(readList(list).checkpoint)).toBeUndefined()
})
