// Builds dist/: the command line in one file, the library in two (what runs anywhere, what needs Node) and what they share, the
// types, and the code cache.
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { rollup } from 'rollup'
import { dts } from 'rollup-plugin-dts'

// commander starts other programs for subcommands that are files of their own, which we have not: without the module that
// does it, the command line starts some milliseconds sooner.
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
  // A stack trace in a report names the functions all the same.
  keepNames: true,
  legalComments: 'none',
}
await build({
  ...common,
  entryPoints: ['src/index.ts', 'src/browser.ts'],
  outdir: 'dist',
  format: 'esm',
  splitting: true,
  // Node prints the line that threw, which must not be all of the library.
  lineLimit: 200,
  chunkNames: 'shared-[hash]',
})
await build({
  ...common,
  entryPoints: ['src/cli/main.ts'],
  outfile: 'dist/cli.cjs',
  format: 'cjs',
  // Functions keep the names that they have: to give short ones their names back takes time whenever a function is made.
  minifyIdentifiers: false,
  keepNames: false,
  define: { 'import.meta.filename': '__filename' },
  plugins: [noChildProcesses],
})
// Read byte by byte as ASCII: see bin/start.js. esbuild escapes texts, not regular expressions.
if (readFileSync(`${root}dist/cli.cjs`).some(byte => byte >= 0x80))
  throw new Error('expected dist/cli.cjs to be ASCII: a regular expression or a name has another character')
// Of the declarations, what the exports need, in one file for each entry: classes that both have are the same.
const declarations = await rollup({
  input: ['src/index.ts', 'src/browser.ts'].map(entry => join(root, entry)),
  external: /^(node:|@tensorflow\/|pngjs$|jpeg-js$)/,
  plugins: [dts({ tsconfig: `${root}tsconfig.types.json` })],
})
await declarations.write({ dir: `${root}dist` })
execFileSync(process.execPath, ['scripts/code-cache.js'], { cwd: root, stdio: 'inherit' })
