/** `selfsup2mmdet env`: the information about the machine that a bug report needs. */
import type { Command } from 'commander'
import { VERSION } from '../../convert/version.ts'
import { json, printable, size } from '../../explain/print.ts'
import { leadWith } from '../examples.ts'
import type { Io } from '../io.ts'
import { hasPackage } from '../probe/optional-package.ts'

const EXAMPLES = [['selfsup2mmdet env'], ['selfsup2mmdet env --json']] as const

/** Packages that `probe --forward` can use. */
const OPTIONAL = [
  '@tensorflow/tfjs-core',
  '@tensorflow/tfjs-backend-wasm',
  '@tensorflow/tfjs-node',
  'pngjs',
  'jpeg-js',
] as const

/** Variables that affect the program; for proxies and tokens, only whether they are set. */
const VARIABLES = ['COLUMNS', 'CI', 'FORCE_COLOR', 'NO_COLOR', 'TERM', 'TMPDIR', 'NODE_OPTIONS'] as const
const SECRET = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY', 'HF_TOKEN'] as const

export function addEnv(program: Command, io: Io): void {
  program
    .command('env')
    .summary('print versions, platform and settings, for a bug report')
    .description(
      leadWith(
        'Prints what a bug report needs: versions, platform, settings. Does not read your files or send anything.',
        EXAMPLES,
      ),
    )
    .option('--json', 'print it as JSON')
    .action((options: { readonly json?: boolean }) => {
      const found = describe(io)
      if (options.json) io.out(`${json({ schema: 'selfsup2mmdet/env/1', ...found })}\n`)
      else io.out(asText(found))
    })
}

function describe({ env }: Io) {
  // Loaded here, because no other command needs it.
  const { availableParallelism, freemem, release, tmpdir, totalmem } = process.getBuiltinModule('node:os')
  const set = (name: string) => env[name] ?? env[name.toLowerCase()]
  return {
    version: VERSION,
    node: process.version,
    v8: process.versions.v8,
    platform: `${process.platform} ${release()} ${process.arch}`,
    processors: availableParallelism(),
    memory: { total: totalmem(), free: freemem() },
    temporary: tmpdir(),
    program: process.argv[1] ?? '',
    optional: Object.fromEntries(OPTIONAL.map(name => [name, hasPackage(name)])),
    variables: Object.fromEntries([
      ...VARIABLES.flatMap(name => (env[name] === undefined ? [] : [[name, env[name]]])),
      ...SECRET.flatMap(name => (set(name) === undefined ? [] : [[name, 'set']])),
    ]) as Record<string, string>,
  }
}

function asText(found: ReturnType<typeof describe>): string {
  const installed = Object.entries(found.optional).flatMap(([name, is]) => (is ? [name] : []))
  const variables = Object.entries(found.variables).map(([name, value]) => `${name}=${value}`)
  const lines: [label: string, text: string][] = [
    ['version', `selfsup2mmdet ${found.version}`],
    ['node', `${found.node}, V8 ${found.v8}`],
    ['platform', `${found.platform}, ${found.processors} processors`],
    ['memory', `${size(found.memory.total)}, ${size(found.memory.free)} free`],
    ['temporary', found.temporary],
    ['program', found.program],
    ['optional', installed.join(', ') || 'no optional package is installed'],
    ['variables', variables.join(', ') || 'none that are relevant'],
  ]
  return lines.map(([label, text]) => `${label.padEnd(10)} ${printable(text)}\n`).join('')
}
