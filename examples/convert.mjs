// Converts a file, in at most one minute: node examples/convert.mjs <input> <output>
import {
  convertFile,
  FormatError,
  MismatchError,
  SystemError,
  ToolError,
  UnsupportedError,
  UsageError,
} from 'selfsup2mmdet'

/** The class of an error says who must act. */
const WHO_ACTS = [
  [MismatchError, 'the tensors are not what was expected: look at error.details'],
  [UsageError, 'an option or a path is wrong'],
  [FormatError, 'the file is damaged, or no checkpoint'],
  [UnsupportedError, 'the file is fine, and cannot be converted'],
  [SystemError, 'the disk or the network failed: try again'],
]

const [input, output] = process.argv.slice(2)
try {
  // If aborted, no file is left behind. By default, an existing file is not replaced; `own` allows it for our own outputs.
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
