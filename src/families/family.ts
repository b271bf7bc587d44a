/**
 * What is known about a family of networks: how code bases spell it, and what it must hold. The makers below spell out layers as
 * PyTorch does.
 */
import type { NamingRule } from '../rename/naming.ts'
import type { Pattern } from '../rename/rules.ts'

/** A family of networks. All of it is data, but for the tensors of an architecture, which are spelled out. */
export interface Family {
  /** `resnet`, `vit`. Equals the file's name. */
  readonly name: string
  /** For people: `Vision Transformer`. */
  readonly title: string
  /** How code bases spell it, the canonical names first. */
  readonly spellings: readonly Spelling[]
  /** Where a look at the weights finds what it looks for. */
  readonly look: Look
  /**
   * The networks of this family. Where a family has more variants than names (patch sizes, windows, channels of the images), the
   * tensors at hand say which variant of each it could be.
   * @param state tensors under canonical names; without them, the usual variants
   */
  architectures(state?: Shapes): readonly Architecture[]
}

/** What `probe` looks at, by canonical names. */
export interface Look {
  /** The convolution that sees the image: the patch embedding, in most. */
  readonly firstLayer: string
  /**
   * Which stage a tensor is of, with `$1` for its number: the first that fits decides, `LAST_STAGE` is the last one that there is,
   * and what none fits is of the stem.
   */
  readonly stages: readonly (readonly [name: RegExp, stage: string])[]
  /**
   * How large weights are at initialisation. `he`: √(2 / (k² · outputs)); `small`: 0.02, as all transformers and ConvNeXt have it,
   * to within a half where the method takes Xavier's (MAE, MoCo v3).
   */
  readonly initial: 'he' | 'small'
}

/** What classes for detection have beside a network of four stages, and a pre-training does not. */
export const MAP_NORMS: readonly NamingRule[] = [0, 1, 2].map(stage => ({
  drop: `norm${stage}.*`,
  because: 'normalisation of a feature map, which detection adds',
}))

/** The same of transformers' classes for detection: SwinBackbone, ConvNextBackbone. */
export const MAPS_OF_TRANSFORMERS: NamingRule = {
  drop: 'hidden_states_norms.*',
  because: 'normalisation of a feature map, which detection adds',
}

/** Of the normalisation after all stages. */
export const LAST_STAGE = ''

/** Of all networks that have ViT's names for the patch embedding, the blocks and the last normalisation. */
export const VIT_LOOK: Look = {
  firstLayer: 'patch_embed.proj.weight',
  stages: [
    [/^(blocks\.\d+)\./, '$1'],
    [/^norm\./, LAST_STAGE],
  ],
  initial: 'small',
}

/** Shapes by canonical names: all that recognition looks at. */
export type Shapes = ReadonlyMap<string, { readonly shape: readonly number[] }>

/** The names that a code base has for a network, and how they become the canonical ones. */
export interface Spelling {
  /** `torchvision`, `timm`, `transformers`. */
  readonly name: string
  /** Where it was read: repository and file. */
  readonly code: string
  /** Patterns of which a network in this spelling has at least one tensor each; together they tell the spelling. */
  readonly has: readonly Pattern[]
  /** And none of these: they make it another network, or another spelling. */
  readonly never?: readonly Pattern[]
  readonly rules: readonly NamingRule[]
}

/** One tensor that a network must hold. */
export interface TensorSpec {
  readonly name: string
  readonly shape: readonly number[]
  readonly kind: 'float' | 'int64'
  /** May be missing, but only together with all others of its kind: PyTorch before 0.4.1 had no such tensors. */
  readonly optional?: true
}

/** What a config must say about a network and its tensors do not, or only by their shapes: `{ heads: 12, patch: 16 }`. */
export type Facts = Readonly<Record<string, number | boolean | string | readonly number[]>>

/** A network that a backbone can be verified against: what it must hold, tensor by tensor. */
export interface Architecture {
  /** As people type it: `resnet50`, `wide_resnet50_2`, `vit-base`. */
  readonly name: string
  /** For people: `ResNet-50`. */
  readonly title: string
  /** The name of its family. */
  readonly family: string
  readonly facts: Facts
  /** How many tensors there are, without those that are optional: tells most architectures apart without spelling them out. */
  readonly count: number
  /** In the order of PyTorch's `state_dict()`. */
  tensors(): readonly TensorSpec[]
}

/** An architecture whose tensors are spelled out when they are first asked for. */
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

/** A weight and the bias of its outputs, which may be left out. */
export function affine(name: string, shape: readonly number[], bias = true): TensorSpec[] {
  const weight = float(`${name}.weight`, ...shape)
  return bias ? [weight, float(`${name}.bias`, shape[0]!)] : [weight]
}

/** A square convolution without bias; `inputs` counts the channels of one group. */
export function conv(name: string, inputs: number, outputs: number, kernel: number): TensorSpec[] {
  return affine(name, [outputs, inputs, kernel, kernel], false)
}

/** Batch normalisation over `channels`: four vectors, and a counter that came with PyTorch 0.4.1. */
export function norm(name: string, channels: number): TensorSpec[] {
  return [
    ...['weight', 'bias', 'running_mean', 'running_var'].map(part => float(`${name}.${part}`, channels)),
    { name: `${name}${COUNTER}`, shape: [], kind: 'int64', optional: true },
  ]
}

const COUNTER = '.num_batches_tracked'

/** Whether a name is that of a BatchNorm's counter of batches. */
export function isCounter(name: string): boolean {
  return name.endsWith(COUNTER)
}
