/**
 * A family of networks: its names in different code bases, and its required tensors. Also functions that list the tensors of
 * PyTorch's layers.
 */
import type { NamingRule } from '../rename/naming.ts'
import type { Pattern } from '../rename/rules.ts'

/** A family of networks. All of it is data, except for the function that lists the tensors of an architecture. */
export interface Family {
  /** `resnet`, `vit`. Equals the file's name. */
  readonly name: string
  /** The name in messages: `Vision Transformer`. */
  readonly title: string
  /** The names in each code base, the canonical names first. */
  readonly spellings: readonly Spelling[]
  /** Where `probe` finds the first layer and the stages. */
  readonly look: Look
  /**
   * The networks of this family. If a name has several variants (patch sizes, windows, input channels), the tensors decide which
   * variant is returned.
   * @param state tensors under canonical names; without them, the usual variants
   */
  architectures(state?: Shapes): readonly Architecture[]
}

/** What `probe` looks at, by canonical names. */
export interface Look {
  /** The first convolution, usually the patch embedding. */
  readonly firstLayer: string
  /**
   * The stage of a tensor, by its name; `$1` is the stage's number. The first pattern that matches is used, `LAST_STAGE` stands for
   * the last stage, and tensors that match none belong to the stem.
   */
  readonly stages: readonly (readonly [name: RegExp, stage: string])[]
  /**
   * The standard deviation of weights at initialisation. `he`: √(2 / (k² · outputs)); `small`: 0.02, as in transformers and ConvNeXt
   * (a rough value if the method uses Xavier's: MAE, MoCo v3).
   */
  readonly initial: 'he' | 'small'
}

/** What detection classes add to a network of four stages, so that pre-training does not contain it. */
export const MAP_NORMS: readonly NamingRule[] = [0, 1, 2].map(stage => ({
  drop: `norm${stage}.*`,
  because: 'normalisation of a feature map, which detection adds',
}))

/** The same for transformers' detection classes: SwinBackbone, ConvNextBackbone. */
export const MAPS_OF_TRANSFORMERS: NamingRule = {
  drop: 'hidden_states_norms.*',
  because: 'normalisation of a feature map, which detection adds',
}

/** The stage of the normalisation after all stages. */
export const LAST_STAGE = ''

/** For all networks with ViT's names for patch embedding, blocks and last normalisation. */
export const VIT_LOOK: Look = {
  firstLayer: 'patch_embed.proj.weight',
  stages: [
    [/^(blocks\.\d+)\./, '$1'],
    [/^norm\./, LAST_STAGE],
  ],
  initial: 'small',
}

/** Shapes by canonical names: enough for recognition. */
export type Shapes = ReadonlyMap<string, { readonly shape: readonly number[] }>

/** A code base's names for a network, and how they become canonical. */
export interface Spelling {
  /** `torchvision`, `timm`, `transformers`. */
  readonly name: string
  /** The source: repository and file. */
  readonly code: string
  /** Patterns that identify the spelling: each matches at least one tensor. */
  readonly has: readonly Pattern[]
  /** Patterns that match no tensor: they indicate another network or spelling. */
  readonly never?: readonly Pattern[]
  readonly rules: readonly NamingRule[]
}

/** A required tensor of a network. */
export interface TensorSpec {
  readonly name: string
  readonly shape: readonly number[]
  readonly kind: 'float' | 'int64'
  /** May be missing if all others of its kind are missing too: PyTorch before 0.4.1 had no such tensors. */
  readonly optional?: true
}

/** Facts for a config that tensors do not show, or only by their shapes: `{ heads: 12, patch: 16 }`. */
export type Facts = Readonly<Record<string, number | boolean | string | readonly number[]>>

/** A network that a backbone can be verified against: the tensors that it must have. */
export interface Architecture {
  /** As people type it: `resnet50`, `wide_resnet50_2`, `vit-base`. */
  readonly name: string
  /** For messages: `ResNet-50`. */
  readonly title: string
  /** The name of its family. */
  readonly family: string
  readonly facts: Facts
  /** The number of required tensors: distinguishes most architectures without listing their tensors. */
  readonly count: number
  /** In the order of PyTorch's `state_dict()`. */
  tensors(): readonly TensorSpec[]
}

/** An architecture that lists its tensors on demand. */
export function architecture(
  about: Omit<Architecture, 'count' | 'tensors'> & { readonly count?: number },
  spellOut: () => readonly TensorSpec[],
): Architecture {
  let tensors: readonly TensorSpec[] | undefined
  const all = (): readonly TensorSpec[] => {
    tensors ??= spellOut()
    return tensors
  }
  return {
    ...about,
    get count() {
      return about.count ?? all().filter(({ optional }) => !optional).length
    },
    tensors: all,
  }
}

/** A floating-point tensor. */
export function float(name: string, ...shape: readonly number[]): TensorSpec {
  return { name, shape, kind: 'float' }
}

/** A weight and the optional bias of its outputs. */
export function affine(name: string, shape: readonly number[], bias = true): TensorSpec[] {
  const weight = float(`${name}.weight`, ...shape)
  return bias ? [weight, float(`${name}.bias`, shape[0]!)] : [weight]
}

/** A square convolution without bias; `inputs` is the number of channels per group. */
export function conv(name: string, inputs: number, outputs: number, kernel: number): TensorSpec[] {
  return affine(name, [outputs, inputs, kernel, kernel], false)
}

/** Batch normalisation over `channels`: four vectors, and a counter that was added in PyTorch 0.4.1. */
export function norm(name: string, channels: number): TensorSpec[] {
  return [
    ...['weight', 'bias', 'running_mean', 'running_var'].map(part => float(`${name}.${part}`, channels)),
    { name: `${name}${COUNTER}`, shape: [], kind: 'int64', optional: true },
  ]
}

const COUNTER = '.num_batches_tracked'

/** Whether a tensor is a BatchNorm's counter of batches. */
export function isCounter(name: string): boolean {
  return name.endsWith(COUNTER)
}
