// Converts a file, for a minute at most: node examples/convert.mjs <input> <output>
import {
  convertFile,
  FormatError,
  MismatchError,
  SystemError,
  ToolError,
  UnsupportedError,
  UsageError,
} from 'selfsup2mmdet'

/** Errors are classes by who must act. */
const WHO_ACTS = [
  [MismatchError, 'the tensors are not what was expected: look at error.details'],
  [UsageError, 'an option or a path is wrong'],
  [FormatError, 'the file is damaged, or no checkpoint'],
  [UnsupportedError, 'the file is fine, and cannot be converted'],
  [SystemError, 'the disk or the network failed: try again'],
]

const [input, output] = process.argv.slice(2)
try {
  // The signal leaves no file behind; a file that is there already is refused unless `overwrite` says otherwise.
  const signal = AbortSignal.timeout(60_000)
  const { match, report, notes } = await convertFile(input, output, { signal, overwrite: 'own' })
  console.log(match.method.name, report.architecture, `${report.present} of ${report.expected}`)
  for (const note of notes) console.log(note)
} catch (error) {
  if (!(error instanceof ToolError)) throw error
  const [, about] = WHO_ACTS.find(([kind]) => error instanceof kind)
  console.error(`${error.message}\n${error.advice}\n(${about})`)
  process.exitCode = error.exitCode
}
