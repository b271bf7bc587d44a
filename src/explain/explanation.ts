/** The parts of an explanation. */
import type { ConvertOptions } from '../convert/decide.ts'
import type { Knowledge } from '../convert/knowledge.ts'
import type { Refusal } from '../convert/refusal.ts'
import type { Advice } from '../errors.ts'
import type { Checkpoint } from '../tensor/tensor.ts'

/** What is wrong, what to do, and details as plain data for `--json`. */
export type Explanation = readonly [problem: string, advice: Advice, details: object]

/** The subject of the decision. */
export interface Context {
  readonly checkpoint: Checkpoint
  readonly knowledge: Knowledge
  readonly options: ConvertOptions
}

/** The refusal of a given kind. */
export type RefusalOf<K extends Refusal['kind']> = Extract<Refusal, { readonly kind: K }>
