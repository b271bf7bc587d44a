/**
 * What keeps a checkpoint from being converted, as data: `explain/` has the words for it. What depends on the file is a refusal;
 * the name of a method or an architecture that this program does not know is a `UsageError`, thrown before the file is looked at.
 */
import type { Architecture } from '../families/family.ts'
import type { Method } from '../methods/method.ts'
import type { DetectorKind, DetectorObstacle, Part } from '../targets/detector.ts'
import type { Home, Obstacle, Target } from '../targets/target.ts'
import type { StateDict, Tensor } from '../tensor/tensor.ts'
import type { Plan } from './fate.ts'
import type { Match } from './match.ts'
import type { Report } from './verify.ts'

/** Everything that can keep a checkpoint from being converted. */
export type Refusal = RecogniseRefusal | PlanRefusal | BackboneRefusal | PlaceRefusal | PartsRefusal

/** It is not clear what to convert. */
export type RecogniseRefusal =
  /** The checkpoint has no dictionary of tensors. */
  | { readonly kind: 'noTensors' }
  /** A section was given that is not there. */
  | { readonly kind: 'noSuchSection'; readonly section: string }
  /** More tensors than any known method has: each name would be compared with all patterns. */
  | {
      readonly kind: 'tooManyTensors'
      readonly tensors: number
      readonly limit: number
      readonly section: string | undefined
    }
  /** A network was given that the method does not have. */
  | { readonly kind: 'noSuchNetwork'; readonly method: Method; readonly network: string }
  /** A method was given, and none of the sections where it has its network are there. */
  | { readonly kind: 'noSection'; readonly method: Method; readonly network: string | undefined }
  /** All methods were tried. */
  | {
      readonly kind: 'noMethodFits'
      readonly network: string | undefined
      readonly section: string | undefined
    }
  /** Several methods fit, or one does in several sections. */
  | { readonly kind: 'severalFit'; readonly matches: readonly Match[] }
  /** Other methods fit than the one that was given. */
  | { readonly kind: 'anotherFits'; readonly method: Method; readonly matches: readonly Match[] }
  /** Only networks are there that are not taken unless they are asked for. */
  | { readonly kind: 'otherNetworksFit'; readonly matches: readonly Match[] }

/** A part of a checkpoint: its path, and what is there. */
export interface SectionRef {
  readonly path: string
  readonly state: StateDict
}

type Rules = Pick<Method, 'name' | 'rules'>

/** The rules of a method do not say what becomes of each tensor. */
export type PlanRefusal =
  /** Tensors that no rule matches. */
  | {
      readonly kind: 'unknownTensors'
      readonly method: Rules
      readonly section: SectionRef
      readonly names: readonly string[]
    }
  /** Two tensors would be written under one name. */
  | {
      readonly kind: 'sameName'
      readonly method: Rules
      readonly as: string
      readonly from: readonly [string, string]
    }
  /** A tensor to keep whose values cannot be had. */
  | { readonly kind: 'unreadable'; readonly name: string; readonly tensor: Tensor }
  /** A head was asked for, and no tensor belongs to it. */
  | { readonly kind: 'noHead'; readonly method: Rules }
  /** Custom rules that keep no tensor. */
  | { readonly kind: 'nothingKept'; readonly method: Rules; readonly section: SectionRef }

/** The target has no place for the network. */
export type PlaceRefusal =
  /** It has no class for the family. */
  | { readonly kind: 'noHome'; readonly architecture: Architecture; readonly target: Target }
  /** Its class cannot be this network. */
  | { readonly kind: 'obstacle'; readonly architecture: Architecture; readonly obstacle: Obstacle }
  /** Its class has no place for some tensors. */
  | {
      readonly kind: 'homeless'
      readonly architecture: Architecture
      readonly home: Home
      readonly names: readonly string[]
    }

/** More than a backbone was asked for, and there is not more, or not all of it. */
export type PartsRefusal =
  /** The target has no detectors to fill, or none that takes the maps of this backbone. */
  | { readonly kind: 'noDetectors'; readonly architecture: Architecture; readonly target: Target }
  /** The method pretrains nothing else, or the file does not have it. */
  | { readonly kind: 'noParts'; readonly part: Part }
  /** The names are of no detector that is known. */
  | { readonly kind: 'noDetector'; readonly part: Part; readonly names: readonly string[] }
  /** Tensors that the detector has no place for. */
  | {
      readonly kind: 'strangeParts'
      readonly detector: DetectorKind
      readonly part: Part
      readonly names: readonly string[]
    }
  /** Its class would not be this detector. */
  | {
      readonly kind: 'detectorObstacle'
      readonly detector: DetectorKind
      readonly obstacle: DetectorObstacle
    }
  /** Tensors are missing, or of other shapes. */
  | {
      readonly kind: 'incompleteParts'
      readonly detector: DetectorKind
      readonly part: Part
      readonly report: Report
    }

/** What is kept is not a whole backbone. */
export type BackboneRefusal =
  /** It has next to nothing in common with any architecture. */
  | { readonly kind: 'noArchitecture'; readonly match: Match; readonly plan: Plan }
  | {
      readonly kind: 'incomplete'
      readonly match: Match
      readonly plan: Plan
      readonly report: Report
      /** The architecture that was asked for. */
      readonly arch: string | undefined
    }

/** Whether a step of a conversion ended here. */
export function isRefusal<T extends object>(found: T | Refusal): found is Extract<T | Refusal, Refusal> {
  return 'kind' in found
}
