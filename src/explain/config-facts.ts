/** What a config takes from its checkpoint. */
import { shellPath } from '../bytes/text.ts'
import { chooseArchitecture } from '../convert/architecture-names.ts'
import { decide } from '../convert/decide.ts'
import { KNOWN } from '../convert/knowledge.ts'
import { findMethod, originOf } from '../convert/recognise.ts'
import { isRefusal } from '../convert/refusal.ts'
import { type Report, recogniseArchitecture, verifyBackbone } from '../convert/verify.ts'
import { MismatchError, UsageError } from '../errors.ts'
import type { Architecture } from '../families/family.ts'
import { ARCHITECTURES } from '../families/index.ts'
import { METHODS } from '../methods/index.ts'
import type { Method } from '../methods/method.ts'
import type { Part } from '../targets/detector.ts'
import { asMMDetectionReads } from '../targets/mmdetection/load.ts'
import type { ConfigParts, Loader } from '../targets/mmdetection/settings.ts'
import type { Checkpoint } from '../tensor/tensor.ts'
import { readLoaded } from './as-mmdetection.ts'
import { commandFor } from './find-backbone.ts'
import { partOf, readDetector } from './loaded-detector.ts'

/** What a config takes from its checkpoint. */
export interface ConfigFacts {
  readonly method: Method
  /** As in the file: with its patch size, windows etc. */
  readonly architecture: Architecture
  /** The loader whose class would load the file. */
  readonly target: Loader
  /** What it contains besides a backbone. */
  readonly parts?: ConfigParts
}

/** The method for a file that does not state how it was trained. */
const UNSAID = 'backbone'

/** Files that already had these names do not show how they were trained; the user may say so. */
const UNTOLD: readonly string[] = [UNSAID, 'torchvision', 'transformers', 'openmmlab']

/**
 * The method and architecture of an existing backbone, if stated in it, checked against the given ones.
 * @param name of a method; `backbone` means the one stated in the file
 * @param arch as given
 * @param target as given; by default the one whose class would load the file
 * @throws MismatchError when MMDetection would not load the whole checkpoint
 * @throws UsageError when its method or architecture differs from the given one, or there is no such method
 */
export function configFactsOf(
  checkpoint: Checkpoint,
  name: string,
  arch?: string,
  target?: Loader,
): ConfigFacts {
  const said = findMethod(METHODS, name)
  const origin = originOf(checkpoint, METHODS)
  const { source } = checkpoint
  if (origin && origin !== said && said.name !== UNSAID && !UNTOLD.includes(origin.name))
    throw new UsageError(`${source} was converted from a ${origin.name} checkpoint, not from ${name}.`, [
      'Use that method, or another checkpoint:',
      { run: `selfsup2mmdet config ${origin.name} --checkpoint ${shellPath(source)}` },
    ])
  const loadable = loadableIn(checkpoint, target)
  if (loadable instanceof MismatchError) throw loadable
  const { architecture, ...found } = loadable
  if (arch !== undefined && chooseArchitecture(ARCHITECTURES, arch).name !== architecture.name)
    throw new UsageError(`${source} contains a ${architecture.title}, not a ${arch}.`, [
      { say: 'Use another checkpoint, or', leaveOut: 'arch' },
    ])
  return { method: said.name === UNSAID ? (origin ?? said) : said, architecture, ...found }
}

/** Whether MMDetection would load the whole checkpoint. */
export function isLoadable(checkpoint: Checkpoint): boolean {
  // Without anything that MMDetection reads, it is not a backbone.
  if (asMMDetectionReads(checkpoint, '').size === 0) return false
  return !(loadableIn(checkpoint, undefined) instanceof MismatchError)
}

/** A file that a target would load completely, and its content. */
interface Loadable {
  readonly architecture: Architecture
  readonly target: Loader
  readonly parts?: ConfigParts
}

/** What MMDetection would find there: it must be a complete backbone, and may contain more. */
function loadableIn(checkpoint: Checkpoint, target: Loader | undefined): Loadable | MismatchError {
  if (!['always', 'lately'].includes(checkpoint.torchLoads))
    return new MismatchError(
      `${checkpoint.source} has a format that MMDetection does not load: ${checkpoint.format}.`,
      ['Convert it to a PyTorch file first:', commandFor(checkpoint.source)],
      {},
    )
  const part = partOf(checkpoint)
  if (part) return detectorIn(checkpoint, part)
  // A file that does not state its loader may be for either: ViTDet reads `model`, in which MMDetection's own classes find
  // nothing.
  const told = target ?? (hasModelOnly(checkpoint) ? 'vitdet' : 'mmdetection')
  const { state, network } = readLoaded(checkpoint, { target: told }, KNOWN)
  const best = network?.architecture ?? recogniseArchitecture(state, ARCHITECTURES)?.architecture
  const report = best && verifyBackbone(state, best, network?.made)
  if (network && report?.present === report?.expected)
    return { architecture: network.architecture, target: told }
  return notLoadable(checkpoint, told, report, [...state.keys()].slice(0, 100))
}

/** The part of a detector that a file states, which must be complete. */
function detectorIn(checkpoint: Checkpoint, part: Exclude<Part, 'backbone'>): Loadable | MismatchError {
  const loaded = readDetector(checkpoint, part, {}, KNOWN)
  if (loaded instanceof MismatchError) return loaded
  const { state, network, architecture, detector, anew, facts } = loaded
  const report = verifyBackbone(state, network.architecture, network.made)
  if (report.present !== report.expected)
    return notLoadable(checkpoint, 'mmdetection', report, [...state.keys()].slice(0, 100))
  return { architecture, target: 'mmdetection', parts: { detector, anew, facts } }
}

function notLoadable(
  checkpoint: Checkpoint,
  target: Loader,
  report: Report | undefined,
  names: readonly string[],
): MismatchError {
  const { source } = checkpoint
  const other = LOADERS.find(name => name !== target && isWholeFor(checkpoint, name))
  if (other !== undefined)
    return new MismatchError(
      `${source} was converted for ${other}, not for ${target}.`,
      [{ say: 'Convert the source again for that target, or', leaveOut: 'target' }],
      { names },
    )
  const found = report
    ? `: it has ${report.present} of the ${report.expected} tensors of a ${report.architecture}`
    : ''
  const forTarget = target === 'mmdetection' ? {} : { target }
  const convertible = !isRefusal(decide(checkpoint, KNOWN, forTarget))
  return new MismatchError(
    `${source} is not a backbone that MMDetection would load completely${found}.`,
    convertible
      ? ['Convert it first:', commandFor(source, target === 'mmdetection' ? undefined : `--target ${target}`)]
      : 'With this file, MMDetection would train from random weights: convert the checkpoint first.',
    { names },
  )
}

const LOADERS: readonly Loader[] = ['mmdetection', 'vitdet']

function isWholeFor(checkpoint: Checkpoint, target: Loader): boolean {
  // Nothing that loaders read is a complete network.
  if (asMMDetectionReads(checkpoint, '').size === 0) return false
  const { state, network } = readLoaded(checkpoint, { target }, KNOWN)
  return network !== undefined && verifyBackbone(state, network.architecture, network.made).complete
}

function hasModelOnly({ sections }: Checkpoint): boolean {
  return sections.has('model') && !sections.has('state_dict')
}
