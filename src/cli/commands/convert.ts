/** `selfsup2mmdet <input> <output>`: the main job. */
import { type Command, Option } from 'commander'
import {
  type Conversion,
  configFor,
  convertFile,
  type Generation,
  METHODS,
  type Method,
  pyString,
  sizeOf,
  UsageError,
} from '../../index.ts'
import { addCastOptions, type CastOptions, checkCastOptions } from '../cast-options.ts'
import { type Io, painter } from '../io.ts'
import { addMethodOptions, type MethodOptions } from '../method-options.ts'
import { count, dropReasons, fateTable, printable, size } from '../print.ts'
import { type Progress, progressBar } from '../progress.ts'
import { cleanUpOnSignals } from '../signals.ts'
import { writeText } from '../write-file.ts'

interface Options extends MethodOptions, CastOptions {
  readonly arch?: string
  readonly keepHead?: boolean
  readonly dryRun?: boolean
  readonly json?: boolean
  readonly quiet?: boolean
  readonly verbose?: boolean
  readonly clobber: boolean
  readonly publish?: boolean
  readonly config?: string
  readonly mmdet: Generation
  readonly sha256?: string
}

export const EXAMPLES = `
Examples:
  $ selfsup2mmdet moco_v2_800ep_pretrain.pth.tar moco.pth --selfsup moco
  $ selfsup2mmdet swav_800ep_pretrain.pth.tar swav.pth          recognises the method
  $ selfsup2mmdet checkpoint.pth.tar --dry-run                  shows the fate of every tensor

Exit codes:
  0  done           1  the tensors do not fit      2  wrong usage
  3  damaged file   4  not supported               5  the system said no
`

export function addConvert(program: Command, io: Io): void {
  const command = program
    .command('convert', { isDefault: true })
    .summary('turn a self-supervised checkpoint into an MMDetection backbone (the default command)')
    .description(
      'Turns a self-supervised checkpoint into a backbone that MMDetection loads whole, or says why it cannot.',
    )
    .argument('<input>', 'checkpoint as torch.save wrote it: a zip archive or a legacy stream')
    .argument('[output]', 'file to write; it appears whole or not at all')
    .option('--arch <name>', 'architecture that the backbone must be; recognised when left out')
    .option('--keep-head', "keep the projection head as fc.*, as MMDetection's Python script does")
    .option('--publish', "put the first 8 digits of the output's SHA-256 into its name, as OpenMMLab does")
    .option('--sha256 <hex>', 'refuse an input that has another SHA-256 (reads all of it)')
    .option(
      '--config <file>',
      'also write the MMDetection config that goes with it; more options: config --help',
    )
    .addOption(
      new Option('--mmdet <version>', 'with --config: MMDetection 2.x or 3.x')
        .choices(['2', '3'])
        .default('3'),
    )
    .option('--dry-run', 'show the fate of every tensor and write nothing')
    .option('--json', 'print the result as JSON')
    .option('-q, --quiet', 'print nothing but errors')
    .option('-v, --verbose', 'also tell the fate of every tensor, and what else the file names')
    .option('--no-clobber', 'refuse when the output exists')
    .addHelpText('after', EXAMPLES)
  addCastOptions(command, 'cast weights to this type; running statistics stay float32')
  const methodOf = addMethodOptions(command)
  command.action((input: string, output: string | undefined, options: Options) =>
    run(input, output, { ...options, method: methodOf(options) }, io),
  )
}

async function run(
  input: string,
  output: string | undefined,
  options: Options & { readonly method: Method | undefined },
  io: Io,
): Promise<void> {
  if (output === undefined && !options.dryRun)
    throw new UsageError('The output file is missing.', `Try: selfsup2mmdet ${input} backbone.pth`)
  checkCastOptions(options)
  let progress: Progress | undefined
  const restore = cleanUpOnSignals()
  const conversion = await convertFile(input, output ?? '', {
    ...options,
    keepExisting: !options.clobber,
    onDecision: ({ plan, recognised, architecture }) => {
      // What is wrong with the config is told before anything is written.
      if (options.config !== undefined) configFor(recognised.method, { architecture: architecture.name })
      if (!options.quiet) progress = progressBar(io, sizeOf(plan.kept).bytes)
    },
    onBytes: bytes => progress?.add(bytes),
  }).finally(() => {
    progress?.end()
    restore()
  })
  const config = await writeConfigFor(conversion, options)
  if (!options.quiet) talk(conversion, options, io)
  if (options.json) io.out(`${JSON.stringify(asJson(input, conversion, config), null, 2)}\n`)
  else if (!options.quiet) {
    io.out(summary(input, output, conversion, options, io))
    if (io.outIsTerminal || io.errIsTerminal) io.err(nextStep(conversion, config))
  }
}

/** @returns its path; undefined when none was asked for */
async function writeConfigFor(conversion: Conversion, options: Options): Promise<string | undefined> {
  if (options.config === undefined || !conversion.output) return undefined
  const { recognised, architecture, output } = conversion
  const settings = { mmdet: options.mmdet, architecture: architecture.name, checkpoint: output.path }
  await writeText(options.config, configFor(recognised.method, settings))
  return options.config
}

/** What should be known but is no result. */
function talk({ checkpoint, plan }: Conversion, options: Options, io: Io): void {
  const paint = painter(io, io.errIsTerminal)
  for (const note of checkpoint.notes) io.err(`${paint('yellow', 'note')}: ${printable(note)}\n`)
  if (checkpoint.foreign.length > 0) {
    const names = checkpoint.foreign.map(({ name }) => printable(name))
    const shown = options.verbose ? names : names.slice(0, 3)
    const more = names.length > shown.length ? ` and ${names.length - shown.length} more` : ''
    io.err(`${paint('yellow', 'note')}: the file names code that was not run: ${shown.join(', ')}${more}\n`)
  }
  if (options.verbose && !options.dryRun) io.err(`${fateTable(plan.fates)}\n`)
}

function summary(
  input: string,
  output: string | undefined,
  conversion: Conversion,
  options: Options,
  io: Io,
): string {
  const paint = painter(io, io.outIsTerminal)
  const lines: (readonly [label: string, text: string])[] = [
    ['read', `${input}: ${conversion.checkpoint.format}, ${size(conversion.checkpoint.size)}`],
    ['recognised', recognisedLine(conversion)],
    ['kept', keptLine(conversion)],
    ['complete', completeLine(conversion)],
    options.dryRun
      ? ['would write', wouldWrite(output, options)]
      : ['wrote', `${conversion.output?.path}, ${size(conversion.output?.bytes ?? 0)}`],
  ]
  const colour = (label: string) => paint(label === 'complete' ? 'green' : 'bold', label.padEnd(11))
  const text = lines.map(([label, rest]) => `${colour(label)} ${printable(rest)}\n`).join('')
  return options.dryRun ? `${fateTable(conversion.plan.fates)}\n\n${text}` : text
}

/** For a person, ready to paste. */
function nextStep({ output, recognised, architecture }: Conversion, config: string | undefined): string {
  if (!output) return ''
  const initCfg = `dict(type='Pretrained', checkpoint=${pyString(output.path)})`
  const isKnown = METHODS.some(({ name }) => name === recognised.method.name)
  const arch = architecture.name === 'resnet50' ? '' : ` --arch ${architecture.name}`
  const command = `selfsup2mmdet config ${recognised.method.name}${arch} --checkpoint ${shellWord(output.path)} --out config.py`
  return [
    '\nNext, in the config of your detector:',
    `  model = dict(backbone=dict(init_cfg=${initCfg}))`,
    ...(config === undefined && isKnown ? ['or have a whole one written:', `  ${printable(command)}`] : []),
    ...(config === undefined ? [] : [`It is in ${printable(config)}.`]),
    '',
  ].join('\n')
}

/** In quotes where a shell would take it for more than a word. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

function wouldWrite(output: string | undefined, { publish }: Options): string {
  if (output === undefined) return 'nothing: this is a dry run'
  return publish ? `${output}, with the first 8 digits of its SHA-256 in the name` : output
}

function recognisedLine({ recognised: { method, network, section, because } }: Conversion): string {
  const where = section === '' ? '' : ` in '${section}'`
  return `${method.name}${where}${network ? `, network ${network.name}` : ''}: ${because}`
}

function keptLine(conversion: Conversion): string {
  const kept = sizeOf(conversion.plan.kept)
  const dropped = droppedSize(conversion)
  const reasons = dropped.tensors > 0 ? `: ${dropReasons(conversion.plan.fates)}` : ''
  return `${count(kept.tensors, 'tensor')}, ${size(kept.bytes)}; dropped ${dropped.tensors}, ${size(dropped.bytes)}${reasons}`
}

function completeLine({ architecture, report, plan }: Conversion): string {
  const head = plan.head.size > 0 ? `, and ${plan.head.size} of its head` : ''
  const counters = report.withoutCounters
    ? '; no num_batches_tracked, as in files of PyTorch before 0.4.1 (PyTorch fills it in)'
    : ''
  return `${architecture.title}, ${report.present} of ${report.expected} tensors${head}${counters}`
}

function droppedSize({ plan }: Conversion) {
  return sizeOf(new Map(plan.fates.filter(fate => !('as' in fate)).map(fate => [fate.name, fate.tensor])))
}

/** The documented shape; see README. */
function asJson(input: string, conversion: Conversion, config: string | undefined): object {
  const { checkpoint, recognised, plan, report } = conversion
  return {
    schema: 'selfsup2mmdet/convert/1',
    input: { path: input, format: checkpoint.format, bytes: checkpoint.size },
    method: recognised.method.name,
    network: recognised.network?.name ?? null,
    section: recognised.section,
    because: recognised.because,
    kept: sizeOf(plan.kept),
    dropped: droppedSize(conversion),
    report,
    fates: plan.fates.map(fate => ({
      name: fate.name,
      dtype: fate.tensor.dtype,
      shape: fate.tensor.shape,
      ...('as' in fate ? { keep: fate.as } : { drop: fate.because }),
    })),
    foreign: checkpoint.foreign,
    notes: checkpoint.notes,
    output: conversion.output ?? null,
    config: config ?? null,
  }
}
