/**
 * What keeps a checkpoint from being converted, as data: `explain/` has the words for it. What depends on the file is a refusal;
 * the name of a method or an architecture that this program does not know is a `UsageError`, thrown before the file is looked at.
 */
import type { Architecture } from '../families/family.ts'
import type { Method } from '../methods/method.ts'
import type { Home, Obstacle, Target } from '../targets/target.ts'
import type { StateDict, Tensor } from '../tensor/tensor.ts'
import type { Plan } from './fate.ts'
import type { Match } from './match.ts'
import type { Report } from './verify.ts'

/** Everything that can keep a checkpoint from being converted. */
export type Refusal = RecogniseRefusal | PlanRefusal | BackboneRefusal | PlaceRefusal

/** It is not clear what to convert. */
export type RecogniseRefusal =
  /** There is no dictionary of tensors. */
  | { readonly kind: 'noTensors' }
  /** A section was given that is not there. */
  | { readonly kind: 'noSuchSection'; readonly section: string }
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
