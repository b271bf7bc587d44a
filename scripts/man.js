// Writes man/selfsup2mmdet.1 from the command line's own help; a test fails while it is out of date. Needs a built dist/.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const { main } = createRequire(import.meta.url)('../dist/cli.cjs')
const COMMANDS = ['convert', 'verify', 'config', 'probe', 'inspect', 'diff', 'methods', 'completion']

/** Text for roff: backslashes, hyphens that stay hyphens, and no line that begins as a request. */
const roff = text =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/gm, '\\&$1')
    .replaceAll('…', '...')

async function help(command) {
  let text = ''
  const out = more => {
    text += more
  }
  await main([command, '--help'], { out, err() {}, outIsTerminal: false, errIsTerminal: false, env: {} })
  return text.trimEnd()
}

/** @returns the page as roff */
export async function manPage() {
  const { version, description } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  )
  const sections = []
  for (const command of COMMANDS)
    sections.push(`.SH ${command.toUpperCase()}\n.nf\n${roff(await help(command))}\n.fi`)
  return `.TH SELFSUP2MMDET 1 "" "selfsup2mmdet ${version}" "User Commands"
.SH NAME
selfsup2mmdet \\- self\\-supervised PyTorch checkpoints become MMDetection backbones
.SH SYNOPSIS
.B selfsup2mmdet
.RI [ command ]
.I input output
.RI [ options ]
.SH DESCRIPTION
${roff(description)}
${sections.join('\n')}
`
}

if (process.argv[1] === import.meta.filename) {
  mkdirSync(new URL('../man', import.meta.url), { recursive: true })
  writeFileSync(new URL('../man/selfsup2mmdet.1', import.meta.url), await manPage())
}
