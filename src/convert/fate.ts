/** What happens to the tensors of a section. */
import type { Spelt } from '../families/spelling.ts'
import type { Items } from '../rename/spell.ts'
import type { StateDict, Tensor } from '../tensor/tensor.ts'

/** What happens to one tensor. */
export type Fate = Kept | Dropped

/** A tensor that is written. */
export interface Kept {
  /** The name in the checkpoint. */
  readonly name: string
  readonly tensor: Tensor
  /** The name in the output; for a tensor that is split, the first one. */
  readonly as: string
  /** True if it is part of a head that was requested, not of the backbone. */
  readonly head?: true
  /** True if it is a part of the detector other than the backbone. */
  readonly part?: true
}

/** A tensor that is dropped, and why. */
export interface Dropped {
  readonly name: string
  readonly tensor: Tensor
  readonly because: string
}

/** The fates of all tensors of a section, in its order. */
export interface Plan {
  readonly fates: readonly Fate[]
  /** The tensors that are kept, by their new names. */
  readonly kept: StateDict
  /** Names among `kept` that belong to a head. */
  readonly head: ReadonlySet<string>
  /** The family of the network and its spelling in the checkpoint; missing if it belongs to no known family. */
  readonly spelt?: Spelt
}

/** A plan in canonical names; the target's names come later. */
export interface CanonicalPlan extends Plan {
  /** The network alone, and what was decided about the other tensors. */
  readonly draft: Draft
}

/** An unfinished plan. */
export interface Draft {
  readonly section: StateDict
  readonly network: Items
  /** Why tensors are left out, by their names in the checkpoint. */
  readonly dropped: ReadonlyMap<string, string>
  /** The new names of a requested head, by the names in the checkpoint. */
  readonly head: ReadonlyMap<string, string>
  /** Other parts of the pretrained detector, if requested. */
  readonly parts: Items
}
