/** What should be known about a conversion that went well. */

import { shellWord } from '../bytes/text.ts'
import type { Decision } from '../convert/decide.ts'
import { knownSections, matchesIn } from '../convert/match.ts'
import { keptNonTensors } from '../convert/non-tensors.ts'
import type { Architecture } from '../families/family.ts'
import { BACKBONES } from '../targets/mmdetection/backbones.ts'
import { wasChosen } from './explain.ts'
import type { Context } from './explanation.ts'
import { findBackbones, optionsFor } from './find-backbone.ts'
import { noteOnCounters } from './non-tensors.ts'
import { quoteSection } from './sections.ts'

/** All that is to be said of a decision and is not an error. */
export function notesOn({ match, plan, architecture }: Decision, context: Context): string[] {
  const others = keptNonTensors(context.checkpoint, match, plan.spelt?.spelling)
  return [
    ...(wasChosen(context) ? [] : notesOnOthers(context, match)),
    ...noteOnCounters(others),
    ...noteOnBackbone(architecture),
  ]
}

/** @returns one for each network that lies elsewhere and was not taken; by names alone */
function notesOnOthers({ checkpoint, knowledge }: Context, { method, state }: Decision['match']): string[] {
  const known = knownSections(method)
  return findBackbones(checkpoint.sections)
    .filter(found => found.state !== state && !known.has(found.section))
    .map(found => {
      const { section, title } = found
      const isPlain = matchesIn(checkpoint, knowledge, { section }).length === 1
      const options = isPlain ? `--section ${shellWord(section)}` : optionsFor(found)
      return `another ${title} lies in ${quoteSection(section)} and was not taken; to take it: ${options}`
    })
}

/** Whether MMDetection can build an architecture, by the name that `ARCHITECTURES` has for it. */
export function hasBackbone(architecture: string): boolean {
  return Object.hasOwn(BACKBONES, architecture)
}

/** @returns none where MMDetection has the architecture */
function noteOnBackbone({ name, title, family }: Architecture): string[] {
  if (family !== 'resnet' || hasBackbone(name)) return []
  return [
    `MMDetection has no backbone that is a ${title}: the file is whole, and a backbone of your own must be registered to load it`,
  ]
}
