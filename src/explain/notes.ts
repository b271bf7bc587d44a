/** Notes on successful conversions. */

import { type Decision, decide } from '../convert/decide.ts'
import { knownSections } from '../convert/match.ts'
import { keptNonTensors } from '../convert/non-tensors.ts'
import { isRefusal } from '../convert/refusal.ts'
import type { Settings, Words } from '../errors.ts'
import type { Architecture } from '../families/family.ts'
import type { Method } from '../methods/method.ts'
import { BACKBONES } from '../targets/mmdetection/backbones.ts'
import type { Checkpoint, StateDict } from '../tensor/tensor.ts'
import { wasChosen } from './explain.ts'
import type { Context } from './explanation.ts'
import { findBackbones, optionsFor, tryOptions } from './find-backbone.ts'
import type { FoundBackbone } from './find-network.ts'
import { noteOnCounters } from './non-tensors.ts'
import { quoteSection } from './sections.ts'

/** A remark about a successful conversion, and the option to change it, as data like the advice of errors. */
export interface Note {
  readonly text: string
  /** Options that keep what was dropped. */
  readonly use?: Settings
  /** The same as command-line options for custom rules. */
  readonly typed?: string
}

/** A note as text. */
export function noteInWords({ text, use, typed }: Note, words: Words): string {
  if (use !== undefined) return `${text}; to keep it instead: ${words.settings(use)}`
  return typed === undefined ? text : `${text}; to keep it instead, on the command line: ${typed}`
}

/** All notes on a decision. */
export function notesOn({ match, plan, architecture }: Decision, context: Context): Note[] {
  const others = keptNonTensors(context.checkpoint, match, plan.spelt?.spelling)
  return [
    ...(wasChosen(context) ? [] : notesOnOthers(context, match)),
    ...[...noteOnCounters(others), ...noteOnBackbone(architecture), ...noteOfMethod(match, architecture)].map(
      text => ({ text }),
    ),
  ]
}

/** @returns a note for each other network that was not taken, but could be */
function notesOnOthers(context: Context, { method, state }: Decision['match']): Note[] {
  const notes = findBackbones(otherSections(context.checkpoint, method, state)).flatMap(found => {
    const options = optionsTaking(found, context)
    const where = `${quoteSection(found.section)}${aboutSection(found.section, context)}`
    return options === undefined
      ? []
      : [{ text: `another ${found.title} is in ${where} and was not kept`, ...options }]
  })
  // One option selects a network from a section with two networks of one method.
  return [...new Map(notes.map(note => [JSON.stringify(note), note])).values()]
}

/** mmengine/hooks/ema_hook.py `before_save_checkpoint` swaps the two. */
function aboutSection(section: string, { checkpoint: { framework } }: Context): string {
  return section === 'ema_state_dict' && framework?.startsWith('MMEngine')
    ? " (the weights themselves: MMEngine saves their moving average as 'state_dict')"
    : ''
}

/** Networks that were not taken and are not in the method's sections; if saved under two keys, the first counts. */
function otherSections({ sections }: Checkpoint, method: Method, taken: StateDict): Map<string, StateDict> {
  const known = knownSections(method)
  const first = new Map<StateDict, string>()
  for (const [path, state] of sections) if (!first.has(state)) first.set(state, path)
  return new Map(
    [...first].flatMap(([state, path]) => (state === taken || known.has(path) ? [] : [[path, state]])),
  )
}

/** Tried; undefined if no options help. */
function optionsTaking(
  found: FoundBackbone,
  { checkpoint, knowledge }: Context,
): Omit<Note, 'text'> | undefined {
  const { section } = found
  if (!isRefusal(decide(checkpoint, knowledge, { section }))) return { use: { section } }
  return isRefusal(tryOptions({ checkpoint, knowledge }, found)) ? undefined : { typed: optionsFor(found) }
}

/** Whether MMDetection can build an architecture: every known network, except some ResNets. */
export function hasBackbone({ family, name }: Pick<Architecture, 'family' | 'name'>): boolean {
  return family !== 'resnet' || Object.hasOwn(BACKBONES, name)
}

/** @returns no note if MMDetection has the architecture */
function noteOnBackbone(architecture: Architecture): string[] {
  if (hasBackbone(architecture)) return []
  return [
    `MMDetection has no ${architecture.title}: the file is complete, but you need to register your own backbone class to load it`,
  ]
}

function noteOfMethod({ method }: Decision['match'], { family }: Architecture): string[] {
  const note = method.notes?.[family]
  return note === undefined ? [] : [note]
}
