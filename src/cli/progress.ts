/** One bar on stderr, for what takes longer than half a second; only where a person is watching. */
import { type Io, painter } from './io.ts'
import { size } from './print.ts'

const SHOW_AFTER_MS = 500
const REDRAW_EVERY_MS = 100
const WIDTH = 30

export interface Progress {
  add(bytes: number): void
  /** Wipes the bar away. */
  end(): void
}

export function progressBar(io: Io, total: number): Progress {
  const start = Date.now()
  let done = 0
  let drawn = 0
  return {
    add(bytes) {
      done += bytes
      const now = Date.now()
      if (now - start < SHOW_AFTER_MS || now - drawn < REDRAW_EVERY_MS || isSilent(io)) return
      drawn = now
      const paint = painter(io, io.errIsTerminal)
      const filled = Math.floor((WIDTH * done) / Math.max(total, 1))
      const bar = paint('green', '█'.repeat(filled)) + paint('dim', '░'.repeat(WIDTH - filled))
      io.err(`\r${bar} ${size(done)} of ${size(total)}\x1b[K`)
    },
    end() {
      if (drawn > 0) io.err('\r\x1b[K')
    },
  }
}

function isSilent(io: Io): boolean {
  return !io.errIsTerminal || io.env.CI !== undefined || io.env.TERM === 'dumb'
}
