/** Runs the built program in a process of its own, and asks the system how much memory it took at most. */
import { spawnSync } from 'node:child_process'

const BUNDLE = new URL('../../dist/cli.cjs', import.meta.url).href

export interface Cost {
  readonly code: number
  /** Bytes, Node's own included. */
  readonly peak: number
  readonly err: string
}

export function costOf(...args: readonly string[]): Cost {
  const script = `
    import { main } from ${JSON.stringify(BUNDLE)}
    const code = await main(${JSON.stringify(args)})
    process.stdout.write('\\n' + JSON.stringify({ code, peak: 1024 * process.resourceUsage().maxRSS }))`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  return { ...JSON.parse(stdout.split('\n').at(-1)!), err: stderr }
}
