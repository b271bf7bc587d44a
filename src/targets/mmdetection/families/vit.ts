/** Plain Vision Transformers: mmpretrain.VisionTransformer, or mmcls.VisionTransformer in MMDetection 2.x. */
import { UnsupportedError } from '../../../errors.ts'
import { Noted, type PyDict } from '../python.ts'
import { type Backbone, type Context, inputs, mmpretrain } from './backbone.ts'
import { layerDecay, SINGLE_MAP, sizeOf, UNTOLD } from './plain.ts'

/** The facts of a ViT's architecture. */
export interface VitFacts {
  readonly dims: number
  readonly depth: number
  readonly heads: number
  readonly hidden: number
  readonly patch: number
  readonly positions: number
  readonly channels: number
  readonly classToken: boolean
  readonly qkvBias: boolean
  readonly layerScale: boolean
  readonly swiglu: boolean
  readonly finalNorm: boolean
}

/** MMPretrain's names that mean what they seem to; its `small` has a width of 768 and 8 blocks. */
const ARCHES = [
  { arch: 'base', dims: 768, depth: 12, heads: 12, hidden: 3072 },
  { arch: 'large', dims: 1024, depth: 24, heads: 16, hidden: 4096 },
  { arch: 'huge', dims: 1280, depth: 32, heads: 16, hidden: 5120 },
] as const

const HEADS_NOTE =
  "The tensors do not show the number of heads. Most ViT-Ti have 3, most ViT-S 6. MoCo v3's and MAE-Lite's have 12 ('config moco-v3' sets it), and so does solo-learn's MAE: check the code that trained yours."

const CHANNELS_NOTE =
  "The tensors do not show the number of heads. MoCo v3's ViT-S has 12, but that of SSL4EO-S12, for other channels, has 6, which this config sets: check the code that trained yours."

/** @throws UnsupportedError for networks that MMClassification cannot build */
export function vit(context: Context): Backbone {
  const facts = factsOf(context)
  const { dims, depth, patch } = facts
  if (context.mmdet === '2') refuseInMMClassification(context, facts)
  const { type, imports } = mmpretrain(context, 'VisionTransformer')
  const { decay, dropPath } = sizeOf(dims)
  return {
    settings: {
      _delete_: true,
      type,
      arch: archOf(facts, context),
      img_size: imageSetting(facts),
      patch_size: patch,
      ...inputs('in_channels', facts.channels),
      out_indices: new Noted([depth - 1], 'The last layer.'),
      ...(facts.qkvBias ? {} : { qkv_bias: false }),
      drop_path_rate: dropPath,
      ...(facts.classToken ? {} : { with_cls_token: false }),
      final_norm: facts.finalNorm,
      ...asMap(context),
      ...ofDinoV2(facts),
    },
    imports,
    maps: { kind: 'single', channels: dims, stride: patch },
    optimiser: layerDecay(decay, depth, 'backbone.layers', 'ln'),
    frozen: {
      most: depth,
      about: '0 and -1 freeze nothing; n freezes the patch embedding, the positions and n layers.',
    },
    remarks: [
      SINGLE_MAP,
      ...noteOnHeads(context, facts),
      ...(facts.layerScale || facts.swiglu ? [] : [PYRAMID]),
    ],
  }
}

const PYRAMID =
  'For a pyramid, convert with --target vitdet, and write the config for that file (MMDetection 3.x, in a clone).'

function noteOnHeads({ method }: Context, { dims, channels }: VitFacts): string[] {
  if (dims > 384) return []
  if (channels !== 3 && method.heads?.[dims] !== undefined) return [CHANNELS_NOTE]
  // MAE's authors trained none so small.
  return [...UNTOLD, 'mae'].includes(method.name) ? [HEADS_NOTE] : []
}

/**
 * The facts of a ViT, with its method's number of heads: for images of colours. zhu-xlab/SSL4EO-S12@2156913c trains the method
 * on 2 to 13 channels (src/benchmark/pretrain_ssl/models/moco_v3/vits.py:114), with the usual number.
 */
export function factsOf({ architecture, method }: Context): VitFacts {
  const facts = architecture.facts as unknown as VitFacts
  const known = facts.channels === 3 ? method.heads?.[facts.dims] : undefined
  return { ...facts, heads: known ?? facts.heads }
}

/** The image side that positions were trained for. */
export function imageSize({ patch, positions, classToken }: VitFacts): number {
  return patch * Math.round(Math.sqrt(positions - (classToken ? 1 : 0)))
}

function archOf({ dims, depth, heads, hidden, swiglu }: VitFacts, { method }: Context): PyDict[string] {
  // Its class turns 6144 into 4096: two thirds, in steps of eight.
  if (swiglu && dims === 1536) return 'dinov2-giant'
  const known = ARCHES.find(
    arch => arch.dims === dims && arch.depth === depth && arch.heads === heads && arch.hidden === hidden,
  )
  if (known) return known.arch
  const arch = { embed_dims: dims, num_layers: depth, num_heads: heads, feedforward_channels: hidden }
  return method.heads?.[dims] !== heads
    ? arch
    : new Noted(
        arch,
        `${method.title} has ${heads} heads. The tensors do not show this: with another number, the file loads but computes something else.`,
      )
}

function imageSetting(facts: VitFacts): PyDict[string] {
  const size = imageSize(facts)
  return new Noted(
    size,
    `The image size of the pre-training: its ${facts.positions} positions are loaded as they are, and resized for each image.`,
  )
}

function asMap({ mmdet }: Context): PyDict {
  return mmdet === '2' ? { output_cls_token: false } : { out_type: 'featmap' }
}

function ofDinoV2({ layerScale, swiglu }: VitFacts): PyDict {
  return {
    ...(layerScale
      ? {
          layer_scale_init_value: new Noted(
            0.00001,
            "With 0, the checkpoint's layer scales would be ignored.",
          ),
        }
      : {}),
    ...(swiglu ? { layer_cfgs: { ffn_type: 'swiglu_fused' } } : {}),
  }
}

function refuseInMMClassification(
  { architecture }: Context,
  { layerScale, swiglu, qkvBias }: VitFacts,
): void {
  if (!layerScale && !swiglu && qkvBias) return
  throw new UnsupportedError(
    `MMDetection 2.x has no ${architecture.title} with ${layerScale ? 'LayerScale' : swiglu ? 'SwiGLU layers' : 'attention without biases'}: the VisionTransformer of MMClassification does not have it.`,
    [{ use: [{ mmdet: '3' }] }],
  )
}
