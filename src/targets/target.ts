/** The data about a loader: the names of its networks, where they are in a file, and what it initialises. */
import type { Advice } from '../errors.ts'
import type { Architecture, Facts } from '../families/family.ts'
import type { DropRule, Pattern } from '../rename/rules.ts'
import type { DetectorKind } from './detector.ts'

/** Code that builds backbones and loads checkpoints into them. */
export interface Target {
  /** The value of `--target`. */
  readonly name: string
  readonly title: string
  /** Its classes, by the name of the family; it cannot load other families. */
  readonly homes: Readonly<Record<string, Home>>
  /** The detectors that it can load, if any. */
  readonly detectors?: Detectors
  /** The loaders of a combined file: each reads its own key. Missing for a single loader. */
  readonly parts?: readonly [Target, ...Target[]]
}

/** Detectors, and the feature maps that they use. */
export interface Detectors {
  /** The first one with a matching spelling is used. */
  readonly known: readonly DetectorKind[]
  /** Used for any other detector, of which only the neck can be kept. */
  readonly neck: DetectorKind
  /** The channels of a backbone's feature maps, the finest first; undefined if it has only one. */
  mapsOf(architecture: Architecture): readonly number[] | undefined
}

/** A combined target; its families are the ones that all parts support. */
export function together(name: string, title: string, parts: readonly [Target, ...Target[]]): Target {
  const [first, ...others] = parts
  const shared = Object.entries(first.homes).filter(([family]) => others.every(({ homes }) => homes[family]))
  return { name, title, homes: Object.fromEntries(shared), parts }
}

/** The loaders that a file is for. */
export function loadersOf(target: Target): readonly [Target, ...Target[]] {
  return target.parts ?? [target]
}

/** The class that loads a family, and the file that it loads completely. */
export interface Home {
  /** The class, as configs name it: `mmpretrain.VisionTransformer`. */
  readonly class: string
  /** The source: repository and file. */
  readonly code: string
  /** The family's spelling that the class uses. */
  readonly spelling: string
  /** Tensors, by canonical names, that the class does not have. */
  readonly drops?: readonly DropRule[]
  /** Networks of the family that the class does not support. */
  readonly refuses?: readonly Obstacle[]
  /** The prefix of every name in the file. */
  readonly prefix: '' | 'backbone.'
  /** The key of the file's dictionary that the class reads. */
  readonly section: 'state_dict' | 'model'
  /** Tensors, by the names of the class, that it initialises itself because a pre-training does not have them. */
  readonly makes?: readonly Pattern[]
  /** A description of what it resizes while it loads, for a note. */
  readonly resizes?: string
}

/** Why the target's class cannot load a network, based on the facts of its architecture. */
export interface Obstacle {
  /** @param spelling of the checkpoint, if it shows which class trained the network */
  when(facts: Facts, spelling: string): boolean
  /** Follows the network's name: `has LayerScale, which …`. */
  readonly because: string
  readonly instead: Advice
}

/** @returns why a home's class cannot load an architecture; undefined if it can */
export function obstacleTo(
  { refuses = [] }: Home,
  { facts }: Architecture,
  spelling: string,
): Obstacle | undefined {
  return refuses.find(({ when }) => when(facts, spelling))
}

/**
 * DeiT III, and networks of timm with `no_embed_class`: the loaders treat the first row of the position embedding as the
 * class token's, and would resize the rest (mmpretrain/models/backbones/vision_transformer.py _prepare_pos_embed).
 */
export const NO_CLASS_POSITION: Obstacle = {
  when: ({ classToken, positions }) =>
    classToken === true && Number.isInteger(Math.sqrt(positions as number)),
  because:
    'has a class token without a position (DeiT III is built so), and the class that loads it would take the position of the first patch for it',
  instead: "Take a network whose class token has a position, as DINO's and MAE's have.",
}
