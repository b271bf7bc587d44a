// Modules of src/ for scripts: Node 20 cannot read TypeScript, and the library does not export everything.
import { join } from 'node:path'
import { build } from 'esbuild'

/**
 * @param {...string} modules paths in src/
 * @returns what they export, together
 */
export async function fromSource(...modules) {
  const { outputFiles } = await build({
    stdin: {
      contents: modules.map(module => `export * from './src/${module}'`).join('\n'),
      resolveDir: join(import.meta.dirname, '../'),
    },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
  })
  const code = Buffer.from(outputFiles[0].contents).toString('base64')
  return import(`data:text/javascript;base64,${code}`)
}
