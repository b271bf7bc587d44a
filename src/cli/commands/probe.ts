/** `selfsup2mmdet probe <file>`: was this backbone trained? As text, a picture, or a page. */
import type { Command } from 'commander'
import { VERSION } from '../../convert/version.ts'
import { decideOrThrow } from '../../explain/decide.ts'
import { json, shape } from '../../explain/print.ts'
import { refuseSameFiles } from '../../node/same-file.ts'
import { requireRunnable } from '../../probe/forward/network.ts'
import { drawFilters } from '../../probe/picture.ts'
import { encodePng } from '../../probe/png.ts'
import { probeBackbone } from '../../probe/probe.ts'
import { writeReport } from '../../probe/report/page.ts'
import { keepOnceRead } from '../../tensor/keep-once-read.ts'
import { commandLine } from '../command-line.ts'
import { leadWith } from '../examples.ts'
import { withCheckpoint } from '../inputs.ts'
import type { Io } from '../io.ts'
import { addLimitsOption, type LimitsOption } from '../limits-option.ts'
import { addMethodOptions, type MethodOptions } from '../options.ts'
import { addOverwriteOptions, checkOverwriteOptions, type Replacing } from '../overwrite-options.ts'
import { checkForwardOptions, type ForwardOptions, overallVerdict, runForward } from '../probe/forward.ts'
import { otherNetworks } from '../probe/other-networks.ts'
import { aboutImages, asJson, asText, factsOf, type Seen } from '../probe/output.ts'
import { checkOutput, writeOutput } from '../write-file.ts'

interface Options extends MethodOptions, ForwardOptions, LimitsOption, Replacing {
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
--forward requires TensorFlow.js, an optional package:
  npm install @tensorflow/tfjs-core @tensorflow/tfjs-backend-wasm
or @tensorflow/tfjs-node, which is faster. --images requires pngjs for
PNG and jpeg-js for JPEG.

Exit codes: 0 if the backbone looks trained, 1 if all or part of it
looks random or broken, if the evidence is unclear, or if its
features have collapsed.
`

export function addProbe(program: Command, io: Io, exit: (code: number) => void): void {
  const command = program
    .command('probe')
    .summary('check whether a backbone looks trained: filters, statistics, HTML report')
    .description(
      leadWith(
        'Checks whether a backbone looks trained, by the filters of its first layer and statistics of each stage. Can also run it on images.',
        EXAMPLES,
      ),
    )
    .argument('<file>', 'a checkpoint, converted or not: a path, https://…, hf://…, or - (stdin)')
    .option('--report <file>', 'write an HTML page with filters, statistics and a list of all tensors')
    .option('--filters <file>', 'write the filters of the first layer as a PNG')
    .option(
      '--forward',
      'run a ResNet, ViT, Swin or ConvNeXt on images: shapes, activations, whether features have collapsed',
    )
    .option('--images <folder>', 'with --forward: PNG and JPEG images, 64 at most (default: generated ones)')
    .option('--json', 'print the verdict and the statistics as JSON')
    .addHelpText('after', AFTERWORD)
  const methodOf = addMethodOptions(command)
  addOverwriteOptions(addLimitsOption(command)).action(async (path: string, options: Options) => {
    checkForwardOptions(options)
    checkOverwriteOptions(options)
    const method = methodOf(options)
    await withCheckpoint(path, io, options, async ({ checkpoint, paths, traffic, requireUnchanged }) => {
      refuseSameFiles(paths, [options.filters, options.report])
      await checkOutputs(options)
      const decision = decideOrThrow(checkpoint, { ...options, method })
      const { match } = decision
      const { order } = (match.pretrainedBy ?? match.method).normalisation
      // Both the statistics and the run read every tensor.
      const isReadTwice = options.forward && traffic !== undefined
      const kept = isReadTwice ? keepOnceRead(decision.canonical) : decision.canonical
      if (options.forward) requireRunnable(kept)
      const probe = await probeBackbone(kept, order)
      const others = await otherNetworks(checkpoint, decision, { ...options, method })
      const forward = await runForward(kept, match.method, probe, options)
      requireUnchanged()
      const verdict = overallVerdict(probe, forward)
      const seen: Seen = { checkpoint, decision, probe, others, forward, verdict }
      await writeFiles(seen, options, commandLine(command, checkpoint.source))
      const written = [options.filters, options.report].filter(path => path !== undefined)
      if (options.json) io.out(`${json(asJson(seen))}\n`)
      else io.out(asText(seen, written, io))
      exit(verdict === 'trained' ? 0 : 1)
    })
  })
}

/** Checked before a probe, which can take minutes. */
async function checkOutputs(options: Options): Promise<void> {
  for (const kind of ['filters', 'report'] as const) {
    const path = options[kind]
    if (path !== undefined) await checkOutput(path, kind, options)
  }
}

async function writeFiles(
  { checkpoint, decision, probe, others, forward, verdict }: Seen,
  options: Options,
  command: string,
): Promise<void> {
  const { report, filters } = options
  if (report === undefined && filters === undefined) return
  const png = await encodePng(drawFilters(probe.firstLayer))
  if (filters !== undefined) await writeOutput(filters, 'filters', png, options)
  if (report === undefined) return
  const text = await writeReport({
    title: `Probe of ${checkpoint.source}`,
    facts: [
      ...factsOf(checkpoint, decision),
      ['command', command],
      [
        'written',
        `${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC, by selfsup2mmdet ${VERSION}`,
      ],
    ],
    probe,
    filters: png,
    forward,
    forwardAbout: forward && aboutImages(forward),
    fates: decision.plan.fates.map(fate => [
      fate.name,
      fate.tensor.dtype,
      shape(fate.tensor.shape),
      'as' in fate ? fate.as : fate.because,
      'as' in fate,
    ]),
    verdict,
    network: decision.match.network?.name,
    others,
    version: VERSION,
  })
  await writeOutput(report, 'report', text, options)
}
