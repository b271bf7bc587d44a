// Writes the tables of README.md that are made from data; a test fails while they are out of date. Needs a built dist/.
import { readFileSync, writeFileSync } from 'node:fs'

const README = new URL('../README.md', import.meta.url)

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

/** Replaces what stands between `<!-- name -->` and `<!-- /name -->`. */
export function replaceBlock(text, name, content) {
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const [from, to] = [text.indexOf(start) + start.length, text.indexOf(end)]
  if (from < start.length || to < from) throw new Error(`README.md has no block ${name}`)
  return `${text.slice(0, from)}\n${content}\n${text.slice(to)}`
}

if (process.argv[1] === import.meta.filename) {
  const { METHODS } = await import('../dist/index.js')
  writeFileSync(README, replaceBlock(readFileSync(README, 'utf8'), 'methods', methodsTable(METHODS)))
}
