/** What should be known about a conversion that went well. */

import { shellWord } from '../bytes/text.ts'
import { fitting, type Known, knownSections, type Recognised } from '../convert/match.ts'
import type { Architecture } from '../families/family.ts'
import { BACKBONES } from '../targets/mmdetection/backbones.ts'
import type { Checkpoint } from '../tensor/tensor.ts'
import { findResNets, optionsFor } from './find-backbone.ts'
import { quoteSection } from './sections.ts'

/** @returns one for each network that lies elsewhere and was not taken; by names alone */
export function notesOnOthers(checkpoint: Checkpoint, known: Known, { method, state }: Recognised): string[] {
  const usual = knownSections(method)
  return findResNets(checkpoint.sections)
    .filter(found => found.state !== state && !usual.has(found.section))
    .map(found => {
      const { section } = found
      const isPlain = fitting(checkpoint, known, { section }).length === 1
      const options = isPlain ? `--section ${shellWord(section)}` : optionsFor(found)
      return `another ResNet lies in ${quoteSection(section)} and was not taken; to take it: ${options}`
    })
}

/** Whether MMDetection can build an architecture, by the name that `ARCHITECTURES` has for it. */
export function hasBackbone(architecture: string): boolean {
  return Object.hasOwn(BACKBONES, architecture)
}

/** @returns undefined where MMDetection has the architecture */
export function noteOnBackbone({
  name,
  title,
  family,
}: Pick<Architecture, 'name' | 'title' | 'family'>): string | undefined {
  return family !== 'resnet' || hasBackbone(name)
    ? undefined
    : `MMDetection has no backbone that is a ${title}: the file is whole, and a backbone of your own must be registered to load it`
}
