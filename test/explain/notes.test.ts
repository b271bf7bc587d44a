/** Notes on networks that were not kept, with what is known about their section. */
import { expect, test } from 'vitest'
import { noteHere } from '../../site/advice.ts'
import { COMMAND_LINE } from '../../src/explain/command-line.ts'
import { decideOrThrow } from '../../src/explain/decide.ts'
import { noteInWords } from '../../src/explain/notes.ts'
import { ARCHITECTURES } from '../../src/families/index.ts'
import type { StateDict } from '../../src/tensor/tensor.ts'
import { readSource } from '../helpers/family-lists.ts'
import { checkpointWith } from '../helpers/lists.ts'
import { patternTensor } from '../helpers/tensors.ts'

const resnet18 = ARCHITECTURES.find(({ name }) => name === 'resnet18')!

function network(prefix: string): StateDict {
  return new Map(
    resnet18.tensors().map(({ name, shape, kind }) => {
      const full = `${prefix}${name}`
      return [full, patternTensor(kind === 'float' ? 'float32' : 'int64', shape, full)]
    }),
  )
}

/** In mmengine/hooks/ema_hook.py, `before_save_checkpoint` swaps the weights and their average. */
test.each([
  ['MMEngine 0.10.7', " (the weights themselves: MMEngine saves their moving average as 'state_dict')"],
  ['mmcv 1.7.0', ''],
])('from %s', (framework, about) => {
  const sections = new Map([
    ['state_dict', network('backbone.')],
    ['ema_state_dict', network('module.backbone.')],
  ])
  const { notes, noteParts } = decideOrThrow({ ...checkpointWith('epoch_3.pth', sections), framework })
  const text = `another ResNet is in 'ema_state_dict'${about} and was not kept`
  expect(notes).toEqual([`${text}; to keep it instead: { section: 'ema_state_dict' }`])
  expect(noteParts.map(note => noteInWords(note, COMMAND_LINE))).toEqual([
    `${text}; to keep it instead: --section ema_state_dict`,
  ])
  expect(noteHere(noteParts[0]!)).toBe(
    `${text}; to keep it instead, on the command line: --section ema_state_dict`,
  )
})

/** Haoqing-Wang/LocalMIM Swin/models_mim.py:247 and Swin/models_swin.py:311. */
test.each([
  ['localmim_swin_base', 1],
  ['localmim_vitb16', 0],
])('%s: the order of its patch merging is noted for Swin', (name, count) => {
  const about = decideOrThrow(readSource(name)).notes.filter(note => note.includes('merges patches'))
  expect(about).toHaveLength(count)
})
