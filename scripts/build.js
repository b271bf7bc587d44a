// Builds dist/: the command line in one file, the library in two (one for any platform, one for Node) and their shared part,
// the types, and the code cache.
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { rollup } from 'rollup'
import { dts } from 'rollup-plugin-dts'

// commander can start other programs as subcommands, which we do not use: without the module for that, the command line
// starts some milliseconds sooner.
const noChildProcesses = {
  name: 'no-child-processes',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?child_process$/ }, ({ path }) => ({ path, namespace: 'none' }))
    onLoad({ filter: /.*/, namespace: 'none' }, () => ({ contents: 'module.exports = {}' }))
  },
}

const root = join(import.meta.dirname, '../')
rmSync(`${root}dist`, { recursive: true, force: true })
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  minifyIdentifiers: true,
  minifySyntax: true,
  minifyWhitespace: true,
  // Stack traces in bug reports still contain function names.
  keepNames: true,
  legalComments: 'none',
}
await build({
  ...common,
  entryPoints: ['src/index.ts', 'src/browser.ts'],
  outdir: 'dist',
  format: 'esm',
  splitting: true,
  // Node prints the line that threw, which must not be the whole library.
  lineLimit: 200,
  chunkNames: 'shared-[hash]',
})
await build({
  ...common,
  entryPoints: ['src/cli/main.ts'],
  outfile: 'dist/cli.cjs',
  format: 'cjs',
  // Functions keep their names: restoring names of renamed ones takes time whenever a function is created.
  minifyIdentifiers: false,
  keepNames: false,
  define: { 'import.meta.filename': '__filename' },
  plugins: [noChildProcesses],
})
// Loaded as ASCII: see bin/start.js. esbuild escapes texts, but not regular expressions.
if (readFileSync(`${root}dist/cli.cjs`).some(byte => byte >= 0x80))
  throw new Error('expected dist/cli.cjs to be ASCII: a regular expression or a name has another character')
// The declarations that the exports need, in one file per entry; classes in both are the same.
const declarations = await rollup({
  input: ['src/index.ts', 'src/browser.ts'].map(entry => join(root, entry)),
  external: /^(node:|@tensorflow\/|pngjs$|jpeg-js$)/,
  plugins: [dts({ tsconfig: `${root}tsconfig.types.json` })],
})
await declarations.write({ dir: `${root}dist` })
execFileSync(process.execPath, ['scripts/code-cache.js'], { cwd: root, stdio: 'inherit' })
