/** `selfsup2mmdet <input> <output>`: the main command. */
import type { Command } from 'commander'
import { sizeOf } from '../../convert/decide.ts'
import { UsageError } from '../../errors.ts'
import { json } from '../../explain/print.ts'
import { convertFile, outputFormat } from '../../files/convert.ts'
import { type OutputFormat, WRITERS } from '../../formats/index.ts'
import type { Method } from '../../methods/method.ts'
import { refuseSameFiles } from '../../node/same-file.ts'
import { PARTS, type Part } from '../../targets/detector.ts'
import type { Generation } from '../../targets/mmdetection/versions.ts'
import { addCastOptions, type CastOptions, checkCastOptions } from '../cast-options.ts'
import { choiceOption, mmdetOption } from '../choice.ts'
import { configOf, writeConfigBeside } from '../config-beside.ts'
import { leadWith } from '../examples.ts'
import { fail } from '../fail.ts'
import { remoteInput } from '../inputs.ts'
import type { Io } from '../io.ts'
import { addLimitsOption, type LimitsOption } from '../limits-option.ts'
import { refuseMisplaced, tooMany, withoutOutput } from '../misplaced.ts'
import { nextStep } from '../next-step.ts'
import { addMethodOptions, type MethodOptions } from '../options.ts'
import { refuseOtherKind } from '../output-kinds.ts'
import {
  addOverwriteOptions,
  checkOverwriteOptions,
  overwriteOf,
  type Replacing,
} from '../overwrite-options.ts'
import { type Progress, progressBar } from '../progress.ts'
import { asJson, summary, talk } from '../report.ts'
import { cleanUpOnSignals } from '../signals.ts'
import { checkOutput } from '../write-file.ts'
import { convertMany } from './convert-many.ts'

interface Options extends MethodOptions, CastOptions, LimitsOption, Replacing {
  readonly arch?: string
  readonly keepHead?: boolean
  readonly part?: Part
  readonly dryRun?: boolean
  readonly json?: boolean
  readonly quiet?: boolean
  readonly verbose?: boolean
  readonly publish?: boolean
  readonly config?: string
  readonly mmdet?: Generation
  readonly sha256?: string
  readonly strict?: boolean
  readonly format?: OutputFormat
  readonly outDir?: string
  readonly jobs?: string
}

interface Settings extends Options {
  readonly method: Method | undefined
}

export const EXAMPLES = [
  ['selfsup2mmdet moco_v2_800ep_pretrain.pth.tar moco.pth --selfsup moco'],
  ['selfsup2mmdet swav_800ep.pth.tar swav.pth', 'detects the method'],
  ['selfsup2mmdet checkpoint.pth.tar --dry-run', 'shows what would happen'],
  ['selfsup2mmdet https://host/x.pth.tar x.pth', 'fetches only what it needs'],
  ['selfsup2mmdet *.pth.tar --out-dir backbones', 'converts several'],
] as const

export const EXIT_CODES = `
Exit codes:
  0  done           1  the tensors do not fit      2  wrong usage
  3  damaged file   4  not supported
  5  system error (disk, permissions, network)
`

export function addConvert(program: Command, io: Io, exit: (code: number) => void): void {
  const command = program
    .command('convert', { isDefault: true })
    .summary('turn a self-supervised checkpoint into an MMDetection backbone (the default command)')
    .description(
      leadWith(
        'Turns a self-supervised checkpoint into a backbone that MMDetection loads completely, or explains why it cannot.',
        EXAMPLES,
      ),
    )
    .argument(
      '<input>',
      'checkpoint: a path, https://…, hf://owner/repo/path, or - (stdin); in any supported format',
    )
    .argument('[output]', 'file to write, or - (stdout)')
    .argument('[more...]', 'with --out-dir, all arguments are inputs')
    .addHelpText('after', EXIT_CODES)
  const methodOf = addMethodOptions(command)
  command
    .option('--arch <name>', 'required architecture of the backbone (default: recognised)')
    .addOption(
      choiceOption(
        '--part <name>',
        'how much of a pretrained detector to keep: its backbone (the default), its backbone and neck, or the detector without its classification layers',
        { what: 'part', names: PARTS },
      ),
    )
    .option('--keep-head', "keep the projection head as fc.*, as MMDetection's Python script does")
    .addOption(
      choiceOption(
        '--format <name>',
        "format to write: PyTorch's zip archive, its older stream (legacy, for PyTorch before 1.6), or safetensors; " +
          'by default chosen by the name of the output',
        { what: 'format', names: Object.keys(WRITERS), aliases: { pth: 'zip', pt: 'zip' } },
      ),
    )
    .option('--publish', "put the first 8 digits of the output's SHA-256 into its name, as OpenMMLab does")
    .option(
      '--strict',
      'refuse a checkpoint that names dangerous code, or calls code that is not known to be harmless',
    )
    .option('--sha256 <hex>', 'refuse an input with any other SHA-256 (reads all of it)')
    .option('--config <file>', 'also write an MMDetection config for it; more options: config --help')
    .addOption(
      mmdetOption('--mmdet <version>', 'with --config or --part: MMDetection 2.x or 3.x (default: 3)', [
        '2',
        '3',
      ]),
    )
    .option('--out-dir <folder>', 'convert every input to a file of the same name in this folder')
    .option('--jobs <number>', 'with --out-dir: how many to convert in parallel (default: 1)')
    .option('--dry-run', 'show what would happen to every tensor, and write nothing')
    .option('--json', 'print the result as JSON')
    .option('-q, --quiet', 'print only errors')
    .option('-v, --verbose', 'also list every tensor, and all code named in the file')
  addCastOptions(command, 'cast weights to this type; running statistics stay float32')
  addOverwriteOptions(command)
  addLimitsOption(command).action(
    (input: string, output: string | undefined, more: string[], options: Options) => {
      const settings = { ...options, method: methodOf(options) }
      return run([input, ...(output === undefined ? [] : [output]), ...more], settings, io, exit)
    },
  )
}

async function run(
  [input, output, ...more]: readonly string[],
  settings: Settings,
  io: Io,
  exit: (code: number) => void,
): Promise<void> {
  checkCastOptions(settings)
  checkCompany(settings)
  if (settings.outDir !== undefined) {
    const inputs = [input!, ...(output === undefined ? [] : [output]), ...more]
    return exit(await convertMany(inputs, settings.outDir, settings, io))
  }
  if (more.length > 0) throw tooMany(input!, output!, more)
  await refuseMisplaced(input!, output)
  requireOutput(input!, output, settings, io)
  if (output !== '-') return convertOne(input!, output, settings, io)
  // If the checkpoint goes to standard output, everything else goes to standard error.
  const talking = otherWay(io, settings.json)
  try {
    await convertOne(input!, output, settings, talking)
  } catch (error) {
    exit(fail(error, talking, settings.json ?? false))
  }
}

/** With --json, all output is JSON: additional lines of text could not be parsed. */
function otherWay(io: Io, json: boolean | undefined): Io {
  const err = json ? () => {} : io.err
  return { ...io, out: io.err, outIsTerminal: io.errIsTerminal, outColumns: io.errColumns, err }
}

/** @throws UsageError when an option requires a missing one, or contradicts another */
function checkCompany(settings: Settings): void {
  checkOverwriteOptions(settings)
  const { mmdet, config, part = 'backbone', quiet, verbose } = settings
  if (mmdet !== undefined && config === undefined && part === 'backbone')
    throw new UsageError(
      '--mmdet requires --config or --part.',
      'Add --config <file>, or omit --mmdet: backbones have the same names in 2.x and 3.x.',
    )
  if (quiet && verbose)
    throw new UsageError('--quiet and --verbose cannot be combined.', 'Use only one of them.')
}

/** @throws UsageError when the output is missing, or conflicts with other options */
function requireOutput(
  input: string,
  output: string | undefined,
  { jobs, dryRun, publish, config, format }: Settings,
  io: Io,
): void {
  if (jobs !== undefined) throw new UsageError('--jobs requires --out-dir.', 'Add --out-dir <folder>.')
  if (output === undefined && !dryRun) throw withoutOutput(input)
  if (output !== undefined) refuseOtherKind(output, 'backbone')
  if (config !== undefined && outputFormat(output ?? '', format) === 'safetensors')
    throw new UsageError(
      'A config needs a PyTorch file: most PyTorch versions that MMDetection runs on do not load safetensors.',
      'Use an output name that ends in .pth, or omit --config.',
    )
  if (output !== '-' || dryRun) return
  if (publish || config !== undefined)
    throw new UsageError(
      '--publish and --config need a file name, which standard output does not have.',
      'Specify an output file.',
    )
  if (io.outIsTerminal)
    throw new UsageError(
      'Refusing to print a binary checkpoint to a terminal.',
      'Redirect it: selfsup2mmdet <input> - > backbone.pth',
    )
}

async function convertOne(
  input: string,
  output: string | undefined,
  settings: Settings,
  io: Io,
): Promise<void> {
  const { config, dryRun } = settings
  if (config !== undefined && !dryRun) {
    // The config is written last, but problems with it are reported first.
    refuseSameFiles([input], [output, config])
    await checkOutput(config, 'config', settings)
  }
  const start = Date.now()
  let written: Progress | undefined
  const remote = remoteInput(io, settings.quiet)
  const restore = cleanUpOnSignals()
  const conversion = await convertFile(input, output ?? '', {
    ...settings,
    ...remote.options,
    overwrite: overwriteOf(settings),
    onDecision: decision => {
      // Problems with the config are reported before anything is written.
      if (settings.config !== undefined) configOf(decision, settings.mmdet)
      if (!settings.quiet && !remote.isFetching()) written = progressBar(io, sizeOf(decision.plan.kept).bytes)
    },
    onBytes: bytes => written?.add(bytes),
  }).finally(() => {
    remote.end()
    written?.end()
    restore()
  })
  const configPath = await writeConfigBeside(conversion, settings)
  if (!settings.quiet) talk(conversion, settings, io)
  if (settings.json) io.out(`${json(asJson(conversion, configPath))}\n`)
  else if (!settings.quiet) {
    io.out(summary(output, conversion, { ...settings, elapsed: Date.now() - start }, io))
    if (output !== '-' && (io.outIsTerminal || io.errIsTerminal)) io.err(nextStep(conversion, configPath, io))
  }
}
