/** Mistyped commands and options of other programs, and what was probably meant. */
import { existsSync } from 'node:fs'
import type { CommanderError } from 'commander'
import { squashed } from '../bytes/find-by-name.ts'
import { nearest } from '../bytes/nearest.ts'
import { UsageError } from '../errors.ts'
import { habit } from './habits.ts'
import { commandsWith, optionsOf } from './options-elsewhere.ts'

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
  cfg: 'config',
  conf: 'config',
  generate: 'config',
  transform: 'convert',
  export: 'convert',
}

/** What is wrong, possibly with line breaks from the input; and what was meant, on its own line. */
const PARTS = /^(?:error: )?(.*?)(?:\n\((Did you mean [^\n]*)\))?$/s

/** The parser's error in the usual form: what is wrong, then what to do. */
export function usageError(error: CommanderError, command: string | undefined): UsageError {
  const [, problem = '', suggestion] = PARTS.exec(error.message) ?? []
  const help = `See selfsup2mmdet ${command === undefined ? '' : `${command} `}--help.`
  const option = optionOf(problem)
  const meant =
    option === undefined ? (suggestion ?? missing(problem)) : meantOption(option, command, suggestion)
  if (option !== undefined && optionsOf(command ?? 'convert').includes(option))
    return new UsageError(`${option} does not take a value.`, `Use ${option} alone.`)
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
    .replace(
      /^too many arguments(?: for '\w+')?\. Expected (\d+) arguments? but got (\d+)\.?$/i,
      'too many arguments: expected $1, found $2',
    )
    .replace(/^option '(?:-\w, )?(--[\w-]+) (<.+>)' argument missing$/, '$1 requires a value: $2')
    .replace(/^missing required argument '(.+)'$/, "the argument '$1' is missing")
}

/**
 * What was probably meant by an option.
 * @param suggestion the parser's: the closest by letters, which is the last resort, since `--half` is not `--help`
 */
function meantOption(
  option: string,
  command: string | undefined,
  suggestion: string | undefined,
): string | undefined {
  const own = optionsOf(command ?? 'convert')
  return habit(option, command ?? 'convert') ?? abbreviated(option, own) ?? elsewhere(option) ?? suggestion
}

/** `--dry`, `--architecture`, `-selfsup`: the beginning of a single option, or longer, or with a single dash. */
function abbreviated(option: string, own: readonly string[]): string | undefined {
  const typed = squashed(option)
  if (typed.length < 3) return undefined
  const [meant, ...others] = own.filter(name => {
    const known = squashed(name)
    return known.startsWith(typed) || (typed.startsWith(known) && known.length > 3)
  })
  return meant === undefined || others.length > 0 ? undefined : `Did you mean ${meant}?`
}

/** An option of another command. */
function elsewhere(option: string): string | undefined {
  const commands = commandsWith(option)
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

/** The unknown option, without its value. */
function optionOf(problem: string): string | undefined {
  return /^unknown option '([^'=]+)/.exec(problem)?.[1]
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
    : nearest(word.toLowerCase(), [...commands, 'help'])
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
