/** A real browser, if installed. Otherwise, tests that need one are skipped with a message. */
import { execFileSync } from 'node:child_process'
import { pathToFileURL } from 'node:url'

function find(): string | undefined {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    try {
      execFileSync(name, ['--version'], { stdio: 'ignore' })
      return name
    } catch {
      // Not this one.
    }
  }
  return undefined
}

export const CHROMIUM = find()

if (!CHROMIUM) {
  if (process.env.REQUIRE_BROWSER === '1') throw new Error('no Chromium is installed')
  console.warn('SKIPPED: no Chromium is installed; tests in a real browser are left out.')
}

export const HEADLESS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--hide-scrollbars',
]

/** Opens a page, runs its scripts, and returns the resulting document and the console's messages. */
export function openPage(path: string, ...flags: readonly string[]): { html: string; console: string } {
  const html = execFileSync(
    CHROMIUM!,
    [...HEADLESS, '--virtual-time-budget=5000', ...flags, '--dump-dom', pathToFileURL(path).href],
    { encoding: 'utf8', maxBuffer: 2 ** 26, stdio: ['ignore', 'pipe', 'ignore'] },
  )
  return { html, console: /<pre id="console">(\{[\s\S]*?)<\/pre>/.exec(html)?.[1] ?? '' }
}
