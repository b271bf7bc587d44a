/** The parts of a loader's detectors besides their backbone, and their names in code bases that pretrain them. */
import type { Advice } from '../errors.ts'
import type { Facts, Shapes, Spelling, TensorSpec } from '../families/family.ts'
import { spellingAmong } from '../families/spelling.ts'
import type { Pattern } from '../rename/rules.ts'

/** Which part of a detector is converted: its backbone, its backbone and neck, or all that it shares with other detectors. */
export type Part = 'backbone' | 'neck' | 'detector'

/** The default first. */
export const PARTS: readonly Part[] = ['backbone', 'neck', 'detector']

/** The major version of MMDetection: its names for some detectors changed in 3.0. */
export type DetectorGeneration = '2' | '3'

/** A detector, without its backbone. Its canonical names are those of its class in MMDetection 3.x. */
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
   * The tensors that this detector must have: all tensors of each group of which at least one is present. The variant of a
   * group (with or without normalisation, number of layers) follows from its tensors.
   * @param state tensors under canonical names
   * @param maps the channels of the backbone's feature maps
   */
  tensors(state: Shapes, maps: readonly number[]): readonly TensorSpec[]
  /** Why a version of MMDetection cannot load this detector. */
  readonly refuses?: readonly DetectorObstacle[]
  /** The other tensors of its class, which it initialises. */
  anew(state: Shapes): readonly Anew[]
  /**
   * What a config must set for this detector.
   * @param names as in the code base
   */
  facts(state: Shapes, names: ReadonlySet<string>): Facts
}

/** A code base's names for a detector. */
export interface DetectorSpelling extends Spelling {
  /** Canonical names of tensors that the code base lacks, in groups of which it has others. */
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

/** The detector that the names belong to, and their spelling; undefined for an unknown detector. */
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

/** The names for a detector in one generation of MMDetection. */
export function spellingIn({ spellings }: DetectorKind, generation: DetectorGeneration): DetectorSpelling {
  const own = spellings.find(({ name }) => name === `mmdetection ${generation}`)
  return own ?? spellings.find(({ name }) => name === 'mmdetection')!
}

/** What starts at random in a detector, as the reasons. */
export function startsNew(anew: readonly Anew[]): string {
  const reasons = [...new Set(anew.map(({ because }) => because))]
  return reasons
    .map(reason => {
      const names = anew.filter(({ because }) => because === reason).map(({ tensors }) => tensors)
      return `${names.join(', ')} (${reason})`
    })
    .join('; ')
}
