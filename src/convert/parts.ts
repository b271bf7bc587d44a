/** The parts of a pretrained detector besides its backbone, under the target's names: complete, except for tensors that start from scratch. */
import { type Architecture, architecture, type Facts, type TensorSpec } from '../families/family.ts'
import { inverse, type NamingRule } from '../rename/naming.ts'
import { matcher } from '../rename/pattern.ts'
import { type Items, spell } from '../rename/spell.ts'
import {
  type Anew,
  type DetectorGeneration,
  type DetectorKind,
  detectorOf,
  type Part,
  type SpeltDetector,
  spellingIn,
} from '../targets/detector.ts'
import type { Home, Target } from '../targets/target.ts'
import type { Checkpoint, StateDict } from '../tensor/tensor.ts'
import type { PartsRefusal } from './refusal.ts'
import { type Report, verifyBackbone } from './verify.ts'

/** The parts of a detector beyond its backbone. */
export interface Parts {
  readonly part: Exclude<Part, 'backbone'>
  readonly detector: DetectorKind
  readonly report: Report
  /** Tensors that its class has but the file does not: they start at random. */
  readonly anew: readonly Anew[]
  readonly facts: Facts
  readonly generation: DetectorGeneration
}

/** Parts under the target's names, and why others are left out. */
export interface PlacedParts extends Parts {
  readonly kept: Items
  readonly dropped: ReadonlyMap<string, string>
}

const NECK = 'neck.'

/** How much of a detector is kept, and under which names. */
export interface PartOptions {
  readonly part: Exclude<Part, 'backbone'>
  readonly generation: DetectorGeneration
  /** What the file states, but no tensor name shows. */
  readonly said?: Facts
}

/** Facts stated in a file that this program wrote. */
export function saidFacts({ facts }: Pick<Checkpoint, 'facts'>): Facts {
  const told = facts.get('meta.boxRefine')
  return told === undefined ? {} : { boxRefine: told === 'true' }
}

/** From canonical names to those of one MMDetection generation. */
export function namesIn(detector: DetectorKind, generation: DetectorGeneration): readonly NamingRule[] {
  return inverse(spellingIn(detector, generation).rules)
}

/**
 * @param items the tensors that belong to a detector according to the method's rules, by their names there
 * @returns a refusal if the target has no such detector, or the parts are incomplete
 */
export function placeParts(
  items: Items,
  target: Target,
  backbone: Architecture,
  { part, generation, said = {} }: PartOptions,
): PlacedParts | PartsRefusal {
  const maps = target.detectors?.mapsOf(backbone)
  if (!target.detectors || !maps) return { kind: 'noDetectors', target, architecture: backbone }
  if (items.size === 0) return { kind: 'noParts', part }
  const { known, neck } = target.detectors
  const found = detectorOf(new Set(items.keys()), part === 'neck' ? [...known, neck] : known)
  if (!found) return { kind: 'noDetector', part, names: [...items.keys()] }
  const { detector, spelling } = found
  const { kept: all, dropped, unmatched, twice } = spell(spelling.rules, items)
  const strange = [...unmatched, ...twice.keys()]
  if (strange.length > 0) return { kind: 'strangeParts', detector, part, names: strange }
  const kept = part === 'neck' ? within(all, NECK) : all
  const state = new Map([...kept].map(([name, { tensor }]) => [name, tensor]))
  const obstacle = detector.refuses?.find(one => one.in === generation && one.when(state))
  if (part === 'detector' && obstacle) return { kind: 'detectorObstacle', detector, obstacle }
  const { specs, anew } = expectedParts(state, found, maps, part)
  const of = { name: detector.name, title: detector.title, family: detector.name, facts: {} }
  const report = verifyBackbone(
    state,
    architecture(of, () => specs),
  )
  if (!report.complete) return { kind: 'incompleteParts', detector, part, report }
  const written = new Set([...kept.values()].flatMap(({ from }) => from))
  const left = [...items].filter(
    ([name, { from }]) => !dropped.has(name) && !from.some(by => written.has(by)),
  )
  return {
    part,
    detector,
    report,
    anew,
    facts: { ...detector.facts(state, new Set(items.keys())), ...said },
    generation,
    kept: spell(namesIn(detector, generation), kept).kept,
    dropped: new Map([...dropped, ...left.map(([name]) => [name, 'head of the detector'] as const)]),
  }
}

function within(items: Items, start: string): Items {
  return new Map([...items].filter(([name]) => name.startsWith(start)))
}

/**
 * The tensors that the given parts must contain, and what else their class has.
 * @param state under canonical names
 */
export function expectedParts(
  state: StateDict,
  { detector, spelling }: SpeltDetector,
  maps: readonly number[],
  part: Part,
): { readonly specs: readonly TensorSpec[]; readonly anew: readonly Anew[] } {
  const lacks = spelling.lacks ?? []
  const isLacking = (name: string) => lacks.some(pattern => matcher(pattern)(name) !== undefined)
  return {
    specs: detector
      .tensors(state, maps)
      .filter(({ name }) => !isLacking(name) && (part === 'detector' || name.startsWith(NECK))),
    anew: [
      ...lacks.map(tensors => ({ tensors, because: 'not in the pre-training' })),
      ...(part === 'detector' ? detector.anew(state) : [{ tensors: '*_head.*', because: 'not requested' }]),
    ],
  }
}

/** What a file states about its parts: its detector, and what no tensor name shows. */
export function metaOf({ part, detector, facts, generation }: Parts): Readonly<Record<string, string>> {
  return {
    part,
    detector: detector.name,
    ...(spellingIn(detector, generation).name === 'mmdetection' ? {} : { mmdet: generation }),
    ...(facts.boxRefine === undefined ? {} : { boxRefine: String(facts.boxRefine) }),
  }
}

/** Adds what the backbone's class creates itself. */
export function withMade<P extends Pick<Parts, 'anew'>>(parts: P, { makes = [] }: Home): P {
  const made = makes.map(pattern => ({ tensors: `backbone.${pattern}`, because: 'created by its class' }))
  return { ...parts, anew: [...made, ...parts.anew] }
}
