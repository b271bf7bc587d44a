/** The whole pipeline: recognise, plan, verify; and write only if all of these succeed. */

import { findByName } from '../bytes/find-by-name.ts'
import type { ByteSink } from '../bytes/sink.ts'
import { UsageError } from '../errors.ts'
import type { Architecture, Family } from '../families/family.ts'
import { type OutputFormat, WRITERS } from '../formats/index.ts'
import type { Method } from '../methods/method.ts'
import type { DetectorGeneration, Part } from '../targets/detector.ts'
import { type Home, loadersOf, obstacleTo, type Target } from '../targets/target.ts'
import { type CastDType, castTensor } from '../tensor/cast.ts'
import { isFloat } from '../tensor/floats.ts'
import { byteLength, type Checkpoint, type StateDict, type Tensor } from '../tensor/tensor.ts'
import { chooseArchitecture } from './architecture-names.ts'
import type { CanonicalPlan, Plan } from './fate.ts'
import { KNOWN, type Knowledge } from './knowledge.ts'
import type { Match } from './match.ts'
import { namingOf } from './name.ts'
import { keptNonTensors } from './non-tensors.ts'
import { metaOf, type PartOptions, type Parts, placeParts, saidFacts, withMade } from './parts.ts'
import { isBeyondBackbone, placePlan, planSection } from './plan.ts'
import { recogniseMethod } from './recognise.ts'
import { isRefusal, type Refusal } from './refusal.ts'
import { type Report, recogniseArchitecture, verifyBackbone } from './verify.ts'
import { VERSION } from './version.ts'

/** What to convert, and to what. By default, method and architecture are recognised, and weights are not cast. */
export interface ConvertOptions {
  /** A method's name, or `auto` (the default): recognise it. */
  readonly selfsup?: string | undefined
  /** Custom rules instead of a known method: see `methodByHand`. */
  readonly method?: Method | undefined
  /** Which of the method's networks; by default the one that its authors transfer. */
  readonly network?: string | undefined
  /** The path of the section that contains the network; '' is the top level. By default, where the method usually stores it. */
  readonly section?: string | undefined
  /** The required architecture; by default it is recognised. */
  readonly arch?: string | undefined
  /** Keep the projection head as `fc.*`, as MMDetection's Python script does. */
  readonly keepHead?: boolean | undefined
  /** How much of a pretrained detector to keep: its `backbone` (the default), its backbone and `neck`, or the `detector`. */
  readonly part?: Part | undefined
  /** With `part`: the MMDetection version whose names the detector gets; by default 3.x. */
  readonly mmdet?: DetectorGeneration | undefined
  /** The loader that the file is for; by default `mmdetection`. */
  readonly target?: string | undefined
  /** Cast floating-point tensors to this type; running statistics stay float32 unless `dtypeAll` is set. */
  readonly dtype?: CastDType | undefined
  readonly dtypeAll?: boolean | undefined
}

/** A network under the names of one loader. */
export interface Placed {
  /** Under the names of the loader's class. */
  readonly plan: Plan
  /** The class that loads it. */
  readonly home: Home
  /** What is written besides the backbone, if `part` asked for more. */
  readonly parts?: Parts
}

/** Everything that is decided before writing. If the target has several loaders, `plan` and `home` are for the first. */
export interface Decision extends Placed {
  readonly match: Match
  /** The backbone under canonical names, before any cast. */
  readonly canonical: StateDict
  readonly architecture: Architecture
  /** Under canonical names. */
  readonly report: Report
  readonly target: Target
  /** What the other loaders load from the same file. */
  readonly also: readonly Placed[]
}

/**
 * Decides the fate of every tensor and checks that the result is a complete backbone.
 * @returns what prevents it, as data, for any content of the file; `explainRefusal` puts it into words
 * @throws UsageError when an option names an unknown method or architecture
 */
export function decide(
  checkpoint: Checkpoint,
  knowledge: Knowledge,
  options: ConvertOptions = {},
): Decision | Refusal {
  const { families } = knowledge
  const { keepHead, dtype, dtypeAll, part, mmdet: generation = '3' } = options
  // Report unknown names before looking at the file.
  const arch =
    options.arch === undefined ? undefined : chooseArchitecture(architecturesOf(families), options.arch).name
  const target = chooseTarget(knowledge.targets, options.target)
  const match = recogniseMethod(checkpoint, knowledge, options)
  if (isRefusal(match)) return match
  const { method, section, state } = match
  const network = match.network?.name
  const plan = planSection(method, state, families, {
    path: section,
    network,
    keepHead,
    part,
    nonTensors: checkpoint.nonTensors?.get(section)?.keys(),
  })
  if (isRefusal(plan)) return plan
  const architecture = architectureOf(plan, families, arch)
  if (!architecture) return { kind: 'noArchitecture', match, plan }
  const others = keptNonTensors(checkpoint, match, plan.spelt?.spelling)
  const words = new Map([...others].map(([name, { is }]) => [name, is]))
  const report = verifyBackbone(plan.kept, architecture, plan.head, words)
  if (!report.complete) return { kind: 'incomplete', match, plan, report, arch }
  const cast = dtype ? casting(dtype, dtypeAll) : undefined
  const beyond = isBeyondBackbone(part) ? { part, generation, said: saidFacts(checkpoint) } : undefined
  const placed = placeInAll(target, plan, architecture, beyond)
  if (isRefusal(placed)) return placed
  const [first, ...also] = cast ? placed.map(one => castPlaced(one, cast)) : placed
  return { match, ...first!, canonical: plan.kept, architecture, report, target, also }
}

/** The variant that the tensors show, if the family is known; the usual variant if another one was requested. */
function architectureOf(
  { kept, spelt }: Plan,
  families: readonly Family[],
  stated: string | undefined,
): Architecture | undefined {
  const own = spelt ? spelt.family.architectures(kept) : architecturesOf(families, kept)
  if (stated === undefined) return recogniseArchitecture(kept, own)?.architecture
  return own.find(({ name }) => name === stated) ?? chooseArchitecture(architecturesOf(families), stated)
}

function architecturesOf(families: readonly Family[], state?: StateDict): readonly Architecture[] {
  return families.flatMap(family => family.architectures(state))
}

/** @returns the network under the names of each loader of the target, or what prevents one of them */
function placeInAll(
  target: Target,
  plan: CanonicalPlan,
  architecture: Architecture,
  beyond: PartOptions | undefined,
): readonly Placed[] | Refusal {
  const placed = loadersOf(target).map(loader => placeIn(loader, plan, architecture, beyond))
  return placed.find(isRefusal) ?? (placed as readonly Placed[])
}

function placeIn(
  target: Target,
  plan: CanonicalPlan,
  architecture: Architecture,
  beyond: PartOptions | undefined,
): Placed | Refusal {
  const home = target.homes[architecture.family]
  if (!home || !plan.spelt) return { kind: 'noHome', architecture, target }
  const obstacle = obstacleTo(home, architecture, plan.spelt.spelling.name)
  if (obstacle) return { kind: 'obstacle', architecture, obstacle }
  const parts = beyond && placeParts(plan.draft.parts, target, architecture, beyond)
  if (parts && isRefusal(parts)) return parts
  // In a detector, the backbone has its own prefix.
  const prefix = parts ? 'backbone.' : home.prefix
  const placed = placePlan(plan, namingOf(plan.spelt.family, home), prefix, parts)
  if ('homeless' in placed) return { kind: 'homeless', architecture, home, names: placed.homeless }
  return { plan: placed, home, ...(parts && { parts: withMade(parts, home) }) }
}

/** @throws UsageError when the name is unknown */
export function chooseTarget(targets: Knowledge['targets'], name: string | undefined): Target {
  return name === undefined ? targets[0] : findByName(targets, name, { what: 'target' })
}

/** Running statistics are averages over many batches: in 16 bits they lose precision that later layers need. */
export const RUNNING_STATISTICS = /\.running_(mean|var)$/

type Cast = (state: StateDict) => StateDict

/** A tensor shared by two state dicts is still shared after the cast. */
function casting(dtype: CastDType, all = false): Cast {
  const [weights, statistics] = [castingOnce(dtype), castingOnce(all ? dtype : 'float32')]
  const cast = (name: string) => (RUNNING_STATISTICS.test(name) ? statistics : weights)
  return state =>
    new Map([...state].map(([name, tensor]) => [name, isFloat(tensor.dtype) ? cast(name)(tensor) : tensor]))
}

function castingOnce(dtype: CastDType): (tensor: Tensor) => Tensor {
  const made = new Map<Tensor, Tensor>()
  return tensor => {
    const found = made.get(tensor) ?? castTensor(tensor, dtype)
    made.set(tensor, found)
    return found
  }
}

function castPlaced({ plan, ...placed }: Placed, cast: Cast): Placed {
  return { ...placed, plan: { ...plan, kept: cast(plan.kept) } }
}

/** How a backbone is written; by default as a zip archive. */
export interface WriteBackboneOptions {
  readonly format?: OutputFormat | undefined
  /** Called with the number of tensor bytes written since the last call. */
  readonly onBytes?: ((count: number) => void) | undefined
  /** Called when everything is written, before the file becomes visible; if it throws, no file appears. */
  readonly beforeFinish?: (() => void) | undefined
}

/**
 * A file for several loaders contains one state dict for each.
 * @throws UsageError for a format that can only contain one
 */
export function requireSections({ target, also }: Decision, format: OutputFormat): void {
  if (format !== 'safetensors' || also.length === 0) return
  throw new UsageError(
    `A safetensors file contains one dictionary of tensors; the target ${target.name} needs one for each loader.`,
    [
      {
        say: 'End the name of the output in .pth, or use',
        use: loadersOf(target).map(({ name }) => ({ target: name })),
      },
    ],
  )
}

function write(
  { plan, match, architecture, target, home, parts, also }: Decision,
  sink: ByteSink,
  { format = 'zip', onBytes }: WriteBackboneOptions,
): Promise<void> {
  const method = match.pretrainedBy ?? match.method
  const meta = {
    selfsup2mmdet: VERSION,
    method: method.name,
    architecture: architecture.name,
    ...(target.name === KNOWN.targets[0].name ? {} : { target: target.name }),
    ...(parts && metaOf(parts)),
  }
  return WRITERS[format](plan.kept, meta, sink, {
    section: home.section,
    also: new Map(also.map(({ home, plan }) => [home.section, plan.kept])),
    ...(onBytes && { onBytes }),
  })
}

/**
 * Writes the backbone and finishes the sink; if anything fails, aborts it.
 * @throws UsageError when the format cannot store what the target needs
 * @throws errors of the tensors and the sink: FormatError, SystemError
 */
export async function writeBackbone(
  decision: Decision,
  sink: ByteSink,
  options: WriteBackboneOptions = {},
): Promise<void> {
  try {
    requireSections(decision, options.format ?? 'zip')
    await write(decision, sink, options)
    options.beforeFinish?.()
    await sink.finish()
  } catch (error) {
    await sink.abort()
    throw error
  }
}

/** The number of tensors and of bytes when written. */
export function sizeOf(state: StateDict): { readonly tensors: number; readonly bytes: number } {
  let bytes = 0
  for (const tensor of state.values()) bytes += byteLength(tensor)
  return { tensors: state.size, bytes }
}
