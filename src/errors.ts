/**
 * Error classes, by who has to act. The class determines the exit code; the message says where, what was expected and found,
 * and what to do.
 */

/** One step, or several, each on its own line. */
export type Advice = string | readonly AdviceStep[]

/** A step: text, or data from which the command line, the library and the page make their own text. */
export type AdviceStep = string | UseOptions | LeaveOut | StateOption | RunCommand

/** Options by the library's names for them, and what to set them to. */
export type Settings = Readonly<Record<string, string | number | true>>

/** `Use --selfsup swav or --selfsup moco.` */
export interface UseOptions {
  /** The words before it; by default `Use`. */
  readonly say?: string
  /** One of these. */
  readonly use: readonly Settings[]
  /** An option to omit instead. */
  readonly orLeaveOut?: string
}

/** `Omit --network.` */
export interface LeaveOut {
  readonly say?: string
  readonly leaveOut: string
}

/** An option whose value only the user knows. */
export interface StateOption {
  readonly say: string
  readonly state: string
}

/** A complete command line, ready to paste. */
export interface RunCommand {
  readonly run: string
}

/** How options are written: by the command line, the library or the page. */
export interface Words {
  settings(settings: Settings): string
  option(name: string): string
  command(line: string): string
}

/** The words of the library: the options of its functions. */
export const LIBRARY: Words = {
  settings(settings) {
    const spelt = Object.entries(settings).map(([name, value]) => `${name}: ${quoted(value)}`)
    return `{ ${spelt.join(', ')} }`
  },
  option: name => name,
  command: line => `  ${line}`,
}

function quoted(value: string | number | true): string {
  return typeof value === 'string' ? `'${value}'` : String(value)
}

/** Steps as text, one line each; lines that begin with two spaces are commands to paste. */
export function inWords(steps: readonly AdviceStep[], words: Words): string {
  return steps.map(step => onOneLine(stepInWords(step, words))).join('\n')
}

/** One step as text. */
export function stepInWords(step: AdviceStep, words: Words): string {
  if (typeof step === 'string') return step
  if ('run' in step) return words.command(step.run)
  if ('state' in step) return `${step.say} ${words.option(step.state)}.`
  if ('leaveOut' in step)
    return `${step.say === undefined ? 'Omit' : `${step.say} omit`} ${words.option(step.leaveOut)}.`
  const { say = 'Use', use, orLeaveOut } = step
  const otherwise = orLeaveOut === undefined ? '' : `, or omit ${words.option(orLeaveOut)}`
  return `${say} ${use.map(words.settings).join(' or ')}${otherwise}.`
}

/** The base class of all errors with a message for users: one line with the problem, then advice. */
export abstract class ToolError extends Error {
  abstract readonly exitCode: number
  /** What to do next, usually one line, with the options of the library; '' if the problem is enough. */
  readonly advice: string
  /** The same as data. */
  readonly steps: readonly AdviceStep[]

  constructor(problem: string, advice: Advice = '', options?: ErrorOptions) {
    super(problem, options)
    this.steps = advice === '' ? [] : [advice].flat()
    this.advice = inWords(this.steps, LIBRARY)
  }
}

/** Names from a file may contain line breaks, which must not start a new line. */
function onOneLine(text: string): string {
  return text.replaceAll('\n', '\\u000a')
}

/** Names, shapes or dtypes do not match the method or the architecture. `details` is the report, plain data. */
export class MismatchError extends ToolError {
  override readonly name = 'MismatchError'
  readonly exitCode = 1
  readonly details: unknown

  constructor(problem: string, advice: Advice, details: unknown) {
    super(problem, advice)
    this.details = details
  }
}

/** An argument or option is invalid. */
export class UsageError extends ToolError {
  override readonly name = 'UsageError'
  readonly exitCode = 2
}

/** A place in a file: which file or part of it, and the byte, counted from the start of that part. */
export interface Place {
  readonly source: string
  readonly offset?: number
}

/** The file is damaged, hostile, or not what it seems. */
export class FormatError extends ToolError {
  override readonly name = 'FormatError'
  readonly exitCode = 3
  readonly place: Place
  /** The bytes around the place, ready to print, if available. */
  readonly excerpt: string

  constructor(place: Place, problem: string, advice: Advice = '', excerpt = '') {
    super(`${describePlace(place)}: ${problem}`, advice)
    this.place = place
    this.excerpt = excerpt
  }
}

/** Advice for a part of a file that no program writes like this. */
export function damagedAdvice(part: 'file' | 'archive' | 'pickle' | 'checkpoint' | 'data'): string {
  return `The ${part} is damaged or was tampered with: download the file again.`
}

/** The file is valid, but not supported. */
export class UnsupportedError extends ToolError {
  override readonly name = 'UnsupportedError'
  readonly exitCode = 4
}

/** The system reported an error: no space, no permission, a broken disk. `code` is the system's (ENOSPC, EACCES, …). */
export class SystemError extends ToolError {
  override readonly name = 'SystemError'
  readonly exitCode = 5
  readonly code: string

  constructor(problem: string, code: string, advice: Advice = '', options?: ErrorOptions) {
    super(problem, advice, options)
    this.code = code
  }
}

function describePlace(place: Place): string {
  if (place.offset === undefined) return place.source
  return `${place.source}: byte ${place.offset} (0x${place.offset.toString(16)})`
}
