/** Runs the built program in a process of its own, and asks the system how much memory it took at most. */
import { spawnSync } from 'node:child_process'

const BUNDLE = new URL('../../dist/cli.cjs', import.meta.url).href

export interface Cost {
  readonly code: number
  /** Bytes, Node's own included. */
  readonly peak: number
  readonly seconds: number
  readonly err: string
}

/**
 * What `maxRSS` says begins with what the parent had when it forked, which is more than the program takes. Where there is a
 * /proc, VmHWM is that of the program alone.
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
  // Out of memory, Node ends itself.
  if (!last.startsWith('{')) throw new Error(`ended by ${signal}: ${stderr.slice(0, 2000)}`)
  return { ...JSON.parse(last), err: stderr }
}
