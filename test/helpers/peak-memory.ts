/** Runs the built program in a separate process, and asks the system for its peak memory. */
import { spawnSync } from 'node:child_process'

const BUNDLE = new URL('../../dist/cli.cjs', import.meta.url).href

export interface Cost {
  readonly code: number
  /** In bytes, including Node's own. */
  readonly peak: number
  readonly seconds: number
  readonly err: string
}

/**
 * `maxRSS` includes the parent's memory at the fork, which is more than the program uses. If there is a /proc, VmHWM only
 * counts the program.
 */
const PEAK = `
  const status = '/proc/self/status'
  const peak = () => existsSync(status)
    ? 1024 * Number(/^VmHWM:\\s*(\\d+) kB$/m.exec(readFileSync(status, 'utf8'))[1])
    : 1024 * process.resourceUsage().maxRSS`

export function costOf(...args: readonly string[]): Cost {
  const script = `
    import { existsSync, readFileSync } from 'node:fs'
    import { main } from ${JSON.stringify(BUNDLE)}
    ${PEAK}
    const begun = performance.now()
    const code = await main(${JSON.stringify(args)})
    const seconds = (performance.now() - begun) / 1000
    process.stdout.write('\\n' + JSON.stringify({ code, seconds, peak: peak() }))`
  const { stdout, stderr, signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  const last = stdout.split('\n').at(-1)!
  // Out of memory, Node aborts.
  if (!last.startsWith('{')) throw new Error(`ended by ${signal}: ${stderr.slice(0, 2000)}`)
  return { ...JSON.parse(last), err: stderr }
}
