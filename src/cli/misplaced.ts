/** Misplaced arguments: a method or an output instead of an input, or an empty name. */
import { existsSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { squashed } from '../bytes/find-by-name.ts'
import { shellPath } from '../bytes/text.ts'
import { UsageError } from '../errors.ts'
import { isOwnOutput } from '../files/own-output.ts'
import { publicName } from '../http/source.ts'
import { noFile } from '../node/file-source.ts'
import { slipIn } from '../node/slips.ts'
import { outputName } from './commands/convert-many.ts'
import { isMethod, isMissing } from './method-as-file.ts'
import { optionsOf } from './options-elsewhere.ts'

/** @throws UsageError when a name is empty, as with an unset variable, or in the wrong place */
export async function refuseMisplaced(input: string, output: string | undefined): Promise<void> {
  if (input === '' || output === '')
    throw new UsageError(
      `The name of the ${input === '' ? 'input' : 'output'} is empty.`,
      'Check the shell variable that should contain it.',
    )
  if (output === undefined) return
  if (isMissing(input) && optionsOf(input).length > 0)
    throw new UsageError(
      `There is no file ${input}, but a command with this name.`,
      `Did you mean: selfsup2mmdet ${input} ${shellPath(output)}`,
    )
  refuseMethod(input, output)
  if (!isMissing(input) || !existsSync(output) || !statSync(output).isFile()) return
  // If a file with a similar name exists, a typo in the input is more likely.
  const slip = slipIn(input)
  if (slip !== undefined && slip !== `Did you mean ${output}?`) throw noFile(input)
  // Nobody converts a backbone that this program wrote: it is the output of an earlier run.
  if (await isOwnOutput(output)) throw noFile(input)
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
 * @param meant the command with the other arguments in the right places
 * @throws UsageError
 */
export function refuseMore(args: readonly string[], meant: (args: readonly string[]) => string): void {
  if (args.length < 2) return
  throw new UsageError(
    `Too many arguments: expected 1, found ${args.length}.`,
    `Did you mean: selfsup2mmdet ${meant(args.map(shellPath))}`,
  )
}

/**
 * The error for more than an input and an output: a word that was meant to be something else, or several inputs.
 * @param more the arguments after the output
 */
export function tooMany(input: string, output: string, more: readonly string[]): UsageError {
  const [third, fourth] = more
  const dashed = [input, output, ...more].find(word => /^[\u2010-\u2015\u2212]/.test(word))
  if (dashed !== undefined)
    return new UsageError(
      `'${dashed}' begins with a long dash, which some programs put in place of two hyphens.`,
      `Did you mean --${dashed.replace(/^[\u2010-\u2015\u2212-]+/, '')}?`,
    )
  if (isMissing(input) && !isMissing(output) && !isMethod(input) && COMMAND.test(input))
    return new UsageError(
      `There is no file ${input}.`,
      `Did you mean: selfsup2mmdet ${[output, ...more].map(shellPath).join(' ')}`,
    )
  if (more.length === 1 && isMethod(third!))
    return new UsageError(`${third} is the name of a method.`, `Did you mean --selfsup ${third}?`)
  const option = withoutDashes(third!)
  if (option !== undefined)
    return new UsageError(
      `There is no file ${third}.`,
      `Did you mean ${option}${fourth === undefined || third!.includes('=') ? '' : ` ${shellPath(fourth)}`}?`,
    )
  if (isMissing(input)) return noFile(input)
  if (isMissing(output))
    return new UsageError(
      `Too many arguments: expected an input and an output, found ${more.length + 2}.`,
      `There is no file ${output}. To convert several inputs, add --out-dir <folder>.`,
    )
  return new UsageError(
    'Several inputs need a folder for their outputs.',
    'Add --out-dir <folder>: each backbone is named after its checkpoint.',
  )
}

/** `convert-checkpoint`, `run`: a word rather than a path. */
const COMMAND = /^[a-z]+(?:[-_][a-z]+)*$/i

/** `selfsup moco`, `selfsup=moco`, `/selfsup moco`: an option whose dashes are missing. */
function withoutDashes(word: string): string | undefined {
  const [, name = '', value = ''] = /^\/?([a-z][\w-]*)([=:].*)?$/is.exec(word) ?? []
  const option = optionsOf('convert').find(known => squashed(known) === squashed(name))
  return option === undefined || existsSync(word) ? undefined : `${option}${value.replace(/^[=:]/, ' ')}`
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
