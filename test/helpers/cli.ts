/** The shipped command line in a separate process; and in this process, with captured streams. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { main } from '../../src/cli/main.ts'

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

export function runBinary(
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: object; readonly binary?: string } = {},
): Ran {
  const binary = options.binary ?? join(import.meta.dirname, '../../bin/selfsup2mmdet.js')
  const ran = spawnSync(process.execPath, [binary, ...args], {
    encoding: 'utf8',
    cwd: options.cwd,
    env: { ...process.env, FORCE_COLOR: undefined, ...options.env },
    maxBuffer: 2 ** 28,
  })
  return { code: ran.status ?? -1, out: ran.stdout, err: ran.stderr }
}

export interface Started {
  readonly child: ChildProcess
  readonly ended: Promise<Ran & { readonly signal: NodeJS.Signals | null; readonly bytes: Buffer }>
}

/** Starts the command line without blocking this process, which may serve, feed or kill it. */
export function startBinary(args: readonly string[], env: object = {}): Started {
  const binary = join(import.meta.dirname, '../../bin/selfsup2mmdet.js')
  const child = spawn(process.execPath, [binary, ...args], {
    env: { ...process.env, FORCE_COLOR: undefined, ...env },
  })
  const [out, err]: [Buffer[], Buffer[]] = [[], []]
  child.stdout.on('data', chunk => out.push(chunk))
  child.stderr.on('data', chunk => err.push(chunk))
  // If the program ends before it has read everything, that is reported elsewhere.
  child.stdin.on('error', () => {})
  const ended = new Promise<Awaited<Started['ended']>>(resolve =>
    child.on('close', (code, signal) => {
      const bytes = Buffer.concat(out)
      resolve({ code: code ?? -1, signal, bytes, out: bytes.toString(), err: Buffer.concat(err).toString() })
    }),
  )
  return { child, ended }
}

export function runHere(...args: readonly string[]): Promise<Ran> {
  return runWith({}, ...args)
}

/** In this process, with the given environment. */
export async function runWith(
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<Ran> {
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
    env,
  })
  return { code, out, err }
}
