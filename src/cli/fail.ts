/** Errors as text or JSON, and their exit codes. */

import type { Report } from '../convert/verify.ts'
import { VERSION } from '../convert/version.ts'
import { FormatError, MismatchError, ToolError } from '../errors.ts'
import { adviceToType } from '../explain/command-line.ts'
import { fold, indented } from '../explain/fold.ts'
import { json as asText, printable, reportLines } from '../explain/print.ts'
import { type Io, painter } from './io.ts'

/** A bug in this program, by sysexits.h EX_SOFTWARE. */
const INTERNAL = 70

/**
 * Prints an error and returns the exit code.
 * @param input its name if there are several: then JSON is on one line
 */
export function fail(error: unknown, io: Io, json: boolean, input?: string): number {
  if (json) {
    const result = asJson(error)
    const text = input === undefined ? asText(result) : asText({ ...result, input: { path: input } }, 0)
    io.out(`${text}\n`)
  }
  const paint = painter(io, io.errIsTerminal)
  if (!(error instanceof ToolError)) {
    io.err(`${paint('red', 'Internal error')} in selfsup2mmdet ${VERSION}: this is a bug in the program.\n`)
    io.err(`${lines(error instanceof Error ? `${error.stack}` : String(error), {})}\n`)
    io.err('Please report it with this text and the output of the same command with --dry-run --json.\n')
    return INTERNAL
  }
  const told = fold(printable(`${error.name}: ${error.message}`), io.errColumns)
  io.err(`${paint('red', error.name)}${told.slice(error.name.length)}\n`)
  if (error instanceof MismatchError && isReport(error.details))
    io.err(`${indented(reportLines(error.details), 2, io.errColumns).join('\n')}\n`)
  if (error instanceof FormatError && error.excerpt && io.errIsTerminal) io.err(`${error.excerpt}\n`)
  if (error.steps.length > 0) io.err(`${lines(adviceToType(error), io)}\n`)
  return error.exitCode
}

/**
 * Messages contain names from files, which must not control the terminal. A line that begins with two blanks is a command to
 * paste, and is not folded.
 */
function lines(text: string, { errColumns }: Pick<Io, 'errColumns'>): string {
  return text
    .split('\n')
    .map(line => (line.startsWith('  ') ? printable(line) : fold(printable(line), errColumns)))
    .join('\n')
}

function isReport(details: unknown): details is Report {
  return typeof details === 'object' && details !== null && 'misshapen' in details
}

function asJson(error: unknown): object {
  if (!(error instanceof ToolError)) {
    const message = error instanceof Error ? error.message : String(error)
    return { schema: 'selfsup2mmdet/error/1', error: { kind: 'InternalError', message, exitCode: INTERNAL } }
  }
  const { name: kind, message, exitCode } = error
  const advice = adviceToType(error)
  const details = error instanceof MismatchError ? { details: error.details } : {}
  return { schema: 'selfsup2mmdet/error/1', error: { kind, message, advice, exitCode, ...details } }
}
