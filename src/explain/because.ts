/** Why a method was taken, in one line. */
import type { Match, MatchedBy } from '../convert/match.ts'
import { quoteSection } from './sections.ts'

const WORDS = {
  signature: hasSignature,
  elsewhere: match =>
    `${hasSignature(match)}; ${quoteSection(match.section)} is not where ${match.method.name} usually has it`,
  said: () => 'you said so; its usual names are not all there',
  given: () => 'the rules were given',
} satisfies Record<MatchedBy, (match: Match) => string>

function hasSignature({ method }: Match): string {
  return `it has ${method.signature.join(', ')}`
}

/** Which names gave it away, or who said so. */
export function becauseOf(match: Match): string {
  const because = WORDS[match.by](match)
  const { pretrainedBy } = match
  return pretrainedBy ? `${because}; it was made of a checkpoint of ${pretrainedBy.name}` : because
}
