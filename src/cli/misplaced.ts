/** Misplaced arguments: a method or an output instead of an input, or an empty name. */
import { existsSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { shellPath } from '../bytes/text.ts'
import { UsageError } from '../errors.ts'
import { publicName } from '../http/source.ts'
import { noFile, slipIn } from '../node/file-source.ts'
import { outputName } from './commands/convert-many.ts'
import { isMethod, isMissing } from './method-as-file.ts'

/** @throws UsageError when a name is empty, as with an unset variable, or in the wrong place */
export function refuseMisplaced(input: string, output: string | undefined): void {
  if (input === '' || output === '')
    throw new UsageError(
      `The name of the ${input === '' ? 'input' : 'output'} is empty.`,
      'Check the shell variable that should contain it.',
    )
  if (output === undefined) return
  refuseMethod(input, output)
  if (!isMissing(input) || !existsSync(output) || !statSync(output).isFile()) return
  // If a file with a similar name exists, a typo in the input is more likely.
  const slip = slipIn(input)
  if (slip !== undefined && slip !== `Did you mean ${output}?`) throw noFile(input)
  throw new UsageError(
    `There is no file ${input}.`,
    `${output} exists: the input comes first, then the output. Did you mean: selfsup2mmdet ${shellPath(output)} ${shellPath(input)}`,
  )
}

/** `selfsup2mmdet moco x.pth`, `selfsup2mmdet x.pth moco`; a file with that name is `./moco`. */
function refuseMethod(input: string, output: string): void {
  const [method, file] = isMissing(input) && isMethod(input) ? [input, output] : [output, input]
  if (!isMethod(method) || existsSync(method)) return
  const [from, to] = isMissing(file) ? ['checkpoint.pth', file] : [file, suggestedOutput(file)]
  throw new UsageError(
    `${method} is the name of a method, not of a file.`,
    `Did you mean: selfsup2mmdet ${shellPath(from)} ${shellPath(to)} --selfsup ${shellPath(method)}`,
  )
}

/**
 * Refuses more than one argument, and suggests what they may mean.
 * @param meant the command with the second argument in the right place, if there is one
 * @throws UsageError
 */
export function refuseMore(args: readonly string[], meant: (first: string, second: string) => string): void {
  const [first, second] = args
  if (first === undefined || second === undefined) return
  throw new UsageError(
    `Too many arguments: expected 1, found ${args.length}.`,
    `Did you mean: selfsup2mmdet ${meant(shellPath(first), shellPath(second))}`,
  )
}

/** The error for a single word: the input that it names may be wrong. */
export function withoutOutput(input: string): UsageError {
  if (isMissing(input)) {
    const { message, advice } = noFile(input)
    return new UsageError(message, `${advice} selfsup2mmdet --help lists the commands.`)
  }
  return new UsageError(
    'The output file is missing.',
    `Try: selfsup2mmdet ${shellPath(publicName(input))} ${shellPath(suggestedOutput(input))}`,
  )
}

function suggestedOutput(input: string): string {
  const name = input === '-' ? 'backbone.pth' : outputName(input)
  return name === basename(input) ? 'backbone.pth' : name
}
