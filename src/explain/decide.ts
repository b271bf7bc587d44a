/** A decision with its notes, or an error that explains why there is none. */
import { type ConvertOptions, type Decision, decide } from '../convert/decide.ts'
import { KNOWN, type Knowledge } from '../convert/knowledge.ts'
import { isRefusal } from '../convert/refusal.ts'
import { LIBRARY } from '../errors.ts'
import type { Checkpoint } from '../tensor/tensor.ts'
import { explainRefusal } from './explain.ts'
import { type Note, noteInWords, notesOn } from './notes.ts'

/** A decision, with its messages. */
export interface ExplainedDecision extends Decision {
  /** Remarks that are not errors: another network was not kept, or MMDetection cannot build this one. */
  readonly notes: readonly string[]
  /** The same as data: the library's names of options, and their values. */
  readonly noteParts: readonly Note[]
}

/**
 * Decides the fate of every tensor, and checks by names, types and shapes that the result is a complete backbone.
 * @throws MismatchError when the backbone is not complete, or the method is ambiguous; its `details` say why
 * @throws UsageError when an option names something that does not exist
 * @throws UnsupportedError when the target cannot load the checkpoint's network, or tensors have no dense values
 */
export function decideOrThrow(
  checkpoint: Checkpoint,
  options: ConvertOptions = {},
  knowledge: Knowledge = KNOWN,
): ExplainedDecision {
  const context = { checkpoint, knowledge, options }
  const decision = decide(checkpoint, knowledge, options)
  if (isRefusal(decision)) throw explainRefusal(decision, context)
  const noteParts = notesOn(decision, context)
  return { ...decision, notes: noteParts.map(note => noteInWords(note, LIBRARY)), noteParts }
}
