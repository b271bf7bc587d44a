/** The result of a conversion, as text and as the documented JSON. */

import { count } from '../bytes/count.ts'
import { firstFew } from '../bytes/text.ts'
import { sizeOf } from '../convert/decide.ts'
import type { Parts } from '../convert/parts.ts'
import { becauseOf } from '../explain/because.ts'
import { COMMAND_LINE } from '../explain/command-line.ts'
import { fold } from '../explain/fold.ts'
import { type Note, noteInWords } from '../explain/notes.ts'
import { dropReasons, fateTable, fullTitle, printable, size } from '../explain/print.ts'
import type { Conversion } from '../files/convert.ts'
import type { OutputFormat } from '../formats/index.ts'
import { leftoversOf } from '../node/scratch-files.ts'
import { startsNew } from '../targets/detector.ts'
import { loadersOf } from '../targets/target.ts'
import { foreignNames } from '../tensor/tensor.ts'
import { duration } from './duration.ts'
import { type Io, painter } from './io.ts'

export interface ReportOptions {
  readonly dryRun?: boolean | undefined
  readonly verbose?: boolean | undefined
  readonly publish?: boolean | undefined
  /** Milliseconds that a conversion took. */
  readonly elapsed?: number | undefined
}

/**
 * Prints what users should know in addition to the result.
 * @param input its name if there are several
 */
export function talk(
  { checkpoint, plan, output, noteParts }: Conversion,
  options: ReportOptions,
  io: Io,
  input?: string,
): void {
  for (const text of [...checkpoint.notes, ...noteParts.map(toType)]) note(text, io, input)
  const dangerous = foreignNames(checkpoint, 'dangerous')
  if (dangerous.length > 0) warn(dangerous, io, input)
  const names = foreignNames(checkpoint, 'suspicious', 'unknown', 'harmless')
  if (names.length > 0) {
    const shown = firstFew(names, options.verbose ? names.length : 3)
    note(`the file refers to code, which was not run: ${shown}`, io, input)
  }
  for (const path of output ? leftoversOf(output.requested) : [])
    note(`${path} was left behind by a run that was killed: you can delete it`, io, input)
  if (options.verbose && !options.dryRun) io.err(`${fateTable(plan.fates, io.errColumns)}\n`)
}

function warn(names: readonly string[], io: Io, input?: string): void {
  const of = input === undefined ? '' : `${input}: `
  const text = `${of}loading this file with PyTorch would run ${firstFew(names, 5)}. Nothing was run here, and the output is clean`
  io.err(`${painter(io, io.errIsTerminal)('red', 'warning')}: ${fold(printable(text), io.errColumns, 9)}\n`)
}

const toType = (note: Note): string => noteInWords(note, COMMAND_LINE)

export function note(text: string, io: Io, input?: string): void {
  const of = input === undefined ? '' : `${input}: `
  io.err(
    `${painter(io, io.errIsTerminal)('yellow', 'note')}: ${fold(printable(of + text), io.errColumns, 6)}\n`,
  )
}

/** Five lines; on a dry run, after the fate of every tensor. */
export function summary(
  output: string | undefined,
  conversion: Conversion,
  options: ReportOptions,
  io: Io,
): string {
  const paint = painter(io, io.outIsTerminal)
  const lines: (readonly [label: string, text: string])[] = [
    ['read', readLine(conversion)],
    ['recognised', recognisedLine(conversion)],
    ['kept', keptLine(conversion)],
    ['complete', completeLine(conversion)],
    ...newLine(conversion),
    options.dryRun
      ? ['would write', wouldWrite(output, options)]
      : ['wrote', wrote(conversion, io.outIsTerminal ? options.elapsed : undefined)],
  ]
  const colour = (label: string) => paint(label === 'complete' ? 'green' : 'bold', label.padEnd(11))
  const text = lines
    .map(([label, rest]) => `${colour(label)} ${fold(printable(rest), io.outColumns, 12)}\n`)
    .join('')
  return options.dryRun ? `${fateTable(conversion.plan.fates, io.outColumns)}\n\n${text}` : text
}

/** `moco, ResNet-50, 318 tensors, 94.2 MB`: a conversion in a list. */
export function verdict({ match, architecture, plan }: Conversion): string {
  const { tensors, bytes } = sizeOf(plan.kept)
  return `${match.method.name}, ${architecture.title}, ${count(tensors, 'tensor')}, ${size(bytes)}`
}

function wouldWrite(output: string | undefined, { publish }: ReportOptions): string {
  if (output === undefined) return 'nothing (dry run)'
  return publish ? `${output}, with the first 8 digits of its SHA-256 in the name` : output
}

/** The format is only mentioned if it is not the default. */
const WRITTEN: Readonly<Record<OutputFormat, string>> = {
  zip: '',
  legacy: ', for PyTorch before 1.6 too',
  safetensors: ', safetensors',
}

/** The duration is only for people: scripts get the same output each time. */
function wrote({ output }: Conversion, elapsed: number | undefined): string {
  if (!output) return 'nothing'
  const { path, bytes, format } = output
  return `${path === '-' ? 'standard output' : path}, ${size(bytes)}${WRITTEN[format]}${elapsed === undefined ? '' : `, in ${duration(elapsed)}`}`
}

function readLine({ checkpoint, traffic }: Conversion): string {
  const fetched = traffic ? `, ${size(traffic.bytes)} downloaded` : ''
  return `${checkpoint.source}: ${checkpoint.format}, ${size(checkpoint.size)}${fetched}`
}

function recognisedLine({ match }: Conversion): string {
  const { method, network, section } = match
  const where = section === '' ? '' : ` in '${section}'`
  return `${method.name}${where}${network ? `, network ${network.name}` : ''}: ${becauseOf(match)}`
}

function keptLine(conversion: Conversion): string {
  const kept = sizeOf(conversion.plan.kept)
  const dropped = droppedSize(conversion)
  const all = `${count(kept.tensors, 'tensor')}, ${size(kept.bytes)}`
  if (dropped.tensors === 0) return `${all}; nothing dropped`
  return `${all}; dropped ${dropped.tensors}, ${size(dropped.bytes)}: ${dropReasons(conversion.plan.fates)}`
}

/** What starts at random, if more than a backbone was requested. */
function newLine({ parts }: Conversion): readonly (readonly [label: string, text: string])[] {
  return parts ? [['new', startsNew(parts.anew)]] : []
}

function completeLine({ architecture, report, plan, parts, target, also }: Conversion): string {
  const head = plan.head.size > 0 ? `, and ${plan.head.size} of its head` : ''
  const counters = report.withoutCounters
    ? '; without num_batches_tracked, which FrozenBatchNorm and PyTorch before 0.4.1 do not have: it is filled in'
    : ''
  const beside = parts
    ? `; plus ${parts.part === 'neck' ? 'the neck' : parts.detector.title}, ${parts.report.present} of ${parts.report.expected} tensors`
    : ''
  const [, ...loaders] = loadersOf(target)
  const others = also.map(
    ({ plan, home }, index) =>
      `; ${plan.kept.size} of them also in '${home.section}', for ${loaders[index]!.title}`,
  )
  return `${fullTitle(architecture)}, ${report.present} of ${report.expected} tensors${head}${counters}${beside}${others.join('')}`
}

function droppedSize({ plan }: Conversion) {
  return sizeOf(new Map(plan.fates.filter(fate => !('as' in fate)).map(fate => [fate.name, fate.tensor])))
}

/**
 * The shape of schemas/convert.json.
 * @param config the path of the config that was written, if any
 */
export function asJson(conversion: Conversion, config?: string): object {
  const { checkpoint, match, plan, report, traffic, output, also } = conversion
  return {
    schema: 'selfsup2mmdet/convert/1',
    input: {
      path: checkpoint.source,
      format: checkpoint.format,
      bytes: checkpoint.size,
      ...(traffic ? { fetched: traffic } : {}),
    },
    method: match.method.name,
    network: match.network?.name ?? null,
    section: match.section,
    because: becauseOf(match),
    kept: sizeOf(plan.kept),
    ...(also.length > 0 && {
      also: also.map(({ plan, home }) => ({
        section: home.section,
        class: home.class,
        ...sizeOf(plan.kept),
      })),
    }),
    dropped: droppedSize(conversion),
    report,
    ...(conversion.parts && { detector: partsAsJson(conversion.parts) }),
    fates: plan.fates.map(fate => ({
      name: fate.name,
      dtype: fate.tensor.dtype,
      shape: fate.tensor.shape,
      ...('as' in fate ? { keep: fate.as } : { drop: fate.because }),
    })),
    foreign: checkpoint.foreign,
    notes: [...checkpoint.notes, ...conversion.noteParts.map(toType)],
    output: output ? { path: output.path, bytes: output.bytes, format: output.format } : null,
    config: config ?? null,
  }
}

function partsAsJson({ part, detector, report, anew, facts }: Parts): object {
  return { part, name: detector.name, title: detector.title, report, new: anew, facts }
}
