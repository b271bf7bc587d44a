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
  writeReport,
} from '../../index.ts'
import { type Io, painter } from '../io.ts'
import { addMethodOptions, type MethodOptions } from '../method-options.ts'
import { printable, shape, size, table } from '../print.ts'
import { withCheckpoint } from '../remote.ts'
import { writeBytes, writeText } from '../write-file.ts'

interface Options extends MethodOptions {
  readonly report?: string
  readonly filters?: string
  readonly json?: boolean
}

const EXAMPLES = `
Examples:
  $ selfsup2mmdet probe moco_v2_800ep_pretrain.pth.tar
  $ selfsup2mmdet probe moco.pth --report report.html
  $ selfsup2mmdet probe moco.pth --filters filters.png

Exit codes: 0 when the backbone looks trained, 1 when it looks random or it is not clear.
`

export function addProbe(program: Command, io: Io, exit: (code: number) => void): void {
  const command = program
    .command('probe')
    .summary('look whether a backbone was trained: filters, statistics, a page to read')
    .description(
      'Looks whether a backbone was trained: the filters of its first layer, and statistics of each stage. Runs nothing of it.',
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
    .option('--json', 'print the verdict and the statistics as JSON')
    .addHelpText('after', EXAMPLES)
  const methodOf = addMethodOptions(command)
  command.action(async (path: string, options: Options) => {
    await withCheckpoint(path, io, async ({ checkpoint }) => {
      const decision = decide(checkpoint, METHODS, ARCHITECTURES, { ...options, method: methodOf(options) })
      const { order } = decision.recognised.method.normalisation
      const probe = await probeBackbone(decision.plan.kept, order)
      await writeFiles(checkpoint, decision, probe, options)
      if (options.json) io.out(`${JSON.stringify(asJson(checkpoint.source, decision, probe), null, 2)}\n`)
      else io.out(asText(checkpoint, decision, probe, options, io))
      exit(probe.looks === 'trained' ? 0 : 1)
    })
  })
}

async function writeFiles(
  checkpoint: Checkpoint,
  decision: Decision,
  probe: Probe,
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

function asText(checkpoint: Checkpoint, decision: Decision, probe: Probe, options: Options, io: Io): string {
  const paint = painter(io, io.outIsTerminal)
  const colour = { trained: 'green', random: 'red', unclear: 'yellow' } as const
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
    `${paint('bold', 'looks'.padEnd(9))} ${paint(colour[probe.looks], probe.looks)}`,
    ...probe.reasons.map(reason => `          ${reason}`),
    '',
    table(rows),
    ...written.map(path => `wrote ${printable(path)}`),
    '',
  ].join('\n')
}

function asJson(path: string, { recognised, architecture }: Decision, probe: Probe): object {
  const { count, side, smoothness, spread } = probe.firstLayer
  return {
    schema: 'selfsup2mmdet/probe/1',
    file: path,
    method: recognised.method.name,
    network: recognised.network?.name ?? null,
    architecture: architecture.name,
    looks: probe.looks,
    reasons: probe.reasons,
    firstLayer: { count, side, smoothness, spread },
    stages: probe.stages,
  }
}
