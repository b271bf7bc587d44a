/**
 * Real PyTorch, where it is installed. Without it, tests that need it are skipped, and say so; where
 * REQUIRE_PYTORCH=1 is set (as .ci/run does), its absence is a failure. HIDE_PYTORCH=1 makes a machine that has it one
 * that does not.
 */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { describe, test } from 'vitest'

export interface PyTorch {
  readonly python: string
  readonly version: string
  /** Runs a script and returns what it printed. */
  run(...args: readonly string[]): string
  /** Starts a script that answers each line with a line: it imports PyTorch once for all of them. */
  serve(...args: readonly string[]): PythonServer
}

export interface PythonServer {
  /** @throws Error with Python's traceback */
  ask(...args: readonly string[]): Promise<string | null>
  close(): void
}

function serve(python: string, args: readonly string[]): PythonServer {
  const child = spawn(python, ['-B', ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async ask(...question) {
      child.stdin.write(`${JSON.stringify(question)}\n`)
      const { done, value } = await answers.next()
      if (done) throw new Error(`${python} ended before it answered ${question.join(' ')}`)
      const { said, error } = JSON.parse(value)
      if (error !== undefined) throw new Error(error)
      return said
    },
    close: () => void child.kill(),
  }
}

const ENVIRONMENT = {
  /** Debian's python3-torch: 1.13. */
  old: ['/usr/bin/python3'],
  /** A current one, in a virtual environment that .ci/install-pytorch makes. */
  current: ['.venv/bin/python'],
} as const

/** What is installed says which version it is: importing it would take seconds, in each file of tests. */
const VERSION = 'import importlib.metadata; print(importlib.metadata.version("torch"))'

function find(candidates: readonly string[]): PyTorch | undefined {
  if (process.env.HIDE_PYTORCH === '1') return undefined
  for (const python of candidates) {
    if (!existsSync(python)) continue
    const run = (...args: readonly string[]): string =>
      execFileSync(python, ['-B', ...args], {
        encoding: 'utf8',
        maxBuffer: 2 ** 28,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
    try {
      const version = run('-c', VERSION).trim()
      return { python, version, run, serve: (...args) => serve(python, args) }
    } catch {
      // A Python without PyTorch.
    }
  }
  return undefined
}

/** Every PyTorch that is there, the oldest first. */
export const PYTORCHES: readonly PyTorch[] = Object.values(ENVIRONMENT).flatMap(
  candidates => find(candidates) ?? [],
)

const expected = Object.keys(ENVIRONMENT).length
if (PYTORCHES.length < expected) {
  const problem = `${PYTORCHES.length} of ${expected} PyTorch versions are installed`
  if (process.env.REQUIRE_PYTORCH === '1' && PYTORCHES.length === 0) throw new Error(problem)
  console.warn(
    `SKIPPED: ${problem}; tests with the others are left out. Install them with .ci/install-pytorch.`,
  )
}

/** @param pytorch and its version, which a name can show as `$version` */
type Suite = (each: PyTorch & { readonly pytorch: PyTorch }) => void

interface Needed {
  /** What the judge is, where it is not PyTorch alone. */
  readonly name?: string
  /** Which are good enough. */
  readonly only?: (pytorch: PyTorch) => boolean
  /** What is missing where there is none. */
  readonly missing?: string
}

/**
 * A suite for each PyTorch that is there. Where there is none, one that is skipped and says why: a file whose only suites are
 * those of an empty list has none, which fails.
 */
export function describePyTorch(suite: Suite, { name, only = () => true, missing }: Needed = {}): void {
  const judges = PYTORCHES.filter(only)
  const title = name ?? 'PyTorch $version'
  describe.each(judges.map(pytorch => ({ ...pytorch, pytorch })))(title, suite)
  if (judges.length > 0) return
  describe.skip(title.replace(/ \$version$/, ''), () => {
    test(`needs ${missing ?? 'PyTorch'}: install it with .ci/install-pytorch`, () => {})
  })
}
