/** A progress bar on stderr for everything that takes more than half a second, only in a terminal. */

import { size } from '../explain/print.ts'
import { duration } from './duration.ts'
import { type Io, painter } from './io.ts'

const SHOW_AFTER_MS = 500
const REDRAW_EVERY_MS = 100
const WIDTH = 30

export interface Progress {
  add(bytes: number): void
  /** @param total undefined if unknown: then there is no bar */
  update(done: number, total: number | undefined): void
  /** Removes the bar. */
  end(): void
}

export function progressBar(io: Io, total?: number): Progress {
  const start = Date.now()
  let done = 0
  let drawn = 0
  return {
    add(bytes) {
      this.update(done + bytes, total)
    },
    update(bytes, of) {
      done = bytes
      const now = Date.now()
      if (now - start < SHOW_AFTER_MS || now - drawn < REDRAW_EVERY_MS || isSilent(io)) return
      drawn = now
      io.err(`\r${line(io, done, of, now - start)}\x1b[K`)
    },
    end() {
      if (drawn > 0) io.err('\r\x1b[K')
    },
  }
}

/** As much of it as fits the terminal. */
function line(io: Io, done: number, total: number | undefined, ms: number): string {
  const speed = `${size(Math.round((done / ms) * 1000))}/s`
  if (total === undefined) return `${size(done)}, ${speed}`
  const left = done > 0 ? `, ${duration(((total - done) / done) * ms)} left` : ''
  const percent = `${Math.floor((100 * done) / Math.max(total, 1))} %`.padStart(5)
  const words = `${percent}, ${size(done)} of ${size(total)}, ${speed}${left}`
  return WIDTH + words.length < (io.errColumns ?? 80) ? `${bar(io, done, total)}${words}` : words.trimStart()
}

function bar(io: Io, done: number, total: number): string {
  const paint = painter(io, io.errIsTerminal)
  const filled = Math.min(WIDTH, Math.floor((WIDTH * done) / Math.max(total, 1)))
  return `${paint('green', '█'.repeat(filled))}${paint('dim', '░'.repeat(WIDTH - filled))}`
}

function isSilent(io: Io): boolean {
  return !io.errIsTerminal || io.env.CI !== undefined || io.env.TERM === 'dumb'
}
