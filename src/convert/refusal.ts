/**
 * What prevents a checkpoint from being converted, as data: `explain/` puts it into words. A refusal depends on the file; an
 * unknown name of a method or an architecture is a `UsageError`, thrown before looking at the file.
 */
import type { Architecture } from '../families/family.ts'
import type { Method } from '../methods/method.ts'
import type { DetectorKind, DetectorObstacle, Part } from '../targets/detector.ts'
import type { Home, Obstacle, Target } from '../targets/target.ts'
import type { StateDict, Tensor } from '../tensor/tensor.ts'
import type { Plan } from './fate.ts'
import type { Match } from './match.ts'
import type { Report } from './verify.ts'

/** Everything that can prevent a conversion. */
export type Refusal = RecogniseRefusal | PlanRefusal | BackboneRefusal | PlaceRefusal | PartsRefusal

/** It is not clear what to convert. */
export type RecogniseRefusal =
  /** The checkpoint has no dictionary of tensors. */
  | { readonly kind: 'noTensors' }
  /** The given section does not exist. */
  | { readonly kind: 'noSuchSection'; readonly section: string }
  /** More tensors than in any known method: each name would be compared with all patterns. */
  | {
      readonly kind: 'tooManyTensors'
      readonly tensors: number
      readonly limit: number
      readonly section: string | undefined
    }
  /** The method does not have the given network. */
  | { readonly kind: 'noSuchNetwork'; readonly method: Method; readonly network: string }
  /** None of the sections where the given method stores its network exist. */
  | { readonly kind: 'noSection'; readonly method: Method; readonly network: string | undefined }
  /** All methods were tried. */
  | {
      readonly kind: 'noMethodFits'
      readonly network: string | undefined
      readonly section: string | undefined
    }
  /** Several methods match, or one matches in several sections. */
  | { readonly kind: 'severalFit'; readonly matches: readonly Match[] }
  /** Not the given method matches, but others do. */
  | { readonly kind: 'anotherFits'; readonly method: Method; readonly matches: readonly Match[] }
  /** Only networks that are taken on request match. */
  | { readonly kind: 'otherNetworksFit'; readonly matches: readonly Match[] }

/** A part of a checkpoint: its path and content. */
export interface SectionRef {
  readonly path: string
  readonly state: StateDict
}

type Rules = Pick<Method, 'name' | 'rules'>

/** A method's rules do not decide the fate of each tensor. */
export type PlanRefusal =
  /** Tensors that no rule matches. */
  | {
      readonly kind: 'unknownTensors'
      readonly method: Rules
      readonly section: SectionRef
      readonly names: readonly string[]
    }
  /** Two tensors would get the same name. */
  | {
      readonly kind: 'sameName'
      readonly method: Rules
      readonly as: string
      readonly from: readonly [string, string]
    }
  /** A tensor to keep whose values cannot be read. */
  | { readonly kind: 'unreadable'; readonly name: string; readonly tensor: Tensor }
  /** A head was requested, but no tensor belongs to one. */
  | { readonly kind: 'noHead'; readonly method: Rules }
  /** Custom rules that keep no tensor. */
  | { readonly kind: 'nothingKept'; readonly method: Rules; readonly section: SectionRef }

/** The target cannot load the network. */
export type PlaceRefusal =
  /** It has no class for the family. */
  | { readonly kind: 'noHome'; readonly architecture: Architecture; readonly target: Target }
  /** Its class does not compute this network. */
  | { readonly kind: 'obstacle'; readonly architecture: Architecture; readonly obstacle: Obstacle }
  /** Its class has no place for some tensors. */
  | {
      readonly kind: 'homeless'
      readonly architecture: Architecture
      readonly home: Home
      readonly names: readonly string[]
    }

/** More than a backbone was requested, but the other parts are missing or incomplete. */
export type PartsRefusal =
  /** The target has no detectors, or none that accepts this backbone's feature maps. */
  | { readonly kind: 'noDetectors'; readonly architecture: Architecture; readonly target: Target }
  /** The method pretrains only the backbone, or the file contains only that. */
  | { readonly kind: 'noParts'; readonly part: Part }
  /** The names do not match any known detector. */
  | { readonly kind: 'noDetector'; readonly part: Part; readonly names: readonly string[] }
  /** Tensors that the detector has no place for. */
  | {
      readonly kind: 'strangeParts'
      readonly detector: DetectorKind
      readonly part: Part
      readonly names: readonly string[]
    }
  /** Its class does not compute this detector. */
  | {
      readonly kind: 'detectorObstacle'
      readonly detector: DetectorKind
      readonly obstacle: DetectorObstacle
    }
  /** Tensors are missing or have other shapes. */
  | {
      readonly kind: 'incompleteParts'
      readonly detector: DetectorKind
      readonly part: Part
      readonly report: Report
    }

/** The kept tensors are not a complete backbone. */
export type BackboneRefusal =
  /** It has almost nothing in common with any architecture. */
  | { readonly kind: 'noArchitecture'; readonly match: Match; readonly plan: Plan }
  | {
      readonly kind: 'incomplete'
      readonly match: Match
      readonly plan: Plan
      readonly report: Report
      /** The requested architecture. */
      readonly arch: string | undefined
    }

/** Whether a step of a conversion was refused. */
export function isRefusal<T extends object>(found: T | Refusal): found is Extract<T | Refusal, Refusal> {
  return 'kind' in found
}
