// Writes man/selfsup2mmdet.1 from the command line's own help; a test fails if it is out of date. Needs a built dist/.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const { main } = createRequire(import.meta.url)('../dist/cli.cjs')
const COMMANDS = ['convert', 'verify', 'config', 'probe', 'inspect', 'diff', 'methods', 'completion', 'env']
/** 80 columns, minus man's indent of 7. */
const COLUMNS = '73'

/** Escapes text for roff: backslashes, hyphens, and lines that would start a request. */
const roff = text =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/gm, '\\&$1')
    .replaceAll('…', '\\[u2026]')

/** Unchanged, line by line. */
const verbatim = text => `.nf\n${roff(text)}\n.fi`

/** Continues long lines so that a shell accepts them. */
const example = line => {
  const text = line.replace(/^ *\$ /, '').trimEnd()
  if (text.length <= Number(COLUMNS)) return text
  const [command, note] = text.split(/ {2,}/)
  if (note) return `${command}\n    ${note}`
  const at = command.lastIndexOf(' --', Number(COLUMNS) - 2)
  return `${command.slice(0, at)} \\\n   ${command.slice(at)}`
}

/** Examples are unchanged, the rest fills the width. */
async function help(...command) {
  const { examples } = await paragraphsOf(command, '200')
  const lines = examples.trim().split('\n').map(example)
  return { ...(await paragraphsOf(command, COLUMNS)), examples: lines.join('\n') }
}

/** @returns the sections of `--help`, by heading */
async function paragraphsOf(command, columns) {
  let text = ''
  const out = more => {
    text += more
  }
  const io = { out, err() {}, outIsTerminal: false, errIsTerminal: false, env: { COLUMNS: columns } }
  await main([...command, '--help'], io)
  const paragraphs = text.trim().split(/\n\n+/)
  const starting = (...words) => paragraphs.filter(one => words.some(word => one.startsWith(word)))
  const [usage, examples, exits] = [starting('Usage:'), starting('Examples:'), starting('Exit codes')]
  const rest = paragraphs.filter(one => ![...usage, ...examples, ...exits].includes(one))
  const join = found => found.join('\n\n').replace(/^(Usage|Examples|Exit codes): */, '')
  return {
    usage: join(usage).replace(/^ {7}/gm, ''),
    examples: join(examples).trim(),
    exits: join(exits).trim().replace(/^ {2}/gm, ''),
    rest: rest.join('\n\n'),
  }
}

/** @returns the page as roff */
export async function manPage() {
  const { version, description } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  )
  const program = await help()
  const commands = []
  for (const name of COMMANDS) commands.push({ name, ...(await help(name)) })
  const each = (part, of = commands) =>
    of.map(command => `.SS ${command.name}\n${verbatim(part(command))}`).join('\n')
  const others = commands.filter(({ name, exits }) => name !== 'convert' && exits !== '')
  return `.TH SELFSUP2MMDET 1 "" "selfsup2mmdet ${version}" "User Commands"
.SH NAME
selfsup2mmdet \\- self\\-supervised PyTorch checkpoints become MMDetection backbones
.SH SYNOPSIS
${verbatim(program.usage)}
.SH DESCRIPTION
${roff(description)}
.SH COMMANDS
${each(({ usage, rest }) => `${usage}\n\n${rest}`)}
.SH EXIT STATUS
${verbatim(program.exits)}
${each(({ exits }) => exits, others)}
.SH EXAMPLES
${each(({ examples }) => examples)}
`
}

if (process.argv[1] === import.meta.filename) {
  mkdirSync(new URL('../man', import.meta.url), { recursive: true })
  writeFileSync(new URL('../man/selfsup2mmdet.1', import.meta.url), await manPage())
}
