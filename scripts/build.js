// Builds dist/: the library and the command line, each bundled into one file, the types, and the code cache.
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { build } from 'esbuild'

// commander starts other programs for subcommands that are files of their own, which we have not: without the module that
// does it, the command line starts some milliseconds sooner.
const noChildProcesses = {
  name: 'no-child-processes',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?child_process$/ }, ({ path }) => ({ path, namespace: 'none' }))
    onLoad({ filter: /.*/, namespace: 'none' }, () => ({ contents: 'module.exports = {}' }))
  },
}

const root = new URL('..', import.meta.url).pathname
rmSync(`${root}dist`, { recursive: true, force: true })
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  // Names stay, so that a stack trace in a report can be read.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
}
await build({ ...common, entryPoints: ['src/index.ts'], outfile: 'dist/index.js', format: 'esm' })
await build({
  ...common,
  entryPoints: ['src/cli/main.ts'],
  outfile: 'dist/cli.cjs',
  format: 'cjs',
  plugins: [noChildProcesses],
})
node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.types.json')
node('scripts/code-cache.js')

function node(...args) {
  execFileSync(process.execPath, args, { cwd: root, stdio: 'inherit' })
}
