/** `selfsup2mmdet probe <file>`: was this backbone trained? In words, as a picture, as a page. */
import type { Command } from 'commander'
import {
  ARCHITECTURES,
  type Checkpoint,
  type Decision,
  decide,
  drawFilters,
  encodePng,
  METHODS,
  type Probe,
  probeBackbone,
  refuseSameFiles,
  writeReport,
} from '../../index.ts'
import { leadWith } from '../examples.ts'
import {
  activationRows,
  checkForwardOptions,
  type ForwardOptions,
  type ForwardRun,
  isSound,
  runForward,
} from '../forward.ts'
import { type Io, painter } from '../io.ts'
import { addLimitsOption, type LimitsOption } from '../limits-option.ts'
import { addMethodOptions, type MethodOptions } from '../method-options.ts'
import { printable, shape, size, table } from '../print.ts'
import { withCheckpoint } from '../remote.ts'
import { writeBytes, writeText } from '../write-file.ts'

interface Options extends MethodOptions, ForwardOptions, LimitsOption {
  readonly report?: string
  readonly filters?: string
  readonly json?: boolean
}

const EXAMPLES = [
  ['selfsup2mmdet probe moco_v2_800ep_pretrain.pth.tar'],
  ['selfsup2mmdet probe moco.pth --report report.html'],
  ['selfsup2mmdet probe moco.pth --forward --images photographs'],
] as const

const AFTERWORD = `
--forward needs TensorFlow.js, which is installed by those who want it:
  npm install @tensorflow/tfjs-core @tensorflow/tfjs-backend-wasm
or @tensorflow/tfjs-node, which is quicker. --images needs pngjs for PNG and
jpeg-js for JPEG.

Exit codes: 0 when the backbone looks trained, 1 when it looks random or it is
not clear, or when its features do not tell the images apart.
`

export function addProbe(program: Command, io: Io, exit: (code: number) => void): void {
  const command = program
    .command('probe')
    .summary('look whether a backbone was trained: filters, statistics, a page to read')
    .description(
      leadWith(
        'Looks whether a backbone was trained: the filters of its first layer, and statistics of each stage. Runs it on images when asked to.',
        EXAMPLES,
      ),
    )
    .argument(
      '<file>',
      'any checkpoint that can be converted, before or after: a path, https://…, hf://…, or - (stdin)',
    )
    .option(
      '--report <file>',
      'write a page of HTML with the picture, the statistics and the fate of every tensor',
    )
    .option('--filters <file>', 'write the filters of the first layer as a PNG')
    .option('--forward', 'run the backbone on images: shapes, activations, whether features have collapsed')
    .option(
      '--images <folder>',
      'with --forward: PNG and JPEG images, 64 at most; generated ones when left out',
    )
    .option('--json', 'print the verdict and the statistics as JSON')
    .addHelpText('after', AFTERWORD)
  const methodOf = addMethodOptions(command)
  addLimitsOption(command).action(async (path: string, options: Options) => {
    checkForwardOptions(options)
    const method = methodOf(options)
    await withCheckpoint(path, io, options, async ({ checkpoint, paths }) => {
      refuseSameFiles(paths, [options.filters, options.report])
      const decision = decide(checkpoint, METHODS, ARCHITECTURES, { ...options, method })
      const { order } = decision.recognised.method.normalisation
      const probe = await probeBackbone(decision.plan.kept, order)
      const seen: Seen = { checkpoint, decision, probe, forward: await runForward(decision, options) }
      await writeFiles(seen, options)
      if (options.json) io.out(`${JSON.stringify(asJson(seen), null, 2)}\n`)
      else io.out(asText(seen, options, io))
      exit(isSound(probe, seen.forward) ? 0 : 1)
    })
  })
}

/** All that is known at the end. */
interface Seen {
  readonly checkpoint: Checkpoint
  readonly decision: Decision
  readonly probe: Probe
  readonly forward: ForwardRun | undefined
}

async function writeFiles(
  { checkpoint, decision, probe, forward }: Seen,
  { report, filters }: Options,
): Promise<void> {
  if (report === undefined && filters === undefined) return
  const png = await encodePng(drawFilters(probe.firstLayer))
  if (filters !== undefined) await writeBytes(filters, png)
  if (report === undefined) return
  const text = writeReport({
    title: `Probe of ${checkpoint.source}`,
    facts: factsOf(checkpoint, decision),
    probe,
    filters: png,
    forward,
    forwardAbout: forward && aboutImages(forward),
    fates: decision.plan.fates.map(fate => [
      fate.name,
      `${fate.tensor.dtype} ${shape(fate.tensor.shape)}`,
      'as' in fate ? `kept as ${fate.as}` : `dropped: ${fate.because}`,
    ]),
  })
  await writeText(report, text)
}

function factsOf(checkpoint: Checkpoint, decision: Decision): [string, string][] {
  const { recognised, architecture, report } = decision
  const network = recognised.network ? `, network ${recognised.network.name}` : ''
  return [
    ['file', `${checkpoint.source}, ${checkpoint.format}, ${size(checkpoint.size)}`],
    ['method', `${recognised.method.name}${network}: ${recognised.because}`],
    ['backbone', `${architecture.title}, ${report.present} of ${report.expected} tensors`],
  ]
}

function aboutImages({ features, folder, engine }: ForwardRun): string {
  return `${features.images} ${folder === undefined ? 'generated' : `of ${folder}`}, with ${engine}`
}

const COLOURS = {
  trained: 'green',
  random: 'red',
  unclear: 'yellow',
  sound: 'green',
  collapsed: 'red',
  broken: 'red',
} as const

function asText({ checkpoint, decision, probe, forward }: Seen, options: Options, io: Io): string {
  const paint = painter(io, io.outIsTerminal)
  const facts = factsOf(checkpoint, decision).map(
    ([label, text]) => `${paint('bold', label.padEnd(9))} ${printable(text)}`,
  )
  const number = (value: number) => String(Number(value.toPrecision(3)))
  const rows = [
    ['stage', 'weights', 'size (fresh)', 'BatchNorm scale', 'variance', 'dead'],
    ...probe.stages.map(stage => [
      stage.name,
      String(stage.weights),
      `${number(stage.rms)} (${number(stage.freshRms)})`,
      number(stage.scale),
      stage.variance.map(number).join('…'),
      `${stage.deadChannels} of ${stage.channels}`,
    ]),
  ]
  const written = [options.filters, options.report].filter(path => path !== undefined)
  return [
    ...facts,
    `${paint('bold', 'looks'.padEnd(9))} ${paint(COLOURS[probe.looks], probe.looks)}`,
    ...probe.reasons.map(reason => `          ${reason}`),
    '',
    table(rows),
    ...(forward
      ? [
          '',
          `${paint('bold', 'images'.padEnd(9))} ${printable(aboutImages(forward))}`,
          `${paint('bold', 'features'.padEnd(9))} ${paint(COLOURS[forward.verdict], forward.verdict)}`,
          `          ${forward.reason}`,
          '',
          table(activationRows(forward, number)),
        ]
      : []),
    ...written.map(path => `wrote ${printable(path)}`),
    '',
  ].join('\n')
}

function asJson({ checkpoint, decision: { recognised, architecture }, probe, forward }: Seen): object {
  const { count, side, smoothness, spread } = probe.firstLayer
  return {
    schema: 'selfsup2mmdet/probe/1',
    file: checkpoint.source,
    method: recognised.method.name,
    network: recognised.network?.name ?? null,
    architecture: architecture.name,
    looks: probe.looks,
    reasons: probe.reasons,
    firstLayer: { count, side, smoothness, spread },
    stages: probe.stages,
    forward: forward ? { ...forward, folder: forward.folder ?? null } : null,
  }
}
