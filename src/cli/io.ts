/** What a command may know of the outside: two streams, and whether a person is watching. Tests pass their own. */

export interface Io {
  /** Data: what the user asked for. */
  out(text: string): void
  /** Talk: warnings, progress, errors. */
  err(text: string): void
  readonly outIsTerminal: boolean
  readonly errIsTerminal: boolean
  /** How wide the terminal is; left out where there is none. */
  readonly outColumns?: number | undefined
  readonly errColumns?: number | undefined
  readonly env: Readonly<Record<string, string | undefined>>
}

export function processIo(): Io {
  return {
    out: text => print(process.stdout, text),
    err: text => print(process.stderr, text),
    // Asked for when something is printed: Node makes a stream of each only then.
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

/** Where the reader has gone, as in `| head`, there is nobody left to tell; the work goes on. */
function print(stream: NodeJS.WriteStream, text: string): void {
  if (stream.listenerCount('error', ignoreClosedPipe) === 0) stream.on('error', ignoreClosedPipe)
  stream.write(text)
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}

type Colour = 'red' | 'green' | 'yellow' | 'bold' | 'dim'

const CODES: Readonly<Record<Colour, readonly [number, number]>> = {
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  bold: [1, 22],
  dim: [2, 22],
}

/** Colours text for one of the streams; leaves it as it is in a pipe, with NO_COLOR, and on a dumb terminal. */
export function painter(io: Io, isTerminal: boolean): (colour: Colour, text: string) => string {
  const on = isTerminal && !io.env.NO_COLOR && io.env.TERM !== 'dumb'
  return (colour, text) => (on ? `\x1b[${CODES[colour][0]}m${text}\x1b[${CODES[colour][1]}m` : text)
}
