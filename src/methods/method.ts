/** What a training method's checkpoint holds: data only. Adding a method is adding a file beside this one. */
import type { Pattern, Rule } from '../rename/rules.ts'

/** One of the networks in a checkpoint: a student or a teacher, a query or a key encoder. */
export interface Network {
  readonly name: string
  /** One line for people: what it is, and who uses it. */
  readonly about: string
  /** Where this network lies, when the method's own `sections` do not say it. */
  readonly sections?: readonly string[]
}

/** Where a fact about a method was read: repository, file and commit. */
export interface CodeReference {
  readonly repository: string
  readonly file: string
  readonly commit: string
}

/** How the method's training code normalised its images (values for pixels in 0…1), and in which channel order. */
export interface Normalisation {
  readonly mean: readonly [number, number, number]
  readonly std: readonly [number, number, number]
  readonly order: 'rgb' | 'bgr'
}

/** What is known about the checkpoints of one method. All of it is data. */
export interface Method {
  /** What people type after `--selfsup`. Equals the file's name. */
  readonly name: string
  readonly title: string
  /** What follows "trained with", where that is not the title up to its colon. */
  readonly label?: string
  readonly paper: string
  readonly code: CodeReference
  /** Sections of the checkpoint that may hold the network, as dotted paths, best first; '' is a flat state dict. */
  readonly sections: readonly string[]
  /** The networks to choose from, the default first; left out when there is only one. */
  readonly networks?: readonly Network[]
  /** Each of these matches at least one tensor of the section in every checkpoint of this method. */
  readonly signature: readonly Pattern[]
  /** What the shape of a tensor tells, where methods have the same names. */
  readonly rows?: { readonly of: string; readonly are: number | 'columns'; readonly not?: true }
  readonly rules: readonly Rule[]
  readonly normalisation: Normalisation
  /** A sentence for configs, where not all of the method's files are of images that were normalised so. */
  readonly normalisationNote?: string
  /** Names of published files whose tensor names these rules were checked against. */
  readonly published: readonly string[]
  /**
   * Heads of a transformer by its width, where they are not the usual ones: no shape tells, and a network with other heads loads and
   * computes something else.
   */
  readonly heads?: Readonly<Record<number, number>>
  /** What stands before every name, where the whole of it lies in another module: `model.`. */
  readonly within?: string
  /** Where rules by hand say that the stride of a bottleneck is in its first 1×1 convolution; else it is in the 3×3 one. */
  readonly style?: 'pytorch' | 'caffe'
}

/** Mean and standard deviation of ImageNet's pixels, as torchvision's recipes have them; most methods use them. */
export const IMAGENET: Normalisation = {
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
  order: 'rgb',
}

/** Pixels from -1 to 1, as Inception had them: BEiT on ImageNet-22k, CAE. */
export const HALF: Normalisation = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], order: 'rgb' }

/** Mean and standard deviation of CLIP's pixels, which EVA has from its teacher. */
export const CLIP: Normalisation = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
  order: 'rgb',
}

/** A detector in the code of facebookresearch/detr, and in what is based on it (models/detr.py). */
export const DETR: readonly Rule[] = [
  { keep: 'backbone.0.body.*', as: '*' },
  { drop: 'transformer.*', because: 'transformer', part: 'transformer.*' },
  { drop: 'query_embed.weight', because: 'queries', part: 'query_embed.weight' },
  { drop: 'input_proj.*', because: 'neck', part: 'input_proj.*' },
  { drop: 'bbox_embed.*', because: 'head for boxes', part: 'bbox_embed.*' },
]
