/** `selfsup2mmdet inspect <file>`: the contents of a checkpoint. Reads names and shapes, no tensor bytes. */
import type { Command } from 'commander'
import { count } from '../../bytes/count.ts'
import { type Decision, decide, sizeOf } from '../../convert/decide.ts'
import { KNOWN } from '../../convert/knowledge.ts'
import { isRefusal } from '../../convert/refusal.ts'
import { ToolError } from '../../errors.ts'
import { becauseOf } from '../../explain/because.ts'
import { explainRefusal } from '../../explain/explain.ts'
import { fold } from '../../explain/fold.ts'
import { drawPicture } from '../../explain/picture/bar.ts'
import { partsOf } from '../../explain/picture/parts.ts'
import { fullTitle, json, kind, printable, size } from '../../explain/print.ts'
import { requireSection } from '../../explain/require-section.ts'
import { table } from '../../explain/table.ts'
import type { Traffic } from '../../http/options.ts'
import { refuseSameFiles } from '../../node/same-file.ts'
import { byteLength, type Checkpoint, type Severity, type StateDict } from '../../tensor/tensor.ts'
import { leadWith } from '../examples.ts'
import { withCheckpoint } from '../inputs.ts'
import { type Io, painter } from '../io.ts'
import { addLimitsOption, type LimitsOption } from '../limits-option.ts'
import { addOverwriteOptions, checkOverwriteOptions, type Replacing } from '../overwrite-options.ts'
import { checkOutput, writeOutput } from '../write-file.ts'

interface Options extends LimitsOption, Replacing {
  readonly json?: boolean
  readonly filter?: string
  readonly section?: string
  readonly picture?: string
  readonly all?: boolean
}

const EXAMPLES = [
  ['selfsup2mmdet inspect checkpoint.pth.tar'],
  ['selfsup2mmdet inspect moco.pth.tar --filter layer4 --section state_dict'],
  ['selfsup2mmdet inspect checkpoint.pth.tar --json'],
  ['selfsup2mmdet inspect checkpoint.pth.tar --picture parts.svg'],
] as const

export function addInspect(program: Command, io: Io): void {
  const command = program
    .command('inspect')
    .summary('show what a checkpoint contains: container, sections, tensors, likely method')
    .description(
      leadWith(
        'Shows what a checkpoint contains. Reads a few hundred kilobytes of it, whatever its size, and runs no code.',
        EXAMPLES,
      ),
    )
    .argument(
      '<file>',
      'a checkpoint in any supported format: a path, https://…, hf://owner/repo/path, or - (stdin)',
    )
    .option('--filter <text>', 'only tensors whose name contains this text')
    .option('--section <path>', "only this section; '' is the top level")
    .option('--all', 'list every tensor, not only the first of each section')
    .option('--picture <file>', 'draw to scale what is kept and why the rest is dropped, as SVG')
    .option('--json', 'print everything as JSON')
  addOverwriteOptions(addLimitsOption(command)).action((file: string, options: Options) =>
    run(file, options, io),
  )
}

async function run(path: string, options: Options, io: Io): Promise<void> {
  checkOverwriteOptions(options)
  if (options.picture !== undefined) await checkOutput(options.picture, 'picture', options)
  const { checkpoint, traffic } = await withCheckpoint(
    path,
    io,
    options,
    async ({ checkpoint, paths, traffic, requireUnchanged }) => {
      refuseSameFiles(paths, [options.picture])
      requireUnchanged()
      return { checkpoint, traffic }
    },
  )
  const verdict = judge(checkpoint)
  const sections = choose(checkpoint, options)
  const found = { checkpoint, traffic, sections, verdict }
  if (options.picture !== undefined) await writePicture(options.picture, found, options)
  if (options.json) io.out(`${json(asJson(found))}\n`)
  else io.out(asText(found, options, io))
}

interface Found {
  readonly checkpoint: Checkpoint
  readonly traffic: Traffic | undefined
  readonly sections: ReadonlyMap<string, StateDict>
  readonly verdict: Verdict
}

type Verdict = Decision | ToolError

async function writePicture(
  path: string,
  { checkpoint, verdict }: Found,
  replacing: Replacing,
): Promise<void> {
  const parts = partsOf(checkpoint, verdict instanceof ToolError ? undefined : verdict)
  // Without folders, because pictures are shown to other people.
  const name = checkpoint.source.split(/[/\\]/).at(-1)
  await writeOutput(path, 'picture', drawPicture(`${name}, ${size(checkpoint.size)}`, parts), replacing)
}

function judge(checkpoint: Checkpoint): Verdict {
  const decision = decide(checkpoint, KNOWN)
  return isRefusal(decision)
    ? explainRefusal(decision, { checkpoint, knowledge: KNOWN, options: {} })
    : decision
}

function choose(checkpoint: Checkpoint, { filter, section }: Options): ReadonlyMap<string, StateDict> {
  const chosen =
    section === undefined
      ? [...checkpoint.sections]
      : [[section, requireSection(checkpoint, section)] as const]
  if (filter === undefined) return new Map(chosen)
  return new Map(
    chosen.map(([path, state]) => [path, new Map([...state].filter(([name]) => name.includes(filter)))]),
  )
}

function asText({ checkpoint, traffic, sections, verdict }: Found, options: Options, io: Io): string {
  const paint = painter(io, io.outIsTerminal)
  const line = (label: string, text: string) =>
    `${paint(label === 'dangerous' ? 'red' : 'bold', label.padEnd(11))} ${fold(printable(text), io.outColumns, 12)}\n`
  const fetched = traffic ? `, ${size(traffic.bytes)} downloaded` : ''
  const facts = [...checkpoint.facts].map(([name, value]) => `${name} = ${value}`).join(', ')
  const named = (...kinds: readonly Severity[]) =>
    checkpoint.foreign
      .filter(({ severity }) => kinds.includes(severity))
      .map(({ name, calls }) => (calls > 0 ? `${name} (${count(calls, 'call')})` : name))
      .join(', ')
  const [dangerous, suspicious] = [named('dangerous'), named('suspicious')]
  const foreign = named('unknown', 'harmless')
  return [
    line('file', `${checkpoint.source}, ${size(checkpoint.size)}${fetched}`),
    line('container', `${checkpoint.format} (${checkpoint.era})`),
    checkpoint.refusedByDefault &&
      line('loading', `PyTorch 2.6 and later refuse this file by default: ${checkpoint.refusedByDefault}`),
    checkpoint.framework ? line('written by', checkpoint.framework) : '',
    facts && line('facts', facts),
    dangerous && line('dangerous', `${dangerous}: PyTorch would run it when it loads the file; not run here`),
    suspicious && line('suspicious', `${suspicious}: would load or create other code; not run here`),
    foreign && line('foreign', `${foreign}: names in the pickle; not run`),
    ...checkpoint.notes.map(note => line('note', note)),
    ...verdictLines(verdict, checkpoint.source).map(([label, text]) => line(label, text)),
    ...outsideOf(checkpoint).map(bytes =>
      line('outside', `${size(bytes)} outside every state dict: optimizer and the like`),
    ),
    ...[...sections].map(([path, state]) => `\n${sectionText(checkpoint, path, state, options, io)}`),
  ].join('')
}

/** The bytes of the file that do not belong to a listed tensor. */
function outsideOf(checkpoint: Checkpoint): number[] {
  return partsOf(checkpoint).flatMap(({ kind, bytes }) => (kind === 'outside' ? [bytes] : []))
}

function verdictLines(verdict: Verdict, source: string): [label: string, text: string][] {
  // The line above already shows the path.
  if (verdict instanceof ToolError)
    return [
      [
        'method',
        [`${source}: `, `${source} `].reduce((text, start) => text.replace(start, ''), verdict.message),
      ],
    ]
  const { match, architecture, report } = verdict
  const { method, network, section } = match
  const where = section === '' ? '' : ` in '${section}'`
  return [
    ['method', `${method.name}${where}${network ? `, network ${network.name}` : ''}: ${becauseOf(match)}`],
    ['backbone', `${fullTitle(architecture)}, ${report.present} of ${report.expected} tensors`],
  ]
}

/** Without a filter, this many rows are enough to get an impression of a section. */
const SHOWN = 12

function sectionText(
  checkpoint: Checkpoint,
  path: string,
  state: StateDict,
  options: Options,
  io: Io,
): string {
  const inAll = checkpoint.sections.get(path)!.size
  const { tensors, bytes } = sizeOf(state)
  const number =
    options.filter === undefined ? count(tensors, 'tensor') : `${tensors} of ${count(inAll, 'tensor')}`
  const title = `[${printable(path) || 'top level'}] ${number}, ${size(bytes)}`
  const all = options.all || options.filter !== undefined || options.section !== undefined
  const rows = [...state]
    .slice(0, all ? undefined : SHOWN)
    .map(([name, tensor]) => [
      `  ${printable(name)}`,
      kind(tensor),
      printable(tensor.unreadable ?? '') || size(byteLength(tensor)),
    ])
  const more = tensors > rows.length ? `  … and ${tensors - rows.length} more: --all lists them\n` : ''
  const others = nonTensorsText(checkpoint.nonTensors?.get(path))
  const odd = others && `  ${fold(others, io.outColumns, 2)}\n`
  const body = rows.length > 0 ? `${table(rows, io.outColumns)}\n` : ''
  return `${painter(io, io.outIsTerminal)('bold', fold(title, io.outColumns))}\n${body}${more}${odd}`
}

/** Values that are not tensors, although their names are those of a network's tensors. */
function nonTensorsText(found: ReadonlyMap<string, string> = new Map()): string {
  const [first, ...more] = [...found].filter(([name]) => name.includes('.'))
  if (first === undefined) return ''
  const others =
    more.length === 0 ? '' : `, nor ${more.length === 1 ? 'is 1 other' : `are ${more.length} others`}`
  return printable(`${first[0]} is ${first[1]}, not a tensor${others}`)
}

function asJson({ checkpoint, traffic, sections, verdict }: Found): object {
  return {
    schema: 'selfsup2mmdet/inspect/1',
    file: checkpoint.source,
    bytes: checkpoint.size,
    ...(traffic ? { fetched: traffic } : {}),
    format: checkpoint.format,
    era: checkpoint.era,
    framework: checkpoint.framework ?? null,
    refusedByDefault: checkpoint.refusedByDefault ?? null,
    facts: Object.fromEntries(checkpoint.facts),
    foreign: checkpoint.foreign,
    notes: checkpoint.notes,
    ...verdictJson(verdict),
    outside: outsideOf(checkpoint)[0] ?? 0,
    sections: [...sections].map(([path, state]) => ({
      path,
      ...sizeOf(state),
      nonTensors: Object.fromEntries(checkpoint.nonTensors?.get(path) ?? []),
      entries: [...state].map(([name, { dtype, shape, unreadable }]) => ({
        name,
        dtype,
        shape,
        ...(unreadable === undefined ? {} : { unreadable }),
      })),
    })),
  }
}

function verdictJson(verdict: Verdict): object {
  if (verdict instanceof ToolError)
    return { method: null, network: null, architecture: null, because: verdict.message }
  const { match, architecture, report } = verdict
  return {
    method: match.method.name,
    network: match.network?.name ?? null,
    section: match.section,
    architecture: architecture.name,
    because: becauseOf(match),
    report,
  }
}
