/** Mistyped commands and options of other programs, and what was probably meant. */
import { existsSync } from 'node:fs'
import type { CommanderError } from 'commander'
import { nearest } from '../bytes/nearest.ts'
import { UsageError } from '../errors.ts'
import { commandsWith } from './options-elsewhere.ts'

/** Other programs' names for our commands. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  check: 'verify',
  validate: 'verify',
  test: 'verify',
  info: 'inspect',
  show: 'inspect',
  ls: 'inspect',
  list: 'methods',
  compare: 'diff',
  version: '--version',
}

/** Other programs' options. */
const HABITS: Readonly<Record<string, string>> = {
  '-o': 'The output is the second argument: selfsup2mmdet <input> <output>.',
  '--output': 'The output is the second argument: selfsup2mmdet <input> <output>.',
  '--out': 'The output is the second argument: selfsup2mmdet <input> <output>.',
  '--list': 'selfsup2mmdet methods lists the methods.',
  '--input': 'The input is the first argument: selfsup2mmdet <input> <output>.',
  '-f': 'To replace a file that selfsup2mmdet did not write: --overwrite.',
  '--force': 'To replace a file that selfsup2mmdet did not write: --overwrite.',
  '-y': 'To replace a file that selfsup2mmdet did not write: --overwrite.',
  '--method': 'Did you mean --selfsup?',
  '-m': 'Did you mean --selfsup?',
  '-s': 'Did you mean --selfsup?',
  '-n': 'Did you mean --dry-run?',
}

/** What is wrong, possibly with line breaks from the input; and what was meant, on its own line. */
const PARTS = /^(?:error: )?(.*?)(?:\n\((Did you mean [^\n]*)\))?$/s

/** The parser's error in the usual form: what is wrong, then what to do. */
export function usageError(error: CommanderError, command: string | undefined): UsageError {
  const [, problem = '', suggestion] = PARTS.exec(error.message) ?? []
  const help = `See selfsup2mmdet ${command === undefined ? '' : `${command} `}--help.`
  const meant = habit(problem) ?? elsewhere(problem) ?? suggestion ?? missing(problem)
  return new UsageError(
    plainly(problem)
      .replace(/^[a-z]/, letter => letter.toUpperCase())
      .replace(/\.?$/, '.'),
    meant === undefined ? help : `${meant} ${help}`,
  )
}

/** Such as `option '--against <source>' argument missing`. */
function plainly(problem: string): string {
  return problem
    .replace(/^option '(?:-\w, )?(--[\w-]+) (<.+>)' argument missing$/, '$1 requires a value: $2')
    .replace(/^missing required argument '(.+)'$/, "the argument '$1' is missing")
}

/** An option of another command. */
function elsewhere(problem: string): string | undefined {
  const option = optionOf(problem)
  const commands = option === undefined ? [] : commandsWith(option)
  if (commands.length === 0) return undefined
  const [last, ...others] = [...commands].reverse()
  const all = others.length === 0 ? last : `${others.reverse().join(', ')} and ${last}`
  return `It is an option of ${all}.`
}

/** What to give for an argument, if help alone is not clear enough. */
function missing(problem: string): string | undefined {
  return problem === "missing required argument 'method'"
    ? 'Give a method, or backbone to have it read from the checkpoint.'
    : undefined
}

function optionOf(problem: string): string | undefined {
  return /^unknown option '([^'=]+)/.exec(problem)?.[1]
}

function habit(problem: string): string | undefined {
  const option = optionOf(problem)
  return option === undefined || !Object.hasOwn(HABITS, option) ? undefined : HABITS[option]
}

/** A word that looks like a command but is not one; undefined if the first word is something else. */
export function mistakenCommand(
  args: readonly string[],
  commands: readonly string[],
): UsageError | undefined {
  const isHelp = args[0] === 'help'
  const word = isHelp ? args[1] : args[0]
  if (word === undefined || !/^[a-z]+$/i.test(word) || commands.includes(word)) return undefined
  if (!isHelp && existsSync(word)) return undefined
  const meant = Object.hasOwn(OTHER_NAMES, word.toLowerCase())
    ? OTHER_NAMES[word.toLowerCase()]
    : nearest(word.toLowerCase(), commands)
  if (meant === undefined && !isHelp) return undefined
  return new UsageError(
    `There is no command${isHelp ? '' : ' and no file'} '${word}'.`,
    meant === undefined
      ? `The commands are: ${commands.join(', ')}.`
      : `Did you mean: selfsup2mmdet ${[...(isHelp ? ['help'] : []), meant, ...rest(args, meant)].join(' ')}`,
  )
}

/** The rest of the line, so that all of it can be pasted; only if it is harmless to show. */
function rest(args: readonly string[], meant: string): readonly string[] {
  const others = args[0] === 'help' || meant.startsWith('-') ? [] : args.slice(1)
  return others.every(word => /^[\w@%+=:,./-]+$/.test(word) && !word.includes('://')) ? others : ['…']
}
