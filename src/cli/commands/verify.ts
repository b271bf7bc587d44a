/** `selfsup2mmdet verify <file>`: will MMDetection load the whole file, and do its values make sense? */
import type { Command } from 'commander'
import { count } from '../../bytes/count.ts'
import { UsageError } from '../../errors.ts'
import { fold, indented } from '../../explain/fold.ts'
import { differenceLines, fullTitle, json, printable, reportLines, size } from '../../explain/print.ts'
import { type LoaderVerdict, type Verdict, verifyFile } from '../../files/verify.ts'
import { publicName } from '../../http/source.ts'
import { DEFECTS, type Finding } from '../../probe/defects.ts'
import { LOOKS_IN_WORDS } from '../../probe/probe.ts'
import { PARTS, type Part, startsNew } from '../../targets/detector.ts'
import { type Checkpoint, foreignNames } from '../../tensor/tensor.ts'
import { addCastOptions, type CastOptions, checkCastOptions } from '../cast-options.ts'
import { choiceOption } from '../choice.ts'
import { givenOptions } from '../command-line.ts'
import { leadWith } from '../examples.ts'
import { firstReason, type Titled } from '../first-reason.ts'
import { withInputs } from '../inputs.ts'
import { type Io, painter } from '../io.ts'
import { addLimitsOption, type LimitsOption } from '../limits-option.ts'
import { refuseMethodAsFile } from '../method-as-file.ts'
import { refuseMore } from '../misplaced.ts'
import { addMethodOptions, type MethodOptions } from '../options.ts'

interface Options extends MethodOptions, CastOptions, LimitsOption {
  readonly arch?: string
  readonly prefix?: string
  readonly part?: Part
  readonly against?: string
  readonly json?: boolean
}

const EXAMPLES = [
  ['selfsup2mmdet verify moco.pth'],
  ['selfsup2mmdet verify moco.pth --against moco_v2_800ep_pretrain.pth.tar'],
  ['selfsup2mmdet verify half.pth --against moco.pth.tar --dtype float16'],
  ['selfsup2mmdet verify mask_rcnn.pth --prefix backbone.'],
] as const

const EXIT_CODES = `
Exit codes: 0 if everything is fine, 1 otherwise.
`

export function addVerify(program: Command, io: Io, exit: (code: number) => void): void {
  const command = program
    .command('verify')
    .summary('check that MMDetection will load every tensor of a backbone, and that the values make sense')
    .description(
      leadWith(
        'Checks that MMDetection will load every tensor of a backbone and that the values make sense; reads the whole file.',
        EXAMPLES,
      ),
    )
    .argument('<file>', "a backbone with MMDetection's names: a path, https://…, hf://…, or - (stdin)")
    .option('--arch <name>', 'required architecture (default: recognised)')
    .option(
      '--prefix <text>',
      "only check names with this prefix, as in init_cfg: 'backbone.' for a whole detector",
    )
    .addOption(
      choiceOption(
        '--part <name>',
        'how much of a detector it must contain: backbone, neck, detector (default: what the file says)',
        { what: 'part', names: PARTS },
      ),
    )
    .option(
      '--against <source>',
      'prove that every tensor is identical to this source checkpoint, bit for bit',
    )
    .option('--json', 'print the verdict as JSON')
    .addHelpText('after', EXIT_CODES)
  addCastOptions(command, 'with --against: the type that the file was cast to when it was converted')
  const methodOf = addMethodOptions(command)
  addLimitsOption(command.allowExcessArguments()).action(async (file: string, options: Options) => {
    refuseMore(command.args, ([first, second]) =>
      ['verify', first, '--against', second, ...givenOptions(command)].join(' '),
    )
    refuseMethodAsFile(file)
    checkCastOptions(options)
    const { selfsup, network, section, dtype, dtypeAll, target } = options
    const source = { selfsup, network, section, method: methodOf(options), dtype, dtypeAll, target }
    const isSaid = selfsup !== 'auto' || network || section !== undefined || source.method || dtype
    if (options.against === undefined && isSaid)
      throw new UsageError(
        '--selfsup, --network, --section, --dtype and custom rules describe the source.',
        'Specify the source with --against, or omit them.',
      )
    const { checkpoint, architecture, ...verdict } = await withInputs(io, remote =>
      verifyFile(file, { ...options, source, ...remote }),
    )
    if (options.json) io.out(`${json(asJson(checkpoint, verdict))}\n`)
    else io.out(asText(checkpoint, { ...verdict, title: fullTitle(architecture) }, options, io))
    exit(verdict.good ? 0 : 1)
  })
}

function asJson(checkpoint: Checkpoint, verdict: Verdict): object {
  const { source: file, torchLoads } = checkpoint
  const refusedByDefault = checkpoint.refusedByDefault ?? null
  return {
    schema: 'selfsup2mmdet/verify/1',
    file,
    torchLoads,
    refusedByDefault,
    ...withMeaning(verdict),
    ...(verdict.also && { also: verdict.also.map(withMeaning) }),
  }
}

function withMeaning(verdict: LoaderVerdict): object {
  return {
    ...verdict,
    findings: verdict.findings.map(finding => ({ ...finding, ...DEFECTS[finding.defect] })),
  }
}

function asText(checkpoint: Checkpoint, verdict: Titled, options: Options, io: Io): string {
  const { title, also = [] } = verdict
  const titled = (label: string, lines: readonly string[]) => paragraph(label, lines, io.outColumns)
  const lines = [
    ...titled('file', fileLines(checkpoint)),
    ...titled('danger', dangerLines(checkpoint)),
    ...titled(verdict.detector ? 'detector' : 'backbone', backboneLines(title, verdict, verdict.buildable)),
    ...titled('new', newLines(verdict)),
    ...titled('values', valueLines(verdict.findings, checkpoint)),
    ...titled('health', healthLines(verdict)),
    ...titled('against', againstLines(verdict, options)),
    ...also.flatMap(other => [
      ...titled(other.target, backboneLines(title, other)),
      ...titled('values', valueLines(other.findings, checkpoint)),
      ...titled('against', againstLines(other, options)),
    ]),
    ...titled('hash', hashLines(verdict)),
  ]
  const last = lastLine(checkpoint, verdict, io)
  return `${[...lines, last].join('\n')}\n`
}

function lastLine(checkpoint: Checkpoint, verdict: Titled, io: Io): string {
  const paint = painter(io, io.outIsTerminal)
  const [colour, label, text] = conclusion(checkpoint, verdict)
  return paint(colour, `${label.padEnd(10)} ${fold(printable(text), io.outColumns, 11)}`)
}

function conclusion(
  checkpoint: Checkpoint,
  verdict: Titled,
): readonly ['red' | 'yellow' | 'green', 'failed' | 'ok', string] {
  const { good, health, also } = verdict
  if (!good) return ['red', 'failed', firstReason(checkpoint, verdict)]
  const what = verdict.detector ? 'all of it' : 'the whole backbone'
  const loads = `MMDetection will load ${what}${also ? ', with either class' : ''}`
  if (checkpoint.refusedByDefault !== undefined)
    return ['yellow', 'ok', `${loads}, but only with PyTorch before 2.6: see above`]
  const when = checkpoint.torchLoads === 'lately' ? ' with a PyTorch that reads safetensors' : ''
  return health && health.looks !== 'trained'
    ? ['yellow', 'ok', `${loads}${when}, but it looks ${LOOKS_IN_WORDS[health.looks]}`]
    : [when === '' ? 'green' : 'yellow', 'ok', `${loads}${when}`]
}

function fileLines({ source, format, size: bytes, torchLoads, refusedByDefault }: Checkpoint): string[] {
  const problem = {
    always: [],
    lately: ['only the newest PyTorch versions load this format; for MMDetection, convert it to .pth'],
    elsewhere: [
      'whether PyTorch loads this file depends on code that it names: for MMDetection, convert it first',
    ],
    never: ['PyTorch, and so MMDetection, cannot load this format: convert it first'],
    misnamed: ['PyTorch reads a file as safetensors only if its name ends in .safetensors: rename it'],
  }
  const refused =
    refusedByDefault === undefined || ['never', 'misnamed'].includes(torchLoads)
      ? []
      : [
          `PyTorch 2.6 and later refuse this file by default: ${refusedByDefault}.`,
          'Convert it: the output loads',
        ]
  return [`${source}, ${format}, ${size(bytes)}`, ...problem[torchLoads], ...refused]
}

function dangerLines(checkpoint: Checkpoint): string[] {
  const names = foreignNames(checkpoint, 'dangerous')
  return names.length === 0
    ? []
    : [
        `the pickle names ${names.slice(0, 5).join(', ')}: PyTorch would run it when it loads the file. Convert it: nothing is run, and the output is clean`,
      ]
}

/** A label before the first line; further lines are aligned below it. */
function paragraph(
  label: string,
  [first, ...rest]: readonly string[],
  columns: number | undefined,
): string[] {
  if (first === undefined) return []
  return [
    `${label.padEnd(10)} ${fold(printable(first), columns, 11)}`,
    ...indented(rest.map(printable), 11, columns),
  ]
}

function backboneLines(
  title: string,
  { report, obstacle, oddCounters }: LoaderVerdict,
  buildable = true,
): string[] {
  const all = `${title}: ${report.present} of ${report.expected} tensors`
  const harmless = report.present === report.expected && report.unexpected.length > 0
  return [
    harmless
      ? `${all}, and ${count(report.unexpected.length, 'tensor')} that it does not have: MMDetection ignores them with a warning`
      : all,
    ...reportLines(report),
    ...counterLines(oddCounters),
    ...(obstacle === undefined ? [] : [`this ${title} ${obstacle}`]),
    ...(buildable
      ? []
      : [
          `    MMDetection has no ${title}: ${report.complete ? 'the file is complete, but ' : ''}you need to register your own backbone class to load it`,
        ]),
  ]
}

function newLines({ detector }: Verdict): string[] {
  return detector ? [startsNew(detector.new)] : []
}

function counterLines(odd: Verdict['oddCounters'] = {}): string[] {
  const [first] = Object.entries(odd)
  return first === undefined
    ? []
    : [
        `${count(Object.keys(odd).length, 'counter')} of a different type (${first[0]} is ${first[1]}, not a tensor): MMDetection warns, and counts from 0`,
      ]
}

function hasRunningVariances({ sections }: Checkpoint): boolean {
  return [...sections.values()].some(state => [...state.keys()].some(name => name.endsWith('.running_var')))
}

const SHOWN = 10

function valueLines(findings: readonly Finding[], checkpoint: Checkpoint): string[] {
  if (findings.length === 0)
    return [
      hasRunningVariances(checkpoint)
        ? 'no NaN, no Inf, no layer of zeros, and every running variance is positive'
        : 'no NaN, no Inf, no layer of zeros',
    ]
  const broken = findings.filter(({ defect }) => DEFECTS[defect].severity === 'error').length
  const lines = findings.slice(0, SHOWN).map(({ name, defect, count, elements }) => {
    const { severity, means } = DEFECTS[defect]
    return `${printable(name)}: ${count} of ${elements}, ${means} (${severity})`
  })
  const more = findings.length > SHOWN ? [`… and ${findings.length - SHOWN} more`] : []
  return [`${count(broken, 'error')}, ${count(findings.length - broken, 'warning')}`, ...lines, ...more]
}

function healthLines({ health }: Verdict): string[] {
  if (!health) return []
  const [first = '', ...rest] = health.reasons
  const line = `looks ${LOOKS_IN_WORDS[health.looks]}: ${first}`
  if (health.looks === 'trained') return [line]
  return [line, ...rest, 'selfsup2mmdet probe shows more']
}

function hashLines({ hash }: Verdict): string[] {
  if (!hash) return []
  return [
    hash.equal
      ? `the name ends in ${hash.inName}, which matches the file's SHA-256`
      : `the name ends in ${hash.inName}, but the file's SHA-256 is ${hash.found}: it is not the file that was published`,
  ]
}

function againstLines({ against, castTo }: LoaderVerdict, options: Options): string[] {
  if (!against) return []
  const name = publicName(options.against ?? '')
  const source = castTo ? `${name} cast to ${castTo}` : name
  if (against.equal) return [`all ${count(against.same, 'tensor')} are identical to ${source}, bit for bit`]
  const same =
    against.same === 0
      ? `no tensor equals ${source}`
      : `${count(against.same, 'tensor')} ${against.same === 1 ? 'is' : 'are'} identical to ${source}; differences`
  return [`${same}:`, ...differenceLines(against, 'the file', 'the source')]
}
