/** The command line as it is shipped, in a process of its own; and in this process, with its streams caught. */
import { spawnSync } from 'node:child_process'
import { main } from '../../src/cli/main.ts'

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

export function runBinary(
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: object } = {},
): Ran {
  const binary = new URL('../../bin/selfsup2mmdet.js', import.meta.url).pathname
  const ran = spawnSync(process.execPath, [binary, ...args], {
    encoding: 'utf8',
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    maxBuffer: 2 ** 28,
  })
  return { code: ran.status ?? -1, out: ran.stdout, err: ran.stderr }
}

export async function runHere(...args: readonly string[]): Promise<Ran> {
  let out = ''
  let err = ''
  const code = await main(args, {
    out: text => {
      out += text
    },
    err: text => {
      err += text
    },
    outIsTerminal: false,
    errIsTerminal: false,
    env: {},
  })
  return { code, out, err }
}
