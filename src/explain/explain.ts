/** Turns refusals into errors: one function for each kind. */
import type { Refusal } from '../convert/refusal.ts'
import { MismatchError, type ToolError, UnsupportedError, UsageError } from '../errors.ts'
import type { Context, Explanation, RefusalOf } from './explanation.ts'
import { incomplete, noArchitecture } from './incomplete.ts'
import { describeLookalike, describeOtherNetwork } from './other-networks.ts'
import { detectorObstacle, incompleteParts, noDetector, noDetectors, noParts, strangeParts } from './parts.ts'
import { homeless, noHome, obstacle } from './unplaced.ts'
import { noHead, nothingKept, sameName, unknownTensors, unreadable } from './unplanned.ts'
import {
  anotherFits,
  noMethodFits,
  noSection,
  noSuchNetwork,
  noSuchSection,
  noTensors,
  otherNetworksFit,
  severalFit,
  tooManyTensors,
} from './unrecognised.ts'

const WORDS = {
  noTensors,
  noSuchSection,
  tooManyTensors,
  noSuchNetwork,
  noSection,
  noMethodFits,
  severalFit,
  anotherFits,
  otherNetworksFit,
  unknownTensors,
  sameName,
  unreadable,
  noHead,
  nothingKept,
  noArchitecture,
  incomplete,
  noHome,
  obstacle,
  homeless,
  noDetectors,
  noParts,
  noDetector,
  strangeParts,
  detectorObstacle,
  incompleteParts,
} satisfies { [K in Refusal['kind']]: (refusal: RefusalOf<K>, context: Context) => Explanation }

/** Requests for something that is not in the file. */
const MISTAKES: readonly Refusal['kind'][] = ['noSuchNetwork', 'noSuchSection', 'noHead', 'noParts']

/** Problems that no option solves. */
const UNSUPPORTED: readonly Refusal['kind'][] = [
  'tooManyTensors',
  'unreadable',
  'noHome',
  'obstacle',
  'homeless',
  'noDetectors',
  'noDetector',
  'strangeParts',
  'detectorObstacle',
]

/**
 * The error for a refusal: what is wrong, and what to do.
 * @param context the arguments of `decide`
 */
export function explainRefusal(refusal: Refusal, context: Context): ToolError {
  const words = WORDS[refusal.kind] as (refusal: Refusal, context: Context) => Explanation
  if (MISTAKES.includes(refusal.kind)) {
    const [problem, advice] = words(refusal, context)
    return new UsageError(problem, advice)
  }
  // Its names are those of a known network, which the words would be about.
  const lookalike = wasChosen(context) ? undefined : describeLookalike(context.checkpoint)
  if (lookalike) return lookalike
  if (UNSUPPORTED.includes(refusal.kind)) {
    const [problem, advice] = words(refusal, context)
    return new UnsupportedError(problem, advice)
  }
  // If the network is known, its missing tensors say more than another network's name.
  const isKnown =
    refusal.kind === 'incompleteParts' || (refusal.kind === 'incomplete' && refusal.plan.spelt !== undefined)
  const other = wasChosen(context) || isKnown ? undefined : describeOtherNetwork(context.checkpoint)
  return other ?? new MismatchError(...words(refusal, context))
}

/** Custom rules, or the path of a section, show that the user has inspected the file. */
export function wasChosen({ options }: Pick<Context, 'options'>): boolean {
  return options.method !== undefined || options.section !== undefined
}
