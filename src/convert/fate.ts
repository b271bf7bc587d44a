/** What becomes of the tensors of a section. */
import type { StateDict, Tensor } from '../tensor/tensor.ts'

/** What becomes of one tensor. */
export type Fate = Kept | Dropped

/** A tensor that is written. */
export interface Kept {
  /** As the checkpoint has it. */
  readonly name: string
  readonly tensor: Tensor
  readonly as: string
  /** Part of a head that was asked for, not of the backbone. */
  readonly head?: true
}

/** A tensor that is left out, and why. */
export interface Dropped {
  readonly name: string
  readonly tensor: Tensor
  readonly because: string
}

/** The fates of all tensors of a section, in its order. */
export interface Plan {
  readonly fates: readonly Fate[]
  /** What will be written, by its new names. */
  readonly kept: StateDict
  /** Names among `kept` that belong to a head. */
  readonly head: ReadonlySet<string>
}
