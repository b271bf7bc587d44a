/** A real terminal of a given size, if tmux is installed. Otherwise, tests that need one are skipped with a message. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as later } from 'node:timers/promises'

export const HAS_TMUX = spawnSync('tmux', ['-V']).status === 0

if (!HAS_TMUX) {
  if (process.env.REQUIRE_TMUX === '1') throw new Error('tmux is not installed')
  console.warn('SKIPPED: tmux is not installed; tests in a real terminal are left out.')
}

export interface Terminal {
  /** Types a line, without waiting. */
  type(line: string): void
  /** Presses a key, given by tmux's name. */
  press(key: string): void
  /** Waits for the exit code of the last command typed with `run`. */
  code(): Promise<number>
  /** Types a command (without double quotes) and stores its exit code. */
  run(command: string): void
  /** The current screen, with the escape sequences for colours. */
  screen(): string
  /** Everything that was written to it so far. */
  written(): string
  close(): void
}

/** @param folder where commands run, not used by others */
export function openTerminal(folder: string, columns: number): Terminal {
  const server = `selfsup2mmdet-${process.pid}-${columns}`
  const tmux = (...args: string[]): string =>
    execFileSync('tmux', ['-L', server, ...args], { encoding: 'utf8', cwd: folder })
  const [raw, code] = [join(folder, 'raw'), join(folder, 'code')]
  const shell = 'env -u CI -u NO_COLOR PS1=ready- sh'
  tmux('-f', '/dev/null', 'new-session', '-d', '-x', String(columns), '-y', '40', shell)
  tmux('pipe-pane', '-o', `cat > ${raw}`)
  const terminal: Terminal = {
    type: line => void tmux('send-keys', line, 'Enter'),
    press: key => void tmux('send-keys', key),
    run(command) {
      rmSync(code, { force: true })
      // A separate shell, which survives Ctrl-C.
      terminal.type(`clear; sh -c "trap : INT; ${command}; echo \\$? > code.part; mv code.part code"`)
    },
    code: async () => Number(await until(() => existsSync(code) && readFileSync(code, 'utf8'))),
    screen: () => tmux('capture-pane', '-p', '-e').trimEnd(),
    written: () => (existsSync(raw) ? readFileSync(raw, 'utf8') : ''),
    close: () => void tmux('kill-server'),
  }
  return terminal
}

/** Calls `look` repeatedly until it returns something. */
export async function until<T>(look: () => T | false | undefined): Promise<T> {
  for (;;) {
    const found = look()
    if (found) return found
    await later(30)
  }
}
