/** The pipeline on one page: recognise, plan, verify; and only when all is well, write. */

import { nearest } from '../bytes/nearest.ts'
import type { ByteSink } from '../bytes/sink.ts'
import { MismatchError, UnsupportedError, UsageError } from '../errors.ts'
import { incomplete } from '../explain/incomplete.ts'
import { keptNonTensors, noteOnCounters } from '../explain/non-tensors.ts'
import { noteOnBackbone, notesOnOthers } from '../explain/notes.ts'
import { describeOtherNetwork } from '../explain/other-networks.ts'
import type { Architecture, Family } from '../families/family.ts'
import { type OutputFormat, WRITERS } from '../formats/index.ts'
import type { Method } from '../methods/method.ts'
import { type Home, obstacleTo, type Target } from '../targets/target.ts'
import { type CastDType, castTensor } from '../tensor/cast.ts'
import { isFloat } from '../tensor/floats.ts'
import { byteLength, type Checkpoint, type StateDict } from '../tensor/tensor.ts'
import { KNOWLEDGE, type Knowledge } from './knowledge.ts'
import type { Recognised } from './match.ts'
import { namingOf } from './name.ts'
import { type Plan, placePlan, planSection } from './plan.ts'
import { recogniseMethod } from './recognise.ts'
import { type Report, recogniseArchitecture, verifyBackbone } from './verify.ts'
import { VERSION } from './version.ts'

/** What to convert, and to what. Without any: the method and the architecture are recognised, weights stay as they are. */
export interface ConvertOptions {
  /** A method's name, or `auto` (the default): recognise it. */
  readonly selfsup?: string | undefined
  /** Rules by hand, in place of a known method: see `methodByHand`. */
  readonly method?: Method | undefined
  /** Which of the method's networks; by default the one that its authors transfer. */
  readonly network?: string | undefined
  /** The path of the section that holds the network; '' is the top level. By default, where the method usually has it. */
  readonly section?: string | undefined
  /** Which architecture the backbone must be; by default it is recognised. */
  readonly arch?: string | undefined
  /** Keep the projection head as `fc.*`, as MMDetection's Python script does. */
  readonly keepHead?: boolean | undefined
  /** The loader that the file is for; by default `mmdetection`. */
  readonly target?: string | undefined
  /** Cast floating-point tensors to this type; running statistics stay float32 unless `dtypeAll` is set. */
  readonly dtype?: CastDType | undefined
  readonly dtypeAll?: boolean | undefined
}

/** Everything that is decided before a byte is written. */
export interface Decision {
  readonly recognised: Recognised
  /** In the names of the target. */
  readonly plan: Plan
  readonly architecture: Architecture
  /** In canonical names. */
  readonly report: Report
  readonly target: Target
  /** The class that loads it. */
  readonly home: Home
  /** What should be known and is no error: a network that was not taken, one that MMDetection cannot build. */
  readonly notes: readonly string[]
}

/**
 * Decides what becomes of every tensor, and makes sure that the result is a whole backbone.
 * @throws MismatchError when it is not, or the method is not clear; its `details` say why
 * @throws UsageError when an option names something that does not exist
 * @throws UnsupportedError when the checkpoint holds a network that the target cannot load, or tensors without dense values
 */
export function decide(checkpoint: Checkpoint, knowledge: Knowledge, options: ConvertOptions = {}): Decision {
  try {
    return decideKnown(checkpoint, knowledge, options)
  } catch (error) {
    const other =
      error instanceof MismatchError && !isSaid(options) ? describeOtherNetwork(checkpoint) : undefined
    throw other ?? error
  }
}

function isSaid({ method, section }: ConvertOptions): boolean {
  return method !== undefined || section !== undefined
}

function decideKnown(checkpoint: Checkpoint, knowledge: Knowledge, options: ConvertOptions): Decision {
  const recognised = recogniseMethod(checkpoint, knowledge, options)
  const { method, section, network } = recognised
  const plan = planSection(method, recognised.state, knowledge.families, {
    source: checkpoint.source,
    path: section,
    network: network?.name,
    keepHead: options.keepHead,
  })
  const architecture = architectureOf(plan, checkpoint.source, recognised, knowledge.families, options.arch)
  const others = keptNonTensors(checkpoint, method, section, network?.name)
  const words = new Map([...others].map(([name, { is }]) => [name, is]))
  const report = verifyBackbone(plan.kept, architecture, plan.head, words)
  if (!report.complete) throw incomplete(checkpoint.source, { recognised, plan, report }, options.arch)
  const target = chooseTarget(knowledge.targets, options.target)
  const { home, placed } = placeIn(target, plan, architecture, checkpoint.source)
  const kept = options.dtype ? castState(placed.kept, options.dtype, options.dtypeAll) : placed.kept
  // Rules, or the name of a section, come from somebody who has looked.
  const networks = isSaid(options) ? [] : notesOnOthers(checkpoint, knowledge, recognised)
  const notes = [...networks, ...noteOnCounters(others), noteOnBackbone(architecture) ?? []].flat()
  return { recognised, plan: { ...placed, kept }, architecture, report, target, home, notes }
}

/** @throws UnsupportedError when the target has no class for the network, or one that cannot be it */
function placeIn(
  target: Target,
  plan: Plan,
  architecture: Architecture,
  source: string,
): { readonly home: Home; readonly placed: Plan } {
  const home = target.homes[architecture.family]
  if (!home || !plan.family)
    throw new UnsupportedError(
      `${source} holds a ${architecture.title}, which ${target.title} cannot load.`,
      'Choose another --target, or leave it out.',
    )
  const obstacle = obstacleTo(home, architecture)
  if (obstacle)
    throw new UnsupportedError(`${source}: this ${architecture.title} ${obstacle.because}.`, obstacle.instead)
  const { plan: placed, homeless } = placePlan(plan, namingOf(plan.family, home), home.prefix)
  if (homeless.length > 0)
    throw new UnsupportedError(
      `${source}: ${home.class} has no place for ${homeless.slice(0, 5).join(', ')}.`,
      'The network cannot be loaded whole.',
    )
  return { home, placed }
}

/** @throws UsageError when there is none of that name */
function chooseTarget(targets: Knowledge['targets'], name: string | undefined): Target {
  const found = name === undefined ? targets[0] : targets.find(target => target.name === name)
  if (found) return found
  throw new UsageError(
    `There is no target '${name}'.`,
    `The targets are: ${targets.map(target => target.name).join(', ')}.`,
  )
}

/** Running statistics are sums over many batches: in 16 bits they lose what later layers build on. */
const RUNNING_STATISTICS = /\.running_(mean|var)$/

function castState(state: StateDict, dtype: CastDType, all = false): StateDict {
  return new Map(
    [...state].map(([name, tensor]) => {
      const target = all || !RUNNING_STATISTICS.test(name) ? dtype : 'float32'
      return [name, isFloat(tensor.dtype) ? castTensor(tensor, target) : tensor]
    }),
  )
}

/** How a backbone is written; by default as a zip archive. */
export interface WriteBackboneOptions {
  readonly format?: OutputFormat | undefined
  /** Told how many tensor bytes were written since the last time. */
  readonly onBytes?: ((count: number) => void) | undefined
  /** Called when all is written, before it becomes visible; when it throws, nothing does. */
  readonly beforeFinish?: (() => void) | undefined
}

/**
 * Writes the backbone that was decided on.
 * @param meta plain values to go with it; the method and architecture are added
 */
export function writeBackbone(
  { plan, recognised, architecture, target, home }: Omit<Decision, 'report' | 'notes'>,
  meta: Readonly<Record<string, string>>,
  sink: ByteSink,
  { format = 'zip', onBytes }: WriteBackboneOptions = {},
): Promise<void> {
  const method = recognised.pretrainedBy ?? recognised.method
  const all = {
    ...meta,
    method: method.name,
    architecture: architecture.name,
    ...(target.name === KNOWLEDGE.targets[0].name ? {} : { target: target.name }),
  }
  return WRITERS[format](plan.kept, all, sink, { section: home.section, ...(onBytes && { onBytes }) })
}

/** Writes the backbone with the program's version, and finishes the sink; when anything fails, aborts it. */
export async function writeWhole(
  decision: Decision,
  sink: ByteSink,
  options?: WriteBackboneOptions,
): Promise<void> {
  try {
    await writeBackbone(decision, { selfsup2mmdet: VERSION }, sink, options)
    options?.beforeFinish?.()
    await sink.finish()
  } catch (error) {
    await sink.abort()
    throw error
  }
}

/** How many tensors, and how many bytes they are when written. */
export function sizeOf(state: StateDict): { readonly tensors: number; readonly bytes: number } {
  let bytes = 0
  for (const tensor of state.values()) bytes += byteLength(tensor)
  return { tensors: state.size, bytes }
}

function architectureOf(
  { kept, family }: Plan,
  source: string,
  { method }: Recognised,
  families: readonly Family[],
  stated: string | undefined,
): Architecture {
  // Of another family than the names are of, if that is what was stated: then nothing fits, and the report says it.
  const all = families.flatMap(one =>
    one === family || !family ? one.architectures(kept) : one.architectures(),
  )
  if (stated !== undefined) return chooseArchitecture(all, stated)
  const best = recogniseArchitecture(kept, family ? family.architectures(kept) : all)
  if (best) return best.architecture
  throw new MismatchError(
    `${source}: what ${method.name} keeps of this checkpoint is no ResNet: its first tensors are ${[...kept.keys()].slice(0, 5).join(', ') || 'none at all'}.`,
    'Only ResNets can be converted. If it is one, state it with --arch to see what is missing.',
    { kept: [...kept.keys()].slice(0, 100) },
  )
}

/** @throws UsageError when there is none of that name */
export function chooseArchitecture(architectures: readonly Architecture[], name: string): Architecture {
  const found = architectures.find(architecture => architecture.name === name)
  if (found) return found
  const names = architectures.map(architecture => architecture.name)
  const guess = nearest(name, names)
  throw new UsageError(
    `There is no architecture '${name}'.`,
    `${guess ? `Did you mean ${guess}? ` : ''}The architectures are: ${names.join(', ')}.`,
  )
}
