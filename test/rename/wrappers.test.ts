/** PyTorch's wrappers are removed wherever they are, and names that belong to the network are kept. */
import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readingsOf, withoutWrapper } from '../../src/rename/wrappers.ts'
import { FOLDER, readList } from '../helpers/lists.ts'

test.each([
  ['module.encoder.conv1.weight', 'encoder.conv1.weight'],
  ['module.module.encoder.conv1.weight', 'encoder.conv1.weight'],
  ['_orig_mod.encoder.conv1.weight', 'encoder.conv1.weight'],
  ['module._orig_mod.encoder.conv1.weight', 'encoder.conv1.weight'],
  ['_orig_mod.module.encoder.conv1.weight', 'encoder.conv1.weight'],
  ['_orig_mod._orig_mod.encoder.conv1.weight', 'encoder.conv1.weight'],
  ['backbone._orig_mod.conv1.weight', 'backbone.conv1.weight'],
  ['_forward_module.encoder.conv1.weight', 'encoder.conv1.weight'],
  ['_module.encoder.conv1.weight', 'encoder.conv1.weight'],
  ['_forward_module.module.encoder.conv1.weight', 'encoder.conv1.weight'],
  ['_fsdp_wrapped_module._fpw_module.conv1.weight', 'conv1.weight'],
  [
    'encoder._fsdp_wrapped_module.layer1.0._checkpoint_wrapped_module.conv1.weight',
    'encoder.layer1.0.conv1.weight',
  ],
  ['encoder_q.module.conv1.weight', 'encoder_q.conv1.weight'],
  ['module.encoder_q.module.conv1.weight', 'encoder_q.conv1.weight'],
])('%s is %s', (name, bare) => {
  expect(withoutWrapper(name)).toBe(bare)
})

test.each([
  'modules.x',
  'model.conv1.weight',
  'submodule.conv1.weight',
  'x._orig_model.weight',
  'module',
  'x.module',
  '_orig_mod',
  'encoder_k.module.0.conv1.weight',
])('%s is unchanged', name => {
  expect(withoutWrapper(name)).toBe(name)
  expect(readingsOf(name)).toEqual([name])
})

test('a name is read without wrappers first, and unchanged last', () => {
  expect(readingsOf('module.encoder_q.module.conv1')).toEqual([
    'encoder_q.conv1',
    'encoder_q.module.conv1',
    'module.encoder_q.module.conv1',
  ])
  expect(readingsOf('module.conv1')).toEqual(['conv1', 'module.conv1'])
  expect(readingsOf('x._orig_mod.conv1')).toEqual(['x.conv1', 'x._orig_mod.conv1'])
})

test('no two tensors of a known checkpoint get the same name', () => {
  for (const file of readdirSync(FOLDER).filter(name => name.endsWith('.txt')))
    for (const state of readList(file).checkpoint.sections.values())
      expect(new Set([...state.keys()].map(withoutWrapper)).size, file).toBe(state.size)
})
