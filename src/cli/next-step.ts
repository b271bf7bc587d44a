/** What to do with a backbone that was just written. */

import { shellWord } from '../bytes/text.ts'
import { hasBackbone } from '../explain/notes.ts'
import { printable } from '../explain/print.ts'
import type { Conversion } from '../files/convert.ts'
import { METHODS } from '../methods/index.ts'
import { pyString } from '../targets/mmdetection/python.ts'

/** For a person, ready to paste. */
export function nextStep({ output, match, architecture }: Conversion, config: string | undefined): string {
  if (!output) return ''
  if (output.format === 'safetensors')
    return '\nMMDetection loads PyTorch files: for it, end the name of the output in .pth.\n'
  const initCfg = `dict(type='Pretrained', checkpoint=${pyString(output.path)})`
  const { name } = match.pretrainedBy ?? match.method
  // Nothing is advised that would fail: MMDetection has no config for a network that it cannot build.
  const isKnown = METHODS.some(method => method.name === name) && hasBackbone(architecture.name)
  const arch = architecture.name === 'resnet50' ? '' : ` --arch ${architecture.name}`
  const command = `selfsup2mmdet config ${name}${arch} --checkpoint ${shellWord(output.path)} --out config.py`
  return [
    '\nNext, in the config of your detector:',
    '  model = dict(backbone=dict(',
    `      init_cfg=${initCfg}))`,
    ...(config === undefined && isKnown ? ['or have a whole one written:', `  ${printable(command)}`] : []),
    ...(config === undefined ? [] : [`It is in ${printable(config)}.`]),
    '',
  ].join('\n')
}
