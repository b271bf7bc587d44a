/** A checkpoint as MMDetection sees it, or why it finds nothing. */

import { firstFew } from '../bytes/text.ts'
import { chooseTarget, decide } from '../convert/decide.ts'
import { KNOWN, type Knowledge } from '../convert/knowledge.ts'
import { type LoadedNetwork, loadedNetwork } from '../convert/loaded.ts'
import { isRefusal } from '../convert/refusal.ts'
import { MismatchError } from '../errors.ts'
import { asMMDetectionReads, nonTensorsForMMDetection, startOf } from '../targets/mmdetection/load.ts'
import { loadersOf, type Target } from '../targets/target.ts'
import type { Checkpoint, StateDict } from '../tensor/tensor.ts'
import { explainRefusal } from './explain.ts'
import type { Explanation } from './explanation.ts'
import { commandFor } from './find-backbone.ts'
import { noTensors } from './unrecognised.ts'

/**
 * The state dict that MMDetection would load.
 * @param prefix as in `init_cfg`: `backbone.` or `backbone`
 * @throws MismatchError when it would find no tensors
 */
export function readAsMMDetection(checkpoint: Checkpoint, prefix = ''): StateDict {
  const state = asMMDetectionReads(checkpoint, prefix)
  if (state.size > 0) return state
  throw new MismatchError(...explainNothing(checkpoint, prefix))
}

/** What a target loads from a file, and which network it is. */
export interface LoadedFile {
  readonly state: StateDict
  /** Values under the names of tensors that are not tensors, as Python prints them. */
  readonly others: ReadonlyMap<string, string>
  /** Missing if the names do not match any class of the target. */
  readonly network?: LoadedNetwork
  /** The name of the loader. */
  readonly target: string
}

/** How a file is loaded: as in `init_cfg`, or by another loader. */
export interface LoadOptions {
  readonly prefix?: string | undefined
  /** By default the one stated in the file, or MMDetection. */
  readonly target?: string | undefined
  /** The required architecture. */
  readonly arch?: string | undefined
}

/**
 * What a target's class would find in a file. If the class reads names with a prefix that the file contains, the result's
 * names are without it. Loaders other than MMDetection may find nothing.
 * @throws MismatchError when MMDetection would find no tensors
 * @throws UsageError when there is no such target
 */
export function readLoaded(
  checkpoint: Checkpoint,
  options: LoadOptions,
  { families, targets }: Knowledge,
): LoadedFile {
  const [target] = loadersFor(checkpoint, options.target, targets)
  const places = target === targets[0] ? placesIn(checkpoint, options) : placesOfOthers(checkpoint)
  for (const { prefix, state } of places) {
    const network = loadedNetwork(state, families, target, options.arch)
    if (network && (options.prefix !== undefined || network.home.prefix === prefix))
      return { state, others: nonTensorsForMMDetection(checkpoint, prefix), network, target: target.name }
  }
  const [first] = places
  const state =
    target === targets[0] ? readAsMMDetection(checkpoint, options.prefix) : (first?.state ?? new Map())
  return { state, others: nonTensorsForMMDetection(checkpoint, options.prefix), target: target.name }
}

/**
 * The loaders that a file is for.
 * @param target as given; by default the one stated in the file, or MMDetection
 * @throws UsageError when there is no such target
 */
export function loadersFor(
  { facts }: Checkpoint,
  target: string | undefined,
  targets: Knowledge['targets'],
): readonly [Target, ...Target[]] {
  const told = facts.get('meta.target')
  return loadersOf(chooseTarget(targets, target ?? (typeof told === 'string' ? told : undefined)))
}

interface Place {
  readonly prefix: string
  readonly state: StateDict
}

/** The section for classes loaded by MMEngine, and for Swin, which only reads names with `backbone.`. */
function placesIn(checkpoint: Checkpoint, options: LoadOptions): readonly Place[] {
  const prefixes = options.prefix === undefined ? ['', 'backbone.'] : [options.prefix]
  return prefixes.map(prefix => ({ prefix, state: asMMDetectionReads(checkpoint, prefix) }))
}

/** Other loaders only read `model`. */
function placesOfOthers({ sections }: Checkpoint): readonly Place[] {
  const state = sections.get('model')
  return state ? [{ prefix: '', state }] : []
}

/** @throws MismatchError when a loader would find no tensors */
export function requireTensors({ state, target }: LoadedFile, checkpoint: Checkpoint): void {
  if (state.size > 0) return
  const loader = chooseTarget(KNOWN.targets, target)
  throw new MismatchError(...nothingWhere(checkpoint, "'model'", loader))
}

function explainNothing(checkpoint: Checkpoint, prefix: string): Explanation {
  const { source, sections } = checkpoint
  if (sections.size === 0) return noTensors({ kind: 'noTensors' }, { checkpoint })
  const section = sections.get('state_dict') ?? sections.get('')
  if (section)
    return [
      `${source}: no tensor begins with '${startOf(prefix)}'; its tensors are ${firstFew(section.keys())}.`,
      [{ say: 'Specify the prefix of the names, or', leaveOut: 'prefix' }],
      { prefix },
    ]
  return nothingWhere(checkpoint, "'state_dict' or at the top level")
}

/** @param target a loader that is not the usual one */
function nothingWhere(checkpoint: Checkpoint, where: string, target?: Target): Explanation {
  const { source, sections } = checkpoint
  const paths = [...sections.keys()]
  const options = target ? { target: target.name } : {}
  const decision = decide(checkpoint, KNOWN, options)
  return [
    `${source}: for ${target?.title ?? 'MMDetection'}, tensors must be in ${where}, but they are ${paths.map(whereabouts).join(', ')}.`,
    isRefusal(decision)
      ? explainRefusal(decision, { checkpoint, knowledge: KNOWN, options }).steps
      : ['Convert it first:', commandFor(source, target && `--target ${target.name}`)],
    { sections: paths },
  ]
}

function whereabouts(path: string): string {
  return path === '' ? 'at the top level' : `in '${path}'`
}
