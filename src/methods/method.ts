/** The checkpoint layout of a training method: only data. To add a method, add a file to this folder. */
import type { Pattern, Rule } from '../rename/rules.ts'

/** One of the networks in a checkpoint: a student or a teacher, a query or a key encoder. */
export interface Network {
  readonly name: string
  /** One line: what it is, and what uses it. */
  readonly about: string
  /** The sections of this network, if they differ from the method's `sections`. */
  readonly sections?: readonly string[]
}

/** The source of a fact about a method: repository, file and commit. */
export interface CodeReference {
  readonly repository: string
  readonly file: string
  readonly commit: string
}

/** How the training code normalised images (for pixel values from 0 to 1), and in which channel order. */
export interface Normalisation {
  readonly mean: readonly [number, number, number]
  readonly std: readonly [number, number, number]
  readonly order: 'rgb' | 'bgr'
}

/** The layout of a method's checkpoints, as data. */
export interface Method {
  /** The value of `--selfsup`, and the name of its file. */
  readonly name: string
  readonly title: string
  /** Follows "trained with", if different from the title up to its colon. */
  readonly label?: string
  readonly paper: string
  readonly code: CodeReference
  /** Sections of the checkpoint that may contain the network, as dotted paths, best first; '' is a flat state dict. */
  readonly sections: readonly string[]
  /** The networks to choose from, the default first; missing if there is only one. */
  readonly networks?: readonly Network[]
  /** Each of these matches at least one tensor of the section in every checkpoint of this method. */
  readonly signature: readonly Pattern[]
  /** The shape of a tensor, if it distinguishes methods with the same names. */
  readonly rows?: { readonly of: string; readonly are: number | 'columns'; readonly not?: true }
  readonly rules: readonly Rule[]
  readonly normalisation: Normalisation
  /** A sentence for configs, if only some of the method's files use this normalisation. */
  readonly normalisationNote?: string
  /** What a user should know about the method's networks of a family, by the family's name. */
  readonly notes?: Readonly<Record<string, string>>
  /** Names of published files whose tensor names these rules were checked against. */
  readonly published: readonly string[]
  /**
   * The number of heads of a transformer by its width, if it is unusual. Shapes do not show it, and with another number, the network
   * loads but computes something else.
   */
  readonly heads?: Readonly<Record<number, number>>
  /** The prefix of all names, if the network is inside another module: `model.`. */
  readonly within?: string
  /** Set by custom rules if the stride of a bottleneck is in its first 1×1 convolution; by default, it is in the 3×3 one. */
  readonly style?: 'pytorch' | 'caffe'
}

/** Mean and standard deviation of ImageNet's pixels, from torchvision's recipes; most methods use them. */
export const IMAGENET: Normalisation = {
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
  order: 'rgb',
}

/** Pixels from -1 to 1, as in Inception: BEiT on ImageNet-22k, CAE. */
export const HALF: Normalisation = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], order: 'rgb' }

/** Mean and standard deviation of CLIP's pixels; EVA uses its teacher's. */
export const CLIP: Normalisation = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
  order: 'rgb',
}

/** A detector in the code of facebookresearch/detr, or in code based on it (models/detr.py). */
export const DETR: readonly Rule[] = [
  { keep: 'backbone.0.body.*', as: '*' },
  { drop: 'transformer.*', because: 'transformer', part: 'transformer.*' },
  { drop: 'query_embed.weight', because: 'queries', part: 'query_embed.weight' },
  { drop: 'input_proj.*', because: 'neck', part: 'input_proj.*' },
  { drop: 'bbox_embed.*', because: 'head for boxes', part: 'bbox_embed.*' },
]
