/** What becomes of the tensors of a section. */
import type { Spelt } from '../families/spelling.ts'
import type { Items } from '../rename/spell.ts'
import type { StateDict, Tensor } from '../tensor/tensor.ts'

/** What becomes of one tensor. */
export type Fate = Kept | Dropped

/** A tensor that is written. */
export interface Kept {
  /** As the checkpoint has it. */
  readonly name: string
  readonly tensor: Tensor
  /** The name that it is written under; of a tensor that is split, the first. */
  readonly as: string
  /** Part of a head that was asked for, not of the backbone. */
  readonly head?: true
  /** Of the detector that the backbone is part of. */
  readonly part?: true
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
  /** What is kept, by its new names. */
  readonly kept: StateDict
  /** Names among `kept` that belong to a head. */
  readonly head: ReadonlySet<string>
  /** The family of networks that it is of, and how the checkpoint spells it; left out where it is of none that is known. */
  readonly spelt?: Spelt
}

/** A plan in canonical names, which a target has yet to name. */
export interface CanonicalPlan extends Plan {
  /** The network alone, and what was decided about the others. */
  readonly draft: Draft
}

/** A plan in the making. */
export interface Draft {
  readonly section: StateDict
  readonly network: Items
  /** Why tensors are left out, by the names of the checkpoint. */
  readonly dropped: ReadonlyMap<string, string>
  /** The names of a head that was asked for, by those of the checkpoint. */
  readonly head: ReadonlyMap<string, string>
  /** What is beside the backbone in the detector that was pretrained, where it was asked for. */
  readonly parts: Items
}
