/** A verdict that MMDetection does not give: will it load the whole file, and do the values make sense? */

import type { ByteSource } from '../bytes/source.ts'
import { shellPath } from '../bytes/text.ts'
import { chooseArchitecture } from '../convert/architecture-names.ts'
import { type ConvertOptions, chooseTarget, decide, RUNNING_STATISTICS } from '../convert/decide.ts'
import { KNOWN } from '../convert/knowledge.ts'
import { loadableArchitectures } from '../convert/loaded.ts'
import { isRefusal } from '../convert/refusal.ts'
import { type Report, recogniseArchitecture, verifyBackbone } from '../convert/verify.ts'
import { type Advice, MismatchError } from '../errors.ts'
import { type LoadedFile, loadersFor, readLoaded, requireTensors } from '../explain/as-mmdetection.ts'
import { decideOrThrow } from '../explain/decide.ts'
import { commandFor } from '../explain/find-backbone.ts'
import { type LoadedDetector, partOf, readDetector } from '../explain/loaded-detector.ts'
import { hasBackbone } from '../explain/notes.ts'
import { type Architecture, isCounter } from '../families/family.ts'
import { ARCHITECTURES, FAMILIES } from '../families/index.ts'
import { safetensors } from '../formats/safetensors/read.ts'
import { hashInName, sha256Of } from '../node/hash.ts'
import { STDIN_NAME } from '../node/input.ts'
import { DEFECTS, type Finding, findDefects } from '../probe/defects.ts'
import { type Judgement, quickProbe } from '../probe/probe.ts'
import type { Anew, Part } from '../targets/detector.ts'
import { asMMDetectionReads } from '../targets/mmdetection/load.ts'
import type { CastDType } from '../tensor/cast.ts'
import { diffStates, type StateDifference } from '../tensor/diff.ts'
import { isFloat } from '../tensor/floats.ts'
import { underPrefix } from '../tensor/prefix.ts'
import { type Checkpoint, foreignNames, type StateDict, type TorchLoads } from '../tensor/tensor.ts'
import { type OpenCheckpoint, type OpenFileOptions, openCheckpointFile } from './open.ts'

/** What to check a converted file for. */
export interface VerifyFileOptions extends Omit<OpenFileOptions, 'sha256'> {
  /** The required architecture; by default the most similar one. */
  readonly arch?: string | undefined
  /** As in MMDetection's `init_cfg`: only check tensors with this prefix, without the prefix. */
  readonly prefix?: string | undefined
  /** The loader; by default the one that the file names, or MMDetection. */
  readonly target?: string | undefined
  /** How much of a detector it must contain; by default as stated in the file, or a backbone. */
  readonly part?: Part | undefined
  /** The checkpoint that it was converted from: every tensor must be identical, bit for bit. */
  readonly against?: string | URL | undefined
  /** How to read `against`, as in a conversion. */
  readonly source?: ConvertOptions | undefined
}

/** What one loader loads from a file. Plain data. */
export interface LoaderVerdict {
  /** The name of the loader. */
  readonly target: string
  /** Why its class does not compute this network although the names match; follows the network's name. */
  readonly obstacle?: string
  readonly report: Report
  readonly findings: readonly Finding[]
  /** Counters that are not tensors, as Python prints them: MMDetection warns about them, and counts from 0. */
  readonly oddCounters?: Readonly<Record<string, string>>
  /** The file (first) compared with what a conversion of the source would write (second). */
  readonly against?: StateDifference
  /** For a file with more than a backbone: its detector, and what MMDetection initialises. */
  readonly detector?: { readonly name: string; readonly part: Part; readonly new: readonly Anew[] }
  /** The type that the source was cast to before it was compared. */
  readonly castTo?: CastDType
}

/** Plain data: what the first loader finds, and what concerns the whole file. */
export interface Verdict extends LoaderVerdict {
  /** For a file with several loaders: the verdicts for the others. */
  readonly also?: readonly LoaderVerdict[]
  /** Whether it looks trained; does not affect `good`, because a random backbone may be intended. Only for complete backbones. */
  readonly health?: Judgement
  /** The hash that the file's name ends in, and the file's own. */
  readonly hash?: { readonly inName: string; readonly found: string; readonly equal: boolean }
  /**
   * True if, for each loader: MMDetection can build the network; PyTorch loads such files without running dangerous code; no tensor is
   * missing, unexpected, or of a different shape or type; no value is broken; the hash and the source match, if they were checked.
   */
  readonly good: boolean
  /** Whether MMDetection has a backbone of this architecture. It has no Wide ResNet. */
  readonly buildable: boolean
}

/**
 * Checks that MMDetection would load the whole file and that its values make sense. Reads every value once.
 * @param input a path, a URL, or `-` for standard input: see `openCheckpointFile`
 * @throws MismatchError when the file contains nothing that could be a backbone
 * @throws UsageError, FormatError, UnsupportedError, SystemError as `openCheckpointFile` does
 * @throws the reason of `signal`, once it is aborted
 */
export async function verifyFile(
  input: string | URL,
  options: VerifyFileOptions = {},
): Promise<Verdict & { checkpoint: Checkpoint; architecture: Architecture }> {
  const file = await openCheckpointFile(input, options)
  let against: OpenCheckpoint | undefined
  try {
    const { source } = file
    const checkpoint = { ...file.checkpoint, torchLoads: torchLoads(file.checkpoint) }
    if (options.against !== undefined) against = await openCheckpointFile(options.against, options)
    const loaders = loadersFor(checkpoint, options.target ?? options.source?.target, KNOWN.targets)
    const found: Found[] = []
    for (const { name: target } of loaders)
      found.push(await verifyFor(checkpoint, against?.checkpoint, { ...options, target }))
    const [{ backbone, architecture, verdict }, ...others] = found as [Found, ...Found[]]
    const { report, findings } = verdict
    const buildable = hasBackbone(architecture)
    const isReadable = findings.every(({ defect }) => defect !== 'not checked')
    const health = report.complete && isReadable ? await healthOf(backbone) : undefined
    const hash = await checkHash(file.paths[0]!, source)
    for (const each of [file, against]) each?.requireUnchanged()
    const good =
      found.every(({ verdict }) => isWhole(verdict)) &&
      buildable &&
      isSafe(checkpoint) &&
      (hash?.equal ?? true)
    return {
      checkpoint,
      architecture,
      ...verdict,
      ...(others.length > 0 && { also: others.map(({ verdict }) => verdict) }),
      ...(health && { health }),
      ...(hash && { hash }),
      good,
      buildable,
    }
  } catch (error) {
    throw file.explain(error)
  } finally {
    await against?.close()
    await file.close()
  }
}

function detectorFound(part: Part | undefined, found: LoadedDetector | undefined): Pick<Verdict, 'detector'> {
  return part && found ? { detector: { name: found.detector.name, part, new: found.anew } } : {}
}

/** PyTorch can load it without running dangerous code. */
function isSafe(checkpoint: Checkpoint): boolean {
  return (
    ['always', 'lately'].includes(checkpoint.torchLoads) && foreignNames(checkpoint, 'dangerous').length === 0
  )
}

/** What would be loaded: a backbone, or the part of a detector that the file should contain. */
function readPart(checkpoint: Checkpoint, options: VerifyFileOptions) {
  const part = partOf(checkpoint, options.part)
  const detector = part && readDetector(checkpoint, part, options, KNOWN)
  if (detector instanceof MismatchError) throw detector
  const loaded = detector ?? readLoaded(checkpoint, options, KNOWN)
  requireTensors(loaded, checkpoint)
  return { part, detector, loaded }
}

interface Found {
  /** Under its own names. */
  readonly backbone: StateDict
  readonly architecture: Architecture
  readonly verdict: LoaderVerdict
}

async function verifyFor(
  checkpoint: Checkpoint,
  source: Checkpoint | undefined,
  options: VerifyFileOptions,
): Promise<Found> {
  const arch = architectureNamed(options.arch)
  const { part, detector, loaded } = readPart(checkpoint, { ...options, arch })
  const { state, others, network, target } = loaded
  const architecture = network?.architecture ?? architectureOf(checkpoint, loaded, arch)
  const report = verifyBackbone(state, architecture, network?.made, others)
  const oddCounters = [...others].filter(([name]) => isCounter(name))
  const findings = await findDefects(state)
  const compared =
    source &&
    (await compareWithSource(state, source, { ...options.source, target, part, mmdet: detector?.generation }))
  const verdict = {
    target,
    ...(network?.obstacle !== undefined && { obstacle: network.obstacle }),
    report,
    findings,
    ...(oddCounters.length > 0 && { oddCounters: Object.fromEntries(oddCounters) }),
    ...(compared && { against: compared.difference }),
    ...detectorFound(part, detector),
    ...(compared?.castTo && { castTo: compared.castTo }),
  }
  return { backbone: detector?.backbone ?? state, architecture, verdict }
}

/** Whether one loader finds everything it needs. */
function isWhole({ obstacle, report, findings, against }: LoaderVerdict): boolean {
  return (
    obstacle === undefined &&
    report.complete &&
    findings.every(({ defect }) => DEFECTS[defect].severity !== 'error') &&
    (against?.equal ?? true)
  )
}

function architectureNamed(typed: string | undefined): string | undefined {
  return typed === undefined ? undefined : chooseArchitecture(ARCHITECTURES, typed).name
}

/** PyTorch reads files with this extension, and no others, as safetensors (torch/serialization.py `load`). */
const SAFETENSORS_NAME = /\.safetensors$/

function torchLoads({ source, format, torchLoads }: Checkpoint): TorchLoads {
  // Data from a pipe has no file name yet.
  if (torchLoads === 'never' || source === STDIN_NAME) return torchLoads
  return SAFETENSORS_NAME.test(source) === (format === safetensors.name) ? torchLoads : 'misnamed'
}

/** The most similar network, because the names are not exactly those of a class. */
function architectureOf(
  checkpoint: Checkpoint,
  { state, target }: Pick<LoadedFile, 'state' | 'target'>,
  name: string | undefined,
): Architecture {
  const all = loadableArchitectures(FAMILIES, chooseTarget(KNOWN.targets, target))
  if (name !== undefined) return chooseArchitecture(all, name)
  const best = recogniseArchitecture(state, all)
  if (best) return best.architecture
  throw new MismatchError(
    `${checkpoint.source} does not contain a backbone under MMDetection's or MMPretrain's names; its first tensors are ${[...state.keys()].slice(0, 5).join(', ')}.`,
    adviceOnNames(checkpoint),
    { names: [...state.keys()].slice(0, 100) },
  )
}

/** A trained detector has its backbone under a prefix; other files must be converted first. */
function adviceOnNames(checkpoint: Checkpoint): Advice {
  const prefix = 'backbone.'
  const isDetector =
    asMMDetectionReads(checkpoint, prefix).size > 0 &&
    recogniseArchitecture(asMMDetectionReads(checkpoint, prefix), ARCHITECTURES) !== undefined
  if (isDetector)
    return [
      'If this is a whole detector, check its backbone:',
      { run: `selfsup2mmdet verify ${shellPath(checkpoint.source)} --prefix ${prefix}` },
    ]
  const problem = 'MMDetection would train from random weights.'
  return isRefusal(decide(checkpoint, KNOWN))
    ? problem
    : [`${problem} Convert the file first:`, commandFor(checkpoint.source)]
}

async function healthOf(state: StateDict): Promise<Judgement> {
  const { looks, reasons } = await quickProbe(state)
  return { looks, reasons }
}

interface Compared {
  readonly difference: StateDifference
  readonly castTo: CastDType | undefined
}

/** @param options of the source's conversion, for the same loader */
async function compareWithSource(
  state: StateDict,
  source: Checkpoint,
  options: ConvertOptions,
): Promise<Compared> {
  const plain = decideOrThrow(source, options)
  const prefix = plain.home.prefix
  const cast =
    options.dtype === undefined
      ? castBetween(underPrefix(plain.plan.kept, prefix), state)
      : { dtype: options.dtype }
  const { plan } = cast ? decideOrThrow(source, { ...options, ...cast }) : plain
  return { difference: await diffStates(state, underPrefix(plan.kept, prefix)), castTo: cast?.dtype }
}

/** The cast that a conversion may have applied: all weights to one 16-bit type, with or without the running statistics. */
function castBetween(
  source: StateDict,
  file: StateDict,
): { readonly dtype: CastDType; readonly dtypeAll: boolean } | undefined {
  const types = new Set(
    [...file].flatMap(([name, { dtype }]) =>
      source.has(name) && isFloat(dtype) && !RUNNING_STATISTICS.test(name) ? [dtype] : [],
    ),
  )
  const [dtype, ...others] = types
  if (others.length > 0 || (dtype !== 'float16' && dtype !== 'bfloat16')) return undefined
  if ([...source.values()].every(tensor => !isFloat(tensor.dtype) || tensor.dtype === dtype)) return undefined
  return {
    dtype,
    dtypeAll: [...file].some(([name, tensor]) => RUNNING_STATISTICS.test(name) && tensor.dtype === dtype),
  }
}

/** A hash in the file's name must be the beginning of the file's own. */
async function checkHash(path: string, source: ByteSource): Promise<Verdict['hash']> {
  const inName = hashInName(path.replace(/^(https?:\/\/[^?#]*).*$/i, '$1'))
  if (inName === undefined) return undefined
  const found = await sha256Of(source)
  return { inName, found, equal: found.startsWith(inName) }
}
