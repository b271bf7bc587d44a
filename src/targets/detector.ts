/** The parts of a loader's detectors besides their backbone, and their names in code bases that pretrain them. */
import type { Advice } from '../errors.ts'
import type { Facts, Shapes, Spelling, TensorSpec } from '../families/family.ts'
import { spellingAmong } from '../families/spelling.ts'
import type { Pattern } from '../rename/rules.ts'

/** Which part of a detector is converted: its backbone, its backbone and neck, or all that it shares with other detectors. */
export type Part = 'backbone' | 'neck' | 'detector'

/** The default first. */
export const PARTS: readonly Part[] = ['backbone', 'neck', 'detector']

/** Of MMDetection, whose names for some detectors changed with 3.0. */
export type DetectorGeneration = '2' | '3'

/** A detector, without its backbone. Its canonical names are those that its class has in MMDetection 3.x. */
export interface DetectorKind {
  /** `two-stage`, `detr`. */
  readonly name: string
  /** The name in messages: `Deformable DETR`. */
  readonly title: string
  /** The source: repository and file. */
  readonly code: string
  /** The names in each code base; each leads to the canonical names. */
  readonly spellings: readonly DetectorSpelling[]
  /**
   * The tensors that this detector must have: all tensors of each group of which it has at least one. The variant of a group (with or
   * without normalisation, number of layers) follows from its tensors.
   * @param state tensors under canonical names
   * @param maps the channels of the backbone's feature maps
   */
  tensors(state: Shapes, maps: readonly number[]): readonly TensorSpec[]
  /** Why a version of MMDetection cannot load this detector. */
  readonly refuses?: readonly DetectorObstacle[]
  /** What its class has besides these, and initialises. */
  anew(state: Shapes): readonly Anew[]
  /**
   * What a config must set for this detector.
   * @param names as in the code base
   */
  facts(state: Shapes, names: ReadonlySet<string>): Facts
}

/** The names that a code base has for a detector. */
export interface DetectorSpelling extends Spelling {
  /** Canonical names of tensors that the code base does not have, within a group of which it has others. */
  readonly lacks?: readonly Pattern[]
}

/** Why a version of MMDetection cannot load a detector: its class would compute something else, or lose a part. */
export interface DetectorObstacle {
  readonly in: DetectorGeneration
  when(state: Shapes): boolean
  /** Follows the detector's name: `normalises before each layer, which …`. */
  readonly because: string
  readonly instead: Advice
}

/** Tensors that start at random, and why. */
export interface Anew {
  readonly tensors: Pattern
  readonly because: string
}

/** A detector, and one of its spellings. */
export interface SpeltDetector {
  readonly detector: DetectorKind
  readonly spelling: DetectorSpelling
}

/** The detector that some names are of, and how they spell it; undefined where they are of none that is known. */
export function detectorOf(
  names: ReadonlySet<string>,
  detectors: readonly DetectorKind[],
): SpeltDetector | undefined {
  for (const detector of detectors) {
    const spelling = spellingAmong(detector.spellings, names)
    if (spelling) return { detector, spelling }
  }
  return undefined
}

/** The names that a generation of MMDetection has for a detector. */
export function spellingIn({ spellings }: DetectorKind, generation: DetectorGeneration): DetectorSpelling {
  const own = spellings.find(({ name }) => name === `mmdetection ${generation}`)
  return own ?? spellings.find(({ name }) => name === 'mmdetection')!
}

/** What starts at random in a detector, by the reasons. */
export function startsNew(anew: readonly Anew[]): string {
  const reasons = [...new Set(anew.map(({ because }) => because))]
  return reasons
    .map(reason => {
      const names = anew.filter(({ because }) => because === reason).map(({ tensors }) => tensors)
      return `${names.join(', ')} (${reason})`
    })
    .join('; ')
}
