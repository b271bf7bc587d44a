// Writes src/methods/index.ts from the files in src/methods; a test fails if it is out of date.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

const FOLDER = new URL('../src/methods/', import.meta.url)
const NOT_METHODS = ['index.ts', 'method.ts']

export function registry() {
  const names = readdirSync(FOLDER)
    .filter(file => file.endsWith('.ts') && !NOT_METHODS.includes(file))
    .map(file => file.slice(0, -'.ts'.length))
    .sort()
  const exported = name => {
    const found = /^export const (\w+) = /m.exec(readFileSync(new URL(`${name}.ts`, FOLDER), 'utf8'))
    if (!found) throw new Error(`src/methods/${name}.ts exports no method`)
    return found[1]
  }
  return [
    '// Written by `npm run registry` from the files beside it: no need to edit.',
    ...names.map(name => `import { ${exported(name)} } from './${name}.ts'`),
    "import type { Method } from './method.ts'",
    '',
    '/** All methods, in alphabetical order. */',
    `export const METHODS: readonly Method[] = [\n${names.map(name => `  ${exported(name)},`).join('\n')}\n]`,
    '',
  ].join('\n')
}

if (process.argv[1] === import.meta.filename) writeFileSync(new URL('index.ts', FOLDER), registry())
