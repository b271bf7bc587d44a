/** Networks that cannot be converted are named in the message, and none that can be is mistaken for one of them. */
import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { UnsupportedError } from '../../src/errors.ts'
import { decideOrThrow } from '../../src/explain/decide.ts'
import { describeOtherNetwork } from '../../src/explain/other-networks.ts'
import { readSource } from '../helpers/family-lists.ts'
import { checkpointOf, FOLDER, readList } from '../helpers/lists.ts'

const VIT = ['cls_token', 'pos_embed', 'patch_embed.proj.weight', 'blocks.0.attn.qkv.weight', 'norm.weight']
const SWIN = ['patch_embed.proj.weight', 'layers.0.blocks.0.attn.relative_position_bias_table', 'norm.weight']
const under = (prefix: string, names: readonly string[]): string[] => names.map(name => `${prefix}${name}`)

test.each([
  ['an unusual Vision Transformer', '', VIT],
  ['an unusual Vision Transformer', 'teacher', under('backbone.', VIT)],
  [
    'a Vision Transformer with gated MLPs in two parts, such as AIMv2',
    '',
    [...VIT, 'blocks.0.norm1.weight', 'blocks.0.mlp.fc1_g.weight', 'blocks.0.mlp.fc1_x.weight'],
  ],
  ['an unusual Swin Transformer', 'model', SWIN],
  [
    'a DOFA',
    '',
    [
      'cls_token',
      'pos_embed',
      'patch_embed.weight_generator.weight_tokens',
      'patch_embed.fclayer.w1.weight',
      'blocks.0.attn.qkv.weight',
    ],
  ],
  [
    'a data2vec 2.0',
    'model',
    [
      'modality_encoders.IMAGE.extra_tokens',
      'modality_encoders.IMAGE.local_encoder.proj.weight',
      'modality_encoders.IMAGE.context_encoder.blocks.0.attn.qkv.weight',
      'blocks.0.attn.qkv.weight',
    ],
  ],
  [
    "CAPI's Vision Transformer",
    '',
    ['registers', 'patch_embed.weight'].concat(
      under('encoder.blocks.0.residual1.fn.', ['q_proj.weight', 'rope.freqs']),
    ),
  ],
  [
    "a Swin Transformer with torchvision's names",
    '',
    under('backbone.backbone.', [
      'features.0.0.weight',
      'features.1.0.attn.relative_position_index',
      'features.2.reduction.weight',
    ]),
  ],
  ['a Swin Transformer with a convolutional stem', 'model', [...SWIN, 'patch_embed.proj.0.weight']],
  ['a MAGE', 'model', ['token_emb.word_embeddings.weight', ...VIT.filter(name => !name.startsWith('patch'))]],
  [
    'a Multiscale Vision Transformer',
    'model_state',
    ['cls_token', 'blocks.0.attn.qkv.weight', 'blocks.0.attn.pool_k.weight', 'blocks.0.mlp.fc1.weight'],
  ],
  ['a Hiera', '', [...VIT.slice(1), 'blocks.1.proj.weight']],
  // timm's deit_tiny_distilled_patch16_224.
  ['a DeiT with a distillation token', '', [...VIT, 'blocks.0.norm1.weight', 'dist_token']],
])('%s in %j is refused by its name', (words, section, names) => {
  const checkpoint = checkpointOf('it.pth', [`[${section}]`, ...names.map(name => `${name} float32 1`)])
  expect(() => decideOrThrow(checkpoint)).toThrow(UnsupportedError)
  expect(() => decideOrThrow(checkpoint)).toThrow(words)
})

test('beside a network that can be converted, another is no reason to refuse', () => {
  const { sections } = readSource('dinov3_vitb16_pretrain')
  const student = readSource('dino_vits16_pretrain').sections.get('')!
  const both = {
    ...readSource('dino_vits16_pretrain'),
    sections: new Map([
      ['teacher', sections.get('')!],
      ['net', student],
    ]),
  }
  expect(describeOtherNetwork({ ...both, sections })?.message).toContain(
    "DINOv3's Vision Transformer, which cannot be converted",
  )
  expect(describeOtherNetwork(both)).toBeUndefined()
})

test.each([
  ['a Vision Transformer for videos', 'mae_vitb_pretrain_full', 'model', 5],
  [undefined, 'mae_vitb_pretrain_full', 'model', 4],
])('%s: MAE patches of %s in %s with %i axes', (words, name, section, axes) => {
  const checkpoint = readSource(name)
  const state = new Map(checkpoint.sections.get(section)!)
  const weight = state.get('patch_embed.proj.weight')!
  const shape = axes === 5 ? [...weight.shape.slice(0, 2), 1, ...weight.shape.slice(2)] : weight.shape
  state.set('patch_embed.proj.weight', { ...weight, shape })
  const found = { ...checkpoint, sections: new Map([[section, state]]) }
  if (words === undefined) expect(decideOrThrow(found).match.method.name).toBe('mae')
  else expect(() => decideOrThrow(found)).toThrow(words)
  // Whoever names the section has looked at the file.
  if (words !== undefined)
    expect(() => decideOrThrow(found, { section })).toThrow('1 is of a different shape')
})

test('for a known network, missing tensors are reported', () => {
  const state = new Map(readSource('dino_vits16_pretrain').sections.get('')!)
  state.delete('blocks.3.attn.qkv.weight')
  const checkpoint = { ...readSource('dino_vits16_pretrain'), sections: new Map([['', state]]) }
  expect(() => decideOrThrow(checkpoint)).toThrow(
    /not a complete ViT-S: 149 of 150 tensors match, 1 is missing/,
  )
})

test.each([['FSDP has flattened', ['_fsdp_wrapped_module._flat_param'], 'StateDictType.FULL_STATE_DICT']])(
  '%s: refused, with what to do instead',
  (words, names, advice) => {
    const checkpoint = checkpointOf('it.pth', ['[model]', ...names.map(name => `${name} float32 1`)])
    const stranger = describeOtherNetwork(checkpoint)
    expect(stranger?.message).toContain(words)
    expect(stranger?.advice).toContain(advice)
  },
)

test('no list of a ResNet checkpoint is mistaken for one', () => {
  const lists = readdirSync(FOLDER).filter(name => name.endsWith('.txt'))
  expect(lists.length).toBeGreaterThan(20)
  for (const list of lists) expect(describeOtherNetwork(readList(list).checkpoint)).toBeUndefined()
})

test('an unknown size is reported', () => {
  expect(() => decideOrThrow(readSource('hf_ijepa_vith14_2layers__file'))).toThrow(
    'form a Vision Transformer of an unknown size, with 29 tensors',
  )
})
