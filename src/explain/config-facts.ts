/** What a config takes from the checkpoint that it is for. */
import { chooseArchitecture, decide } from '../convert/decide.ts'
import { KNOWN } from '../convert/knowledge.ts'
import { findMethod, originOf } from '../convert/recognise.ts'
import { isRefusal } from '../convert/refusal.ts'
import { recogniseArchitecture, verifyBackbone } from '../convert/verify.ts'
import { MismatchError, UsageError } from '../errors.ts'
import type { Architecture } from '../families/family.ts'
import { ARCHITECTURES } from '../families/index.ts'
import { resnetFamily } from '../families/resnet.ts'
import { METHODS } from '../methods/index.ts'
import type { Method } from '../methods/method.ts'
import type { Loader } from '../targets/mmdetection/settings.ts'
import type { Home } from '../targets/target.ts'
import type { Checkpoint, StateDict } from '../tensor/tensor.ts'
import { readAsMMDetection } from './as-mmdetection.ts'

/** What a config takes from its checkpoint. */
export interface ConfigFacts {
  readonly method: Method
  /** As the file has it: with its patches, windows and the like. */
  readonly architecture: Architecture
  /** Whose class would load the file. */
  readonly target: Loader
}

/** Of files that were in these names already, nothing told what they were trained with: whoever knows may say it. */
const UNTOLD: readonly string[] = ['mmdetection', 'torchvision']

/**
 * The method and the architecture of a backbone that is at hand, where it says them; what was said is held against it.
 * @param name of a method; `mmdetection` stands for whichever the file names
 * @param arch as it was said
 * @param target as it was said; otherwise the one whose class would load the file
 * @throws MismatchError when MMDetection would not load the checkpoint whole
 * @throws UsageError when it is of another method or architecture than was said, or there is no such method
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
  if (origin && origin !== said && said.name !== 'mmdetection' && !UNTOLD.includes(origin.name))
    throw new UsageError(
      `${source} was made of a checkpoint of ${origin.name}, not of ${name}.`,
      `Use: selfsup2mmdet config ${origin.name}, or name another --checkpoint.`,
    )
  const { architecture, target: found } = loadableIn(checkpoint, target)
  if (arch !== undefined && chooseArchitecture(ARCHITECTURES, arch).name !== architecture.name)
    throw new UsageError(
      `${source} is a ${architecture.name}, not a ${arch}.`,
      'Leave --arch out, or name another --checkpoint.',
    )
  return { method: said.name === 'mmdetection' ? (origin ?? said) : said, architecture, target: found }
}

/** A file that a target would load whole, and what is in it. */
interface Loadable {
  readonly architecture: Architecture
  readonly target: Loader
}

/** What MMDetection would find there, which has to be all of a backbone; what is there beside it does no harm. */
function loadableIn(checkpoint: Checkpoint, target: Loader | undefined): Loadable {
  if (!['always', 'lately'].includes(checkpoint.torchLoads))
    throw new MismatchError(
      `${checkpoint.source} is of a kind that MMDetection does not load: ${checkpoint.format}.`,
      'Convert it to a PyTorch file, and name that: selfsup2mmdet <input> backbone.pth',
      {},
    )
  const found = (target ? [target] : LOADERS)
    .map(each => written(checkpoint, each))
    .find(each => each !== undefined)
  return found ?? { architecture: resNetIn(checkpoint), target: 'mmdetection' }
}

const LOADERS: readonly Loader[] = ['mmdetection', 'vitdet']

/** A backbone that lies where the target's class looks for it, and under the names of that class. */
function written(checkpoint: Checkpoint, target: Loader): Loadable | undefined {
  const decision = decide(checkpoint, KNOWN, { selfsup: 'mmdetection', target })
  if (isRefusal(decision)) return undefined
  const { architecture, home, plan } = decision
  const state = sectionFor(checkpoint, home)
  const isThere = [...plan.kept].every(([name, { shape }]) => `${state?.get(name)?.shape}` === `${shape}`)
  return isThere ? { architecture, target } : undefined
}

/** MMEngine reads the whole file where it has no `state_dict`; ViTDet insists on `model`. */
function sectionFor({ sections }: Checkpoint, { section }: Home): StateDict | undefined {
  return sections.get(section) ?? (section === 'state_dict' ? sections.get('') : undefined)
}

function resNetIn(checkpoint: Checkpoint): Architecture {
  const state = readAsMMDetection(checkpoint)
  const best = recogniseArchitecture(state, resnetFamily.architectures(state))
  const report = best && verifyBackbone(state, best.architecture)
  if (best && report?.present === report?.expected) return best.architecture
  throw new MismatchError(
    `${checkpoint.source} is no backbone that MMDetection would load whole${report ? `: of the ${report.expected} tensors of a ${report.architecture} it has ${report.present}` : ''}.`,
    'A config with it would train from random weights. Convert it first, and name the output: selfsup2mmdet <input> <output>',
    { names: [...state.keys()].slice(0, 100) },
  )
}
