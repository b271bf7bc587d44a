/** The folded name lists: they contain the original names in order, and two implementations agree. */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { crc32 } from '../../src/bytes/crc32.ts'
import { byteLength, elementCount } from '../../src/tensor/tensor.ts'
import { differences, expandLines, listNames, readSource, readTarget } from '../helpers/family-lists.ts'
import { PYTHON, runPython } from '../helpers/python.ts'
import { patternTensor } from '../helpers/tensors.ts'
import { copyOut } from '../helpers/torch-bytes.ts'

const BUILD = join(import.meta.dirname, '../../fixtures/families/build.py')

test('what is folded, and the order when unfolded', () => {
  expect(
    expandLines([
      'x 1',
      'b.{0..1}.w 2',
      'b.{0..1}.n.{weight,bias} 3',
      'b.{2..3}.w 4',
      'l.{0..2..2}.w 5',
      'l.{1..3..2}.w 6',
      'm.{0..1}.{0..1}.w 7',
    ]),
  ).toEqual([
    'x 1',
    ...['b.0.w 2', 'b.0.n.weight 3', 'b.0.n.bias 3', 'b.1.w 2', 'b.1.n.weight 3', 'b.1.n.bias 3'],
    ...['b.2.w 4', 'b.3.w 4'],
    ...['l.0.w 5', 'l.1.w 6', 'l.2.w 5', 'l.3.w 6'],
    ...['m.0.0.w 7', 'm.0.1.w 7', 'm.1.0.w 7', 'm.1.1.w 7'],
  ])
})

test.runIf(PYTHON)('the script that wrote them unfolds them in the same way', () => {
  const theirs: Record<string, string[]> = JSON.parse(runPython(BUILD))
  const names = (['sources', 'targets'] as const).map(kind => listNames(kind))
  expect(Object.keys(theirs)).toHaveLength(names.flat().length)
  for (const name of names[0]!)
    expect(
      [...readSource(name).sections].flatMap(([section, state]) => [`[${section}]`, ...state.keys()]),
      name,
    ).toEqual(theirs[`sources/${name}.txt`]!.map(line => line.split(' ')[0]))
  for (const name of names[1]!)
    expect([...readTarget(name).tensors.keys()], name).toEqual(
      theirs[`targets/${name}.txt`]!.map(line => line.split(' ')[0]),
    )
})

describe('the contents of the lists', () => {
  test.each(listNames('targets'))('%s has as many parameters as PyTorch counted', name => {
    const { tensors, parameters } = readTarget(name)
    expect(tensors.size).toBeGreaterThan(130)
    const counts = [...tensors.values()].map(({ kind, shape }) =>
      kind === 'buffer' ? 0 : elementCount(shape),
    )
    // No counts exist for lists from MMDetection 2 and TIMM's backbones.
    if (parameters !== undefined) expect(counts.reduce((sum, count) => sum + count)).toBe(parameters)
    else expect(readTarget(name).source).toMatch(/mmdet 2\.27\.0|mmcls 0\.25\.0|TIMMBackbone/)
  })

  // DINO's ViT-B/16 as published: 85.8 million parameters.
  test('a checkpoint of DINO', () => {
    const { sections } = readSource('dino_vitb16_full')
    expect([...sections].map(([section, state]) => [section, state.size])).toEqual([
      ['student', 158],
      ['teacher', 158],
      ['dino_loss', 1],
    ])
    const names = [...sections.get('teacher')!.keys()]
    expect(names.slice(0, 5)).toEqual([
      'backbone.cls_token',
      'backbone.pos_embed',
      'backbone.patch_embed.proj.weight',
      'backbone.patch_embed.proj.bias',
      'backbone.blocks.0.norm1.weight',
    ])
    expect(names[28]).toBe('backbone.blocks.2.norm1.weight')
    const backbone = readSource('dino_vitb16_pretrain').sections.get('')!
    expect([...backbone.values()].reduce((sum, tensor) => sum + byteLength(tensor), 0)).toBe(4 * 85_798_656)
  })
})

test('all tensors have different values, the same each time', async () => {
  const read = async () => {
    const { sections } = readSource('dinov2_vits14_pretrain')
    const state = sections.get('')!
    return Promise.all(['cls_token', 'norm.weight', 'norm.bias'].map(name => copyOut(state.get(name)!)))
  }
  const [one, two, three] = await read()
  expect(one!.bytes).toHaveLength(4 * 384)
  expect(
    new Set(new Uint32Array([one!, two!, three!].flatMap(({ bytes }) => [...new Uint32Array(bytes.buffer)])))
      .size,
  ).toBe(3 * 384)
  expect(one!.crc).toBe(crc32(one!.bytes))
  expect(await read()).toEqual([one, two, three])
})

test('how a state dict differs from what a class expects', () => {
  const target = readTarget('swin-t_mmdet')
  const state = new Map(
    [...target.tensors].map(([name, facts]) => [name, patternTensor(facts.dtype, facts.shape, name)]),
  )
  expect(differences(state, target)).toEqual([])
  state.delete('norm0.bias')
  state.set('norm1.bias', patternTensor('float16', [192], 'x'))
  state.set('head.weight', patternTensor('float32', [1], 'x'))
  expect(differences(state, target)).toEqual([
    'norm0.bias is missing',
    'norm1.bias: expected float32 (192), found float16 (192)',
    'head.weight is unexpected',
  ])
})
