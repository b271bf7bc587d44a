/** Errors by who must act. The kind fixes the exit code; the text says where, what was expected and found, what to do. */

/** One sentence; or several lines, of which those that begin with two blanks are to be pasted. */
export type Advice = string | readonly string[]

/** What people see: one line of problem, then advice. */
export abstract class ToolError extends Error {
  abstract readonly exitCode: number
  /** What to do next, as a rule one line; '' when the problem says it all. */
  readonly advice: string

  constructor(problem: string, advice: Advice = '', options?: ErrorOptions) {
    super(problem, options)
    this.advice = [advice].flat().map(onOneLine).join('\n')
  }
}

/** A name from a file may hold line breaks: no line of ours begins where it likes. */
function onOneLine(text: string): string {
  return text.replaceAll('\n', '\\u000a')
}

/** Names, shapes or dtypes do not fit the method or the architecture. `details` is the report, plain data. */
export class MismatchError extends ToolError {
  override readonly name = 'MismatchError'
  readonly exitCode = 1
  readonly details: unknown

  constructor(problem: string, advice: Advice, details: unknown) {
    super(problem, advice)
    this.details = details
  }
}

/** The user typed something that makes no sense. */
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
  /** The bytes around the place, ready to print, where they are at hand. */
  readonly excerpt: string

  constructor(place: Place, problem: string, advice: Advice = '', excerpt = '') {
    super(`${describePlace(place)}: ${problem}`, advice)
    this.place = place
    this.excerpt = excerpt
  }
}

/** The file is fine, this program cannot do it (yet). */
export class UnsupportedError extends ToolError {
  override readonly name = 'UnsupportedError'
  readonly exitCode = 4
}

/** The machine said no: no space, no permission, a broken disk. `code` is the system's own (ENOSPC, EACCES, …). */
export class SystemError extends ToolError {
  override readonly name = 'SystemError'
  readonly exitCode = 5
  readonly code: string

  constructor(problem: string, code: string, advice = '', options?: ErrorOptions) {
    super(problem, advice, options)
    this.code = code
  }
}

function describePlace(place: Place): string {
  if (place.offset === undefined) return place.source
  return `${place.source}: byte ${place.offset} (0x${place.offset.toString(16)})`
}
