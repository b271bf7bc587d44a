/** What to do with a backbone that was just written. */

import { shellPath } from '../bytes/text.ts'
import { hasBackbone } from '../explain/notes.ts'
import { printable } from '../explain/print.ts'
import type { Conversion } from '../files/convert.ts'
import { METHODS } from '../methods/index.ts'
import { pyString } from '../targets/mmdetection/python.ts'

/** The network of MMDetection's own detectors. */
const USUAL = 'resnet50'

/** For a person, ready to paste. */
export function nextStep({ output, match, architecture }: Conversion, config: string | undefined): string {
  if (!output) return ''
  if (output.format === 'safetensors')
    return '\nMMDetection loads PyTorch files: for it, end the name of the output in .pth.\n'
  if (config !== undefined) return `\nThe config that goes with it is ${printable(config)}.\n`
  const { name } = match.pretrainedBy ?? match.method
  const initCfg = `dict(type='Pretrained', checkpoint=${pyString(output.path)})`
  // The detectors that MMDetection ships have a ResNet-50: any other network needs more than another checkpoint.
  const isUsual = architecture.name === USUAL
  const lines = isUsual
    ? [
        'Next, in the config of your detector:',
        '  model = dict(backbone=dict(',
        `      init_cfg=${initCfg}))`,
        'or have a whole one written:',
      ]
    : [`Next, have the config written that builds ${architecture.title} and loads it:`]
  // Nothing is advised that would fail: MMDetection has no config for a network that it cannot build.
  if (!METHODS.some(method => method.name === name) || !hasBackbone(architecture))
    return isUsual ? ['', ...lines.slice(0, 3), ''].join('\n') : ''
  const arch = isUsual ? '' : ` --arch ${architecture.name}`
  const command = `selfsup2mmdet config ${name}${arch} --checkpoint ${shellPath(output.path)} --out config.py`
  return ['', ...lines, `  ${printable(command)}`, ''].join('\n')
}
