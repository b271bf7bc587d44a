// Builds dist/: the command line in one file, the library in two (what runs anywhere, what needs Node) and what they share, the
// types, and the code cache.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
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

const RELATIVE = /(from '|import\('|import ')(\.[^']+)\.ts'/g

const root = join(import.meta.dirname, '../')
rmSync(`${root}dist`, { recursive: true, force: true })
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  // Names stay, so that a stack trace in a report can be read.
  minifySyntax: true,
  legalComments: 'none',
}
await build({
  ...common,
  entryPoints: ['src/index.ts', 'src/browser.ts'],
  outdir: 'dist',
  format: 'esm',
  splitting: true,
  chunkNames: 'shared-[hash]',
})
await build({
  ...common,
  entryPoints: ['src/cli/main.ts'],
  // The library keeps its lines: Node prints the one that threw, and all of the library would be one line.
  minifyWhitespace: true,
  outfile: 'dist/cli.cjs',
  format: 'cjs',
  define: { 'import.meta.filename': '__filename' },
  plugins: [noChildProcesses],
})
node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.types.json')
keepReachable(`${root}dist/types`, 'index.d.ts')
node('scripts/code-cache.js')

function node(...args) {
  execFileSync(process.execPath, args, { cwd: root, stdio: 'inherit' })
}

/** Most types are of things that are not exported: nobody can import those files. The rest names files as a package has them. */
function keepReachable(folder, entry) {
  const reached = new Set()
  const visit = file => {
    if (reached.has(file)) return
    reached.add(file)
    const text = readFileSync(join(folder, file), 'utf8')
    writeFileSync(join(folder, file), text.replace(RELATIVE, "$1$2.js'"))
    for (const [, , path] of text.matchAll(RELATIVE)) visit(join(dirname(file), `${path}.d.ts`))
  }
  visit(entry)
  for (const file of readdirSync(folder, { recursive: true }))
    if (file.endsWith('.d.ts') && !reached.has(file)) rmSync(join(folder, file))
}
