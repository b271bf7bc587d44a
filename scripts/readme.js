// Writes the generated tables of README.md; a test fails if they are out of date.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

const ROOT = new URL('../', import.meta.url)
const README = new URL('README.md', ROOT)

export function methodsTable(methods) {
  return [
    '| `--selfsup` | method | networks (the default first) | code that was read |',
    '|---|---|---|---|',
    ...methods.map(({ name, title, paper, networks, code }) => {
      const names = networks?.map(network => `\`${network.name}\``).join(', ') ?? ''
      return `| \`${name}\` | [${title}](${paper}) | ${names} | ${code.repository} |`
    }),
  ].join('\n')
}

/** Families, their classes, the methods whose files are in the tests, and the versions of MMDetection with configs. */
export function familiesTable({ families, targets, configFor }) {
  const checked = checkedMethods()
  return [
    '| network | sizes (`--arch`) | class that loads it | config for MMDetection | `--selfsup`, checked with name lists |',
    '|---|---|---|---|---|',
    ...families.map(family => {
      const names = family.architectures().map(({ name }) => name)
      const methods = [...new Set(names.flatMap(name => checked.get(name) ?? []))].sort()
      const cells = [
        family.title,
        folded(names.map(code)),
        classesOf(family, targets),
        generationsOf(names, configFor),
        folded(methods.map(code)),
      ]
      return `| ${cells.join(' | ')} |`
    }),
  ].join('\n')
}

const code = text => `\`${text}\``

/** A table cell with forty methods is unreadable. */
function folded(items) {
  const shown = 16
  return items.length <= shown
    ? items.join(' ')
    : `${items.slice(0, 3).join(' ')} <details><summary>and ${items.length - 3} more</summary>${items.slice(3).join(' ')}</details>`
}

function classesOf({ name }, targets) {
  return targets
    .flatMap(target => {
      const home = target.homes[name]
      if (!home) return []
      if (target.parts) return [`one file for both with \`--target ${target.name}\``]
      return target === targets[0]
        ? [code(home.class)]
        : [`${code(home.class)} with \`--target ${target.name}\``]
    })
    .join('; ')
}

function generationsOf(names, configFor) {
  const has = mmdet =>
    names.some(arch => {
      try {
        return configFor('backbone', { arch, mmdet }).length > 0
      } catch {
        return false
      }
    })
  return (
    ['3', '2']
      .filter(has)
      .map(each => `${each}.x`)
      .join(', ') || 'by hand'
  )
}

/** By architecture: the methods of the name lists in fixtures/. */
function checkedMethods() {
  const found = new Map()
  const put = (architecture, method) => found.set(architecture, [...(found.get(architecture) ?? []), method])
  const folder = new URL('fixtures/methods/', ROOT)
  for (const file of readdirSync(folder).filter(file => file.endsWith('.txt'))) {
    const text = readFileSync(new URL(file, folder), 'utf8')
    const header = name => new RegExp(`^# ${name}: (.*)$`, 'm').exec(text)[1]
    put(header('architecture'), header('method'))
  }
  const table = readFileSync(new URL('fixtures/families/recognised.tsv', ROOT), 'utf8')
  for (const [, method, , architecture] of table
    .trimEnd()
    .split('\n')
    .map(line => line.split('\t')))
    if (method !== 'refused' && architecture !== undefined) put(architecture, method)
  return found
}

/** Replaces the text between `<!-- name -->` and `<!-- /name -->`. */
export function replaceBlock(text, name, content) {
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const [from, to] = [text.indexOf(start) + start.length, text.indexOf(end)]
  if (from < start.length || to < from) throw new Error(`README.md has no block ${name}`)
  return `${text.slice(0, from)}\n${content}\n${text.slice(to)}`
}

/** Data from src/, whether exported or not. */
async function readData() {
  const { build } = await import('esbuild')
  const contents = [
    "export { METHODS as methods } from './src/methods/index.ts'",
    "export { FAMILIES as families } from './src/families/index.ts'",
    "export { TARGETS as targets } from './src/targets/index.ts'",
    "export { configFor } from './src/convert/config.ts'",
  ].join('\n')
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: ROOT.pathname },
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
  })
  return await import(
    `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`
  )
}

if (process.argv[1] === import.meta.filename) {
  const data = await readData()
  const withMethods = replaceBlock(readFileSync(README, 'utf8'), 'methods', methodsTable(data.methods))
  writeFileSync(README, replaceBlock(withMethods, 'families', familiesTable(data)))
}
