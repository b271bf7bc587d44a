/** Every test runs: each file is in one tier, every pattern matches a file, and fast files need nothing built. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { EVERY, INTEROP, SLOW } from './tiers.ts'

const files = readdirSync('test', { recursive: true, encoding: 'utf8' }).map(file => join('test', file))

/** The files of a pattern: `**` means any folders, `*` anything in a name. */
function matching(pattern: string): string[] {
  const parts = { '**/': '(?:.+/)?', '*': '[^/]*', '.': '\\.' }
  const expression = pattern.replace(/\*\*\/|\*|\./g, part => parts[part as keyof typeof parts])
  return files.filter(file => new RegExp(`^${expression}$`).test(file))
}

const found = (patterns: readonly string[]): string[] => patterns.flatMap(matching).sort()
const slow = found(Object.keys(SLOW))
const interop = found(INTEROP)
const fast = found(EVERY).filter(file => !slow.includes(file) && !interop.includes(file))

/** Signs of other processes and dist/. */
const NEEDS_A_BUILD = [/\b(runBinary|startBinary|costOf|openTerminal)\(/, /\bdist\/\w/, /'bin\/selfsup2mmdet/]
const NEEDS_A_BROWSER = [/\bCHROMIUM\b/]
/** CI hides PyTorch from the fast tests. */
const NEEDS_PYTORCH = [/\b(PYTORCHES|describePyTorch)\b/]

test('every file is in one tier', () => {
  expect(fast.length).toBeGreaterThan(80)
  const all = [...fast, ...slow, ...interop]
  expect(all.sort()).toEqual(found(EVERY))
  expect(new Set(all).size).toBe(all.length)
})

test.each([...Object.keys(SLOW), ...INTEROP])('%s names an existing file', pattern => {
  expect(matching(pattern)).not.toEqual([])
})

test.each(fast.filter(file => file !== 'test/tiers.test.ts'))(
  '%s needs neither dist/ nor a browser nor PyTorch',
  file => {
    const text = readFileSync(file, 'utf8')
    const needed = [...NEEDS_A_BUILD, ...NEEDS_A_BROWSER, ...NEEDS_PYTORCH].filter(pattern =>
      pattern.test(text),
    )
    expect(needed, 'list it in test/tiers.ts, or call a function in place of the program').toEqual([])
  },
)

test('the commands and the workflow run all tiers', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'))
  expect(scripts).toMatchObject({
    test: 'vitest run --project fast',
    'test:slow': 'vitest run --project slow',
    'test:interop': 'vitest run --project interop',
    'test:all': 'vitest run',
  })
  const ci = readFileSync('.ci/run', 'utf8')
  // The README's command runs the fast ones.
  expect(ci).toMatch(/\nHIDE_PYTORCH=1 bash -c "npm ci && npm test -- /)
  expect(ci).toMatch(/\nnpm run test:all -- --project slow --project interop /)
})
