/** The config that `convert --config` writes in addition to the backbone. */
import { configFor, loaderOf } from '../convert/config.ts'
import type { Decision } from '../convert/decide.ts'
import { SystemError, UsageError } from '../errors.ts'
import { adviceToType } from '../explain/command-line.ts'
import type { Conversion } from '../files/convert.ts'
import type { Generation } from '../targets/mmdetection/versions.ts'
import type { Replacing } from './overwrite-options.ts'
import { writeOutput } from './write-file.ts'

interface Options extends Replacing {
  readonly config?: string
  readonly mmdet?: Generation
}

/** The config for a decision. Without a path, only checks whether there is one. */
export function configOf(
  { match, architecture, target, parts }: Pick<Decision, 'match' | 'architecture' | 'target' | 'parts'>,
  mmdet: Generation | undefined,
  checkpoint?: string,
): string {
  return configFor(match.pretrainedBy ?? match.method, {
    mmdet,
    arch: architecture,
    target: loaderOf(target),
    checkpoint,
    parts,
  })
}

/** @returns its path; undefined if none was requested */
export async function writeConfigBeside(
  conversion: Conversion,
  options: Options,
): Promise<string | undefined> {
  const { output } = conversion
  if (options.config === undefined || !output) return undefined
  const text = configOf(conversion, options.mmdet, output.path)
  try {
    await writeOutput(options.config, 'config', text, options)
  } catch (error) {
    throw afterBackbone(error, output.path)
  }
  return options.config
}

/** The config is written last: what was written before is kept, and the message says so. */
function afterBackbone(error: unknown, path: string): unknown {
  const done = `The backbone was written: ${path}.`
  if (error instanceof UsageError) return new UsageError(error.message, `${adviceToType(error)} ${done}`)
  if (!(error instanceof SystemError)) return error
  return new SystemError(error.message, error.code, `${adviceToType(error)} ${done}`, { cause: error })
}
