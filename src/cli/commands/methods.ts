/** `selfsup2mmdet methods [name]`: the known facts about methods, with sources. */
import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { shellPath } from '../../bytes/text.ts'
import { UsageError } from '../../errors.ts'
import { fold } from '../../explain/fold.ts'
import { json } from '../../explain/print.ts'
import { table } from '../../explain/table.ts'
import { METHODS } from '../../methods/index.ts'
import type { Method } from '../../methods/method.ts'
import type { Rule } from '../../rename/rules.ts'
import { leadWith } from '../examples.ts'
import { type Io, painter } from '../io.ts'
import { methodNamed } from '../method-as-file.ts'

const EXAMPLES = [
  ['selfsup2mmdet methods'],
  ['selfsup2mmdet methods swav', 'its rules, networks and sources'],
  ['selfsup2mmdet methods --json'],
] as const

export function addMethods(program: Command, io: Io): void {
  program
    .command('methods')
    .summary('list the known methods, or show the details of one')
    .description(
      leadWith(
        'Lists the methods whose checkpoints can be converted, or shows the rules, networks and sources of one.',
        EXAMPLES,
      ),
    )
    .argument('[name]', 'show this method in full')
    .option('--json', 'print everything as JSON')
    .action((name: string | undefined, options: { readonly json?: boolean }) => {
      if (name !== undefined && /[./\\]/.test(name) && existsSync(name))
        throw new UsageError(
          `${name} is a file, not a method.`,
          `To see what it contains: selfsup2mmdet inspect ${shellPath(name)}`,
        )
      const chosen = name === undefined ? METHODS : [methodNamed(name)]
      if (options.json) io.out(`${json({ schema: 'selfsup2mmdet/methods/1', methods: chosen })}\n`)
      else io.out(name === undefined ? list(chosen, io) : describe(chosen[0]!, io))
    })
}

function list(methods: readonly Method[], io: Io): string {
  const rows = methods.map(({ name, title, networks }) => [
    name,
    networks?.map(network => network.name).join(', ') ?? '',
    // 'SwAV: Unsupervised Learning of …': only the name is needed here.
    title.split(':')[0]!,
  ])
  return `${table([['method', 'networks', 'title'], ...rows], io.outColumns)}\n`
}

function describe(method: Method, io: Io): string {
  const paint = painter(io, io.outIsTerminal)
  const { code, normalisation } = method
  const lines: [label: string, text: string][] = [
    ['method', `${method.name}: ${method.title}`],
    ['paper', method.paper],
    ['code', `${code.repository} ${code.file} at ${code.commit}`],
    ['sections', method.sections.map(path => (path === '' ? 'the top level' : path)).join(', ')],
    ...(method.networks ?? []).map(({ name, about }, index): [string, string] => [
      index === 0 ? 'networks' : '',
      `${name}${index === 0 ? ' (default)' : ''}: ${about}`,
    ]),
    ['recognised', `by ${method.signature.join(', ')}`],
    ...method.rules.map((rule, index): [string, string] => [index === 0 ? 'rules' : '', describeRule(rule)]),
    [
      'images',
      `mean ${normalisation.mean.join(', ')}; std ${normalisation.std.join(', ')}; ${normalisation.order}`,
    ],
    ['published', method.published.join(', ') || 'none that these rules were checked against'],
    ['convert', `selfsup2mmdet checkpoint.pth backbone.pth --selfsup ${method.name}`],
  ]
  return lines
    .map(([label, text]) => `${paint('bold', label.padEnd(11))} ${fold(text, io.outColumns, 12)}\n`)
    .join('')
}

function describeRule(rule: Rule): string {
  const network = rule.network === undefined ? '' : ` (network ${rule.network})`
  if ('keep' in rule) return `keep ${rule.keep} as ${rule.as}${network}`
  return `drop ${rule.drop}: ${rule.because}${rule.head === undefined ? '' : `; --keep-head keeps it as ${rule.head}`}`
}
