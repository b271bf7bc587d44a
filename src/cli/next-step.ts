/** What to do with a new backbone. */

import { shellPath } from '../bytes/text.ts'
import { loaderOf, snippetFor } from '../convert/config.ts'
import { fold } from '../explain/fold.ts'
import { hasBackbone } from '../explain/notes.ts'
import { printable } from '../explain/print.ts'
import type { Conversion } from '../files/convert.ts'
import { METHODS } from '../methods/index.ts'
import type { Loader } from '../targets/mmdetection/settings.ts'
import { loadersOf } from '../targets/target.ts'
import type { Io } from './io.ts'

/** For people, ready to paste. */
export function nextStep(
  conversion: Conversion,
  config: string | undefined,
  { errColumns }: Pick<Io, 'errColumns'>,
): string {
  const { output, architecture, target, parts } = conversion
  if (!output) return ''
  if (output.format === 'safetensors')
    return `\n${fold('For MMDetection, write a .pth file instead: only the newest PyTorch versions load safetensors.', errColumns)}\n`
  if (config !== undefined)
    return `\nNext: ${fold(whereItBelongs(config, loaderOf(target)), errColumns, 6)}\n`
  // A detector is loaded with load_from: its neck and heads must be like the pretrained ones, so the complete config is needed.
  const snippet = parts ? undefined : snippetFor(architecture, output.path)
  const commands = configCommands(conversion)
  return [
    ...(snippet === undefined ? [] : ['\nNext, in the config of your detector:', indented(snippet)]),
    ...(commands.length === 0
      ? []
      : [snippet === undefined ? '\nNext, write a config:' : 'Or write a complete config:', ...commands]),
    '',
  ].join('\n')
}

/**
 * Where to put a config, which refers to its base files by relative paths.
 * @param config its path
 */
export function whereItBelongs(config: string, target: Loader): string {
  const inClone = /(?:^|[/\\])((?:configs[/\\][^/\\]+|projects[/\\]ViTDet[/\\]configs)[/\\][^/\\]+)$/.exec(
    config,
  )?.[1]
  if (inClone !== undefined)
    return `in the clone of MMDetection, run: python tools/train.py ${printable(shellPath(inClone))}`
  const folder = target === 'vitdet' ? 'projects/ViTDet/configs' : 'configs/selfsup_pretrain'
  const path = `${folder}/${config.replace(/^.*[/\\]/, '')}`
  return `put ${printable(config)} into ${folder} of a clone of MMDetection, then run in the clone: python tools/train.py ${printable(shellPath(path))}`
}

function indented(text: string): string {
  return text.trimEnd().replace(/^/gm, '  ')
}

/** One for each loader. @returns none if they would fail: MMDetection has no config for a network that it cannot build */
function configCommands({ output, match, architecture, target }: Conversion): string[] {
  if (!hasBackbone(architecture)) return []
  const { name } = match.pretrainedBy ?? match.method
  const known = METHODS.some(method => method.name === name) ? name : 'backbone'
  const command = `  selfsup2mmdet config ${known} --checkpoint ${shellPath(output!.path)} --out config.py`
  const [, ...others] = loadersOf(target)
  return [command, ...others.map(({ name }) => `${command} --target ${name}`)].map(printable)
}
