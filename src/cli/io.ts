/** A command's environment: two streams, and whether they are terminals. Tests pass their own. */
import { writeSync } from 'node:fs'
import { SystemError } from '../errors.ts'
import { writeFully } from '../node/write-fully.ts'

export interface Io {
  /** Data: the requested output. */
  out(text: string): void
  /** Messages: warnings, progress, errors. */
  err(text: string): void
  readonly outIsTerminal: boolean
  readonly errIsTerminal: boolean
  /** The width of the terminal; undefined if there is none. */
  readonly outColumns?: number | undefined
  readonly errColumns?: number | undefined
  readonly env: Readonly<Record<string, string | undefined>>
}

export function processIo(): Io {
  return {
    out: printer(() => process.stdout, 'standard output'),
    err: printer(() => process.stderr, 'standard error'),
    // On demand: Node only then creates a stream for each.
    get outIsTerminal() {
      return process.stdout.isTTY === true
    },
    get errIsTerminal() {
      return process.stderr.isTTY === true
    },
    get outColumns() {
      return process.stdout.columns
    },
    get errColumns() {
      return process.stderr.columns
    },
    env: process.env,
  }
}

/** Streams that were printed to. */
const used = new Set<NodeJS.WriteStream>()

/** Whether everything that was printed has been read: when the process ends, a slow reader of a pipe loses the rest. */
export function isPrinted(): boolean {
  return [...used].every(stream => stream.writableLength === 0)
}

/**
 * If the reader is gone, as in `| head`, that is fine. Any other error while printing is reported once, and determines the
 * exit code. Either way the work continues: a half-written file is useless.
 */
function printer(stream: () => NodeJS.WriteStream, name: string): (text: string) => void {
  let isLost = false
  const lose = (error: NodeJS.ErrnoException): void => {
    if (isLost) return
    isLost = true
    if (error.code !== 'EPIPE') tellOfLoss(error, name)
  }
  let target: NodeJS.WriteStream | undefined
  return text => {
    if (isLost) return
    try {
      target ??= stream().on('error', lose)
      used.add(target)
      if (!writeFully(target, new TextEncoder().encode(text))) target.write(text)
    } catch (error) {
      // Writing to a file is synchronous and throws; a pipe reports errors later.
      lose(error as NodeJS.ErrnoException)
    }
  }
}

function tellOfLoss(cause: NodeJS.ErrnoException, name: string): void {
  const { message, exitCode } = new SystemError(
    `Cannot write to ${name}: ${cause.message}.`,
    cause.code ?? 'EIO',
  )
  process.exitCode = exitCode
  try {
    writeSync(2, `SystemError: ${message}\nThe output is incomplete; everything else was done.\n`)
  } catch {
    // Standard error itself failed: only the exit code can show it.
  }
}

type Colour = 'red' | 'green' | 'yellow' | 'bold' | 'dim'

const CODES: Readonly<Record<Colour, readonly [number, number]>> = {
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  bold: [1, 22],
  dim: [2, 22],
}

/** Colours text for a stream; not in a pipe, with NO_COLOR, or on a dumb terminal. As in Node, FORCE_COLOR takes precedence. */
export function painter(io: Io, isTerminal: boolean): (colour: Colour, text: string) => string {
  const on = forced(io.env.FORCE_COLOR) ?? (isTerminal && !io.env.NO_COLOR && io.env.TERM !== 'dumb')
  return (colour, text) => (on ? `\x1b[${CODES[colour][0]}m${text}\x1b[${CODES[colour][1]}m` : text)
}

function forced(wish: string | undefined): boolean | undefined {
  return wish === undefined || wish === '' ? undefined : wish !== '0' && wish !== 'false'
}
