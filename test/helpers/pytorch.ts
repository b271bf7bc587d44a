/**
 * Real PyTorch, if installed. Otherwise, tests that need it are skipped with a message; with REQUIRE_PYTORCH=1 (set by
 * .ci/run), they fail. HIDE_PYTORCH=1 ignores an installed one.
 */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { describe, test } from 'vitest'

export interface PyTorch {
  readonly python: string
  readonly version: string
  /** Runs a script and returns its output. */
  run(...args: readonly string[]): string
  /** Starts a script that answers each line with a line, so that PyTorch is imported only once. */
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
  /** A current one, in the virtual environment of .ci/install-pytorch. */
  current: ['.venv/bin/python'],
} as const

/** Reads the version from the installation: importing it would take seconds in each test file. */
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

/** Every installed PyTorch, the oldest first. */
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

/** @param pytorch and its version, as `$version` in names */
type Suite = (each: PyTorch & { readonly pytorch: PyTorch }) => void

interface Needed {
  /** What the test compares with, if not only PyTorch. */
  readonly name?: string
  /** Which versions are suitable. */
  readonly only?: (pytorch: PyTorch) => boolean
  /** What is missing if there is none. */
  readonly missing?: string
}

/** A suite for each installed PyTorch. If there is none, a skipped one with the reason, because a file without suites fails. */
export function describePyTorch(suite: Suite, { name, only = () => true, missing }: Needed = {}): void {
  const judges = PYTORCHES.filter(only)
  const title = name ?? 'PyTorch $version'
  describe.each(judges.map(pytorch => ({ ...pytorch, pytorch })))(title, suite)
  if (judges.length > 0) return
  describe.skip(title.replace(/ \$version$/, ''), () => {
    test(`needs ${missing ?? 'PyTorch'}: install it with .ci/install-pytorch`, () => {})
  })
}
