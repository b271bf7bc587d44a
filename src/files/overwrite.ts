/** What happens to an existing file at the output path. */
import type { FileSinkOptions } from '../node/file-sink.ts'
import type { OutputKind } from './output-name.ts'
import { refuseForeign } from './own-output.ts'

/** Whether a file is replaced: no, yes, or only one that this program wrote and that is unchanged since. */
export type Overwrite = boolean | 'own'

/** The same as options for `createFile`. */
export function replacing(overwrite: Overwrite, kind: OutputKind): FileSinkOptions {
  if (overwrite === 'own') return { mayReplace: path => refuseForeign(path, kind) }
  return overwrite ? { overwrite } : { keepExisting: true }
}
