/** A config's settings for a backbone, its neck, heads and optimizer. Each file in this folder returns them for a family. */
import { UnsupportedError } from '../../../errors.ts'
import type { Architecture } from '../../../families/family.ts'
import type { Detector } from '../detectors.ts'
import type { Noted, Py, PyDict } from '../python.ts'
import type { ConfigMethod, Loader } from '../settings.ts'
import type { Generation, Schedule } from '../versions.ts'

/** What a backbone's settings depend on. */
export interface Context {
  readonly architecture: Pick<Architecture, 'name' | 'title' | 'family' | 'facts'>
  readonly method: ConfigMethod
  readonly target: Loader
  readonly mmdet: Generation
  readonly schedule: Schedule
  readonly detector: Detector
}

export interface Backbone {
  /** The settings in `backbone`, except `init_cfg` and `frozen_stages`. */
  readonly settings: PyDict
  /** The package that registers the class, for `custom_imports`. */
  readonly imports?: string
  readonly maps: Maps
  readonly optimiser: Optimiser
  /** How to count `frozen_stages`; missing if the class has no such setting. */
  readonly frozen?: { readonly most: number; readonly about: string }
  /** The side of a fixed square that all images are padded to. */
  readonly fixedSize?: number
  /** Some parameters do not affect the loss, which DDP must know. */
  readonly unused?: string
  /** More settings for `model`, needed only by this family. */
  readonly model?: PyDict
  /** More settings for the file. */
  readonly more?: PyDict
  /** Lines for the head of the file. */
  readonly remarks?: readonly string[]
}

/** A backbone's feature maps: a pyramid of four, or a single one. */
export type Maps =
  | { readonly kind: 'pyramid'; readonly channels: readonly number[] }
  | { readonly kind: 'single'; readonly channels: number; readonly stride: number }
  | { readonly kind: 'own neck'; readonly neck: PyDict }

/** AdamW, which transformers and ConvNeXt are trained with, for the schedule's images per step. */
export interface AdamW {
  readonly kind: 'AdamW'
  readonly rate: number
  readonly weightDecay: number
  /** MMDetection's constructor that groups the parameters, if any. */
  readonly constructor_?: string
  readonly paramwise: Noted | PyDict
}

/** The base's SGD; or the schedule's optimizer, with some changes. */
export type Optimiser =
  | AdamW
  | { readonly kind: 'SGD' }
  | { readonly kind: 'as the base'; readonly rate: number; readonly changes: PyDict }

/** RetinaNet's FPN begins with the second map; DDP would wait for gradients of an unused map. */
export function outIndices({ detector }: Context): readonly [0, 1, 2, 3] | readonly [1, 2, 3] {
  return detector === 'retinanet' ? [1, 2, 3] : [0, 1, 2, 3]
}

/** The maps of four stages; each is twice as wide as the previous one. */
export function pyramid(context: Context, dims: number): Maps {
  return { kind: 'pyramid', channels: outIndices(context).map(stage => dims * 2 ** stage) }
}

/** The name of an MMPretrain class in MMDetection 3.x; MMClassification's in 2.x. */
export function mmpretrain({ mmdet }: Context, name: string): { type: Py; imports: string } {
  const scope = mmdet === '2' ? 'mmcls' : 'mmpretrain'
  return { type: `${scope}.${name}`, imports: `${scope}.models` }
}

/** @param because a clause */
export function notIn2({ architecture }: Context, because = NO_CLASS): UnsupportedError {
  return new UnsupportedError(`MMDetection 2.x has no ${architecture.title}: ${because}.`, [
    { use: [{ mmdet: '3' }] },
  ])
}

const NO_CLASS = 'MMClassification, which it uses, does not have one'

/** Channels of the images, unless three. */
export function inputs(setting: string, channels: unknown): PyDict {
  return channels === undefined || channels === 3 ? {} : { [setting]: channels as number }
}

/** No weight decay for parameters whose names contain these. */
export function undecayed(...names: readonly string[]): PyDict {
  return { custom_keys: Object.fromEntries(names.map(name => [name, { decay_mult: 0 }])) }
}
