/** The options for reading a checkpoint with a known method or custom rules, shared by several commands. */
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { methodByHand, parseRules, withRules } from '../convert/custom-rules.ts'
import { findMethod, SELFSUP } from '../convert/recognise.ts'
import { UsageError } from '../errors.ts'
import { METHODS } from '../methods/index.ts'
import type { Method } from '../methods/method.ts'
import type { Rule } from '../rename/rules.ts'
import { TARGETS } from '../targets/index.ts'
import { choiceOption, LOADERS } from './choice.ts'

export interface MethodOptions {
  readonly selfsup: string
  readonly network?: string
  readonly section?: string
  readonly rules?: string
  readonly target?: string
}

/**
 * Adds the options to a command.
 * @returns a function from the given options to the method made from custom rules; undefined if there are none
 */
export function addMethodOptions(command: Command): (options: MethodOptions) => Method | undefined {
  // Both kinds of custom rules are collected in one list, because their order on the command line matters.
  const byHand: Rule[] = []
  command
    .option('--selfsup <method>', 'method that the checkpoint was trained with', 'auto')
    .option('--network <name>', 'network to keep, if the checkpoint has several')
    .option(
      '--section <path>',
      "section that contains the network, if not the usual one; '' is the top level",
    )
    .addOption(
      choiceOption('--target <name>', 'loader that the file is for; both writes one file for the two', {
        what: 'target',
        names: TARGETS.map(({ name }) => name),
        aliases: LOADERS,
      }),
    )
    .optionsGroup('Custom rules (tried before those of --selfsup):')
    .option('--keep <pattern=name>', "keep what matches, 'encoder.*=*' (repeatable)", value => {
      byHand.push(parseKeep(value))
    })
    .option('--drop <pattern>', "drop what matches, 'head.*' (repeatable)", value => {
      byHand.push({ drop: value, because: 'dropped by a custom rule' })
    })
    .option('--rules <file>', 'JSON file with rules (see methods --json)')
    .optionsGroup('Options:')
  return options => givenMethod(options, byHand)
}

/** `encoder.*=*` → keep `encoder.*` as `*`. */
function parseKeep(text: string): Rule {
  const at = text.lastIndexOf('=')
  if (at < 0)
    throw new UsageError(`--keep ${text}: expected pattern=name.`, "For example --keep 'encoder.*=*'.")
  return { keep: text.slice(0, at), as: text.slice(at + 1) }
}

/** @returns undefined if there are no custom rules */
function givenMethod(options: MethodOptions, byHand: readonly Rule[]): Method | undefined {
  const file = options.rules === undefined ? undefined : parseRules(readRules(options.rules), options.rules)
  if (!file && byHand.length === 0) return undefined
  if (options.selfsup !== 'auto') return extended(options.selfsup, options.rules, byHand)
  const sections = options.section === undefined ? file?.sections : [options.section]
  return methodByHand({ ...file, sections, rules: [...byHand, ...(file?.rules ?? [])] })
}

/**
 * A known method with additional rules, which are applied first.
 * @throws UsageError when a file of rules is given too, because that is a complete method
 */
function extended(selfsup: string, file: string | undefined, byHand: readonly Rule[]): Method {
  if (file !== undefined)
    throw new UsageError(
      '--rules and --selfsup cannot be combined.',
      'Use only one of them. --keep and --drop add rules to a method.',
    )
  return withRules(findMethod(METHODS, selfsup, SELFSUP), byHand)
}

function readRules(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new UsageError(
      code === 'ENOENT' ? `There is no file ${path} (--rules).` : `Cannot read the rules: ${message}.`,
      'Check the path.',
    )
  }
}
