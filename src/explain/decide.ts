/** A decision with its notes, or an error that explains why there is none. */
import { type ConvertOptions, type Decision, decide } from '../convert/decide.ts'
import { KNOWN, type Knowledge } from '../convert/knowledge.ts'
import { isRefusal } from '../convert/refusal.ts'
import { LIBRARY } from '../errors.ts'
import type { Checkpoint } from '../tensor/tensor.ts'
import { explainRefusal } from './explain.ts'
import { type Note, noteInWords, notesOn } from './notes.ts'

/** A decision in full, with words for people. */
export interface ExplainedDecision extends Decision {
  /** What should be known and is not an error: a network that was not taken, one that MMDetection cannot build. */
  readonly notes: readonly string[]
  /** The same as data: options by the library's names for them, and what to set them to. */
  readonly noteParts: readonly Note[]
}

/**
 * Decides what becomes of every tensor, and makes sure that the result is a whole backbone: by names, types and shapes.
 * @throws MismatchError when the tensors are not a whole backbone, or the method is not clear; its `details` say why
 * @throws UsageError when an option names something that does not exist
 * @throws UnsupportedError when the checkpoint holds a network that the target cannot load, or tensors without dense values
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
