/** Why a method was chosen, in one line. */
import type { Match, MatchedBy } from '../convert/match.ts'
import { quoteSection } from './sections.ts'

const WORDS = {
  signature: hasSignature,
  elsewhere: match =>
    `${hasSignature(match)}; ${quoteSection(match.section)} is not where ${match.method.name} usually has it`,
  said: ({ pretrainedBy }) =>
    pretrainedBy ? "it has MMDetection's names" : 'specified; some of its usual names are missing',
  given: () => 'custom rules were given',
} satisfies Record<MatchedBy, (match: Match) => string>

function hasSignature({ method }: Match): string {
  // A bare network is recognised by its family, not by a method's names.
  return method.signature.join() === '*'
    ? 'it contains only one network'
    : `it has ${method.signature.join(', ')}`
}

/** Why the method was chosen, as text. */
export function becauseOf(match: Match): string {
  const because = WORDS[match.by](match)
  const { pretrainedBy } = match
  if (!pretrainedBy) return because
  return match.by === 'said'
    ? `${because}; trained with ${pretrainedBy.name}, as specified`
    : `${because}; converted from a ${pretrainedBy.name} checkpoint`
}
