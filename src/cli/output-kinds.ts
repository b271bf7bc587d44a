/** Advice for an output whose name is of another kind of file, with command-line options. */
import { shellPath } from '../bytes/text.ts'
import { UsageError } from '../errors.ts'
import { kindInName, type NamedKind, type OutputKind, wrongName } from '../files/output-name.ts'

const MEANT: Readonly<Partial<Record<NamedKind, (path: string) => string>>> = {
  backbone: path =>
    `To write a backbone: selfsup2mmdet <input> ${path}. To name an existing one: --checkpoint ${path}.`,
  config: path => `Did you mean --config ${path}? It writes the MMDetection config.`,
  report: path => `Did you mean: selfsup2mmdet probe <input> --report ${path}`,
  picture: path => `Did you mean: selfsup2mmdet inspect <input> --picture ${path}`,
  filters: path => `Did you mean: selfsup2mmdet probe <input> --filters ${path}`,
  safetensor: () => 'To write a safetensors file, end the name in .safetensors.',
  json: path => `To save the result as JSON: --json > ${path}`,
}

/** @throws UsageError when the output's name is of another kind of file, with the option for that kind */
export function refuseOtherKind(path: string, kind: OutputKind): void {
  const named = kindInName(path)
  if (named === undefined || named === kind) return
  const { message, steps } = wrongName(path, named, kind)
  const meant = MEANT[named]?.(shellPath(path))
  throw new UsageError(message, [...(meant === undefined ? [] : [meant]), ...steps])
}
