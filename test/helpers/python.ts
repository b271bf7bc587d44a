/** A Python without packages, for tests that run our Python code. Without it, they are skipped with a message. */
import { execFileSync } from 'node:child_process'

function find(): string | undefined {
  for (const python of ['python3', '/usr/bin/python3']) {
    try {
      // The program itself: the name may be a script that searches for one, which takes longer than starting it.
      return execFileSync(python, ['-c', 'import sys; print(sys.executable)'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim()
    } catch {
      // Not this one.
    }
  }
  return undefined
}

export const PYTHON = find()

if (!PYTHON) {
  if (process.env.REQUIRE_PYTORCH === '1') throw new Error('no python3 is installed')
  console.warn('SKIPPED: no python3 is installed; tests that run configs are left out.')
}

/** Without site packages, which take half of its start. */
export function runPython(...args: readonly string[]): string {
  return execFileSync(PYTHON!, ['-B', '-S', '-E', ...args], { encoding: 'utf8', maxBuffer: 2 ** 28 })
}
