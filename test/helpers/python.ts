/** A Python without any packages: for tests that run what we wrote in Python. Without it they are skipped, and say so. */
import { execFileSync } from 'node:child_process'

function find(): string | undefined {
  for (const python of ['python3', '/usr/bin/python3']) {
    try {
      execFileSync(python, ['--version'], { stdio: 'ignore' })
      return python
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

export function runPython(...args: readonly string[]): string {
  return execFileSync(PYTHON!, ['-B', ...args], { encoding: 'utf8', maxBuffer: 2 ** 28 })
}
