/** The result of `probe`, as text and as JSON. */

import type { Decision } from '../../convert/decide.ts'
import { becauseOf } from '../../explain/because.ts'
import { fold, indented } from '../../explain/fold.ts'
import { fullTitle, printable, size } from '../../explain/print.ts'
import { table } from '../../explain/table.ts'
import { LOOKS_IN_WORDS, type Probe, type ProbeVerdict } from '../../probe/probe.ts'
import type { OtherNetwork } from '../../probe/report/pictures.ts'
import { LOOKS } from '../../probe/report/stages.ts'
import type { Checkpoint } from '../../tensor/tensor.ts'
import { type Io, painter } from '../io.ts'
import { activationRows, type ForwardRun } from './forward.ts'

/** Everything known at the end. */
export interface Seen {
  readonly checkpoint: Checkpoint
  readonly decision: Decision
  readonly probe: Probe
  readonly others: readonly OtherNetwork[]
  readonly forward: ForwardRun | undefined
  readonly verdict: ProbeVerdict
}

/** Facts about the file: labels and texts. */
export function factsOf(checkpoint: Checkpoint, decision: Decision): [string, string][] {
  const { match, architecture, report } = decision
  const network = match.network ? `, network ${match.network.name}` : ''
  return [
    ['file', `${checkpoint.source}, ${checkpoint.format}, ${size(checkpoint.size)}`],
    ['method', `${match.method.name}${network}: ${becauseOf(match)}`],
    ['backbone', `${fullTitle(architecture)}, ${report.present} of ${report.expected} tensors`],
  ]
}

/** Which images were used, and which package computed. */
export function aboutImages({ features, folder, leftOut, engine }: ForwardRun): string {
  const which =
    folder === undefined ? 'generated images' : `images in ${folder}${leftOut && ` (skipped: ${leftOut})`}`
  return `${features.images} ${which}, with ${engine}`
}

const COLOURS = {
  trained: 'green',
  partly: 'red',
  random: 'red',
  unclear: 'yellow',
  sound: 'green',
  collapsed: 'red',
  broken: 'red',
} as const

/** @param written paths of written files */
export function asText(
  { checkpoint, decision, probe, others, forward, verdict }: Seen,
  written: readonly string[],
  io: Io,
): string {
  const paint = painter(io, io.outIsTerminal)
  const columns = io.outColumns
  const line = (label: string, text: string, colour?: Parameters<typeof paint>[0]) => {
    const folded = fold(printable(text), columns, 10)
    return `${paint('bold', label.padEnd(9))} ${colour ? paint(colour, folded) : folded}`
  }
  return [
    ...factsOf(checkpoint, decision).map(([label, text]) => line(label, text)),
    line('looks', LOOKS_IN_WORDS[verdict], COLOURS[verdict]),
    ...indented(probe.reasons.map(printable), 10, columns),
    ...others.map(({ name, looks, reason }) =>
      line('other', `${name}, not kept, looks ${LOOKS_IN_WORDS[looks]}: ${reason}`),
    ),
    '',
    table(stageRows(probe), columns),
    ...(forward
      ? [
          '',
          line('images', aboutImages(forward)),
          line('features', forward.verdict, COLOURS[forward.verdict]),
          ...indented([printable(forward.reason)], 10, columns),
          '',
          table(activationRows(forward, threeDigits), columns),
        ]
      : []),
    ...written.map(path => `wrote ${fold(printable(path), columns, 6)}`),
    '',
  ].join('\n')
}

function stageRows({ stages }: Probe): string[][] {
  const hasRunning = stages.some(({ running }) => running)
  return [
    [
      'stage',
      'looks',
      'weights',
      'RMS (at init)',
      hasRunning ? 'BN scale' : 'LN scale',
      ...(hasRunning ? ['variance'] : []),
      'dead',
    ],
    ...stages.map(stage => [
      stage.name,
      LOOKS[stage.looks],
      rounded(stage.weights),
      `${threeDigits(stage.rms)} (${threeDigits(stage.rmsAtInit)})`,
      // The stem of a transformer has no normalisation.
      stage.channels === 0 ? '' : threeDigits(stage.scale),
      ...(hasRunning ? [stage.running ? stage.variance.map(threeDigits).join('–') : ''] : []),
      stage.channels === 0 ? '' : `${stage.deadChannels}/${stage.channels}`,
    ]),
  ]
}

/** `14.9 M`: a table of seven columns must fit in 80. */
function rounded(count: number): string {
  if (count >= 1e6) return `${(count / 1e6).toFixed(1)} M`
  return count >= 1e4 ? `${Math.round(count / 1e3)} k` : String(count)
}

function threeDigits(value: number): string {
  return String(Number(value.toPrecision(3)))
}

/** The shape of schemas/probe.json. */
export function asJson({
  checkpoint,
  decision: { match, architecture },
  probe,
  others,
  forward,
  verdict,
}: Seen): object {
  const { count, side, smoothness, spread } = probe.firstLayer
  return {
    schema: 'selfsup2mmdet/probe/1',
    file: checkpoint.source,
    method: match.method.name,
    network: match.network?.name ?? null,
    architecture: architecture.name,
    verdict,
    looks: probe.looks,
    reasons: probe.reasons,
    firstLayer: { count, side, smoothness, spread },
    stages: probe.stages,
    others: others.map(({ name, looks, reason }) => ({ name, looks, reason })),
    forward: forward ? { ...forward, folder: forward.folder ?? null } : null,
  }
}
