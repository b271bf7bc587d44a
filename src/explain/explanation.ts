/** What an explanation consists of. */
import type { ConvertOptions } from '../convert/decide.ts'
import type { Knowledge } from '../convert/knowledge.ts'
import type { Refusal } from '../convert/refusal.ts'
import type { Advice } from '../errors.ts'
import type { Checkpoint } from '../tensor/tensor.ts'

/** What is wrong, what to do about it, and the details as plain data, which `--json` shows. */
export type Explanation = readonly [problem: string, advice: Advice, details: object]

/** What was decided about. */
export interface Context {
  readonly checkpoint: Checkpoint
  readonly knowledge: Knowledge
  readonly options: ConvertOptions
}

/** The refusal of one kind. */
export type RefusalOf<K extends Refusal['kind']> = Extract<Refusal, { readonly kind: K }>
