/** Networks that are often tried and are no ResNets: said so by name, rather than by a list of missing tensors. */
import { UnsupportedError } from '../errors.ts'
import type { Checkpoint } from '../tensor/tensor.ts'
import { matchPattern } from './pattern.ts'

interface Stranger {
  readonly is: string
  /** A section of the checkpoint has a name for each of these. */
  readonly signature: readonly string[]
}

// Names read in facebookresearch/dino vision_transformer.py, facebookresearch/mae models_mae.py,
// facebookresearch/moco-v3 vits.py (timm's VisionTransformer), microsoft/Swin-Transformer models/swin_transformer.py.
const STRANGERS: readonly Stranger[] = [
  {
    is: 'a masked autoencoder (MAE) with a Vision Transformer',
    signature: ['*mask_token', '*decoder_embed.weight', '*cls_token'],
  },
  {
    is: 'a Vision Transformer',
    signature: ['*cls_token', '*patch_embed.proj.weight', '*blocks.0.attn.qkv.weight'],
  },
  {
    is: 'a Swin Transformer',
    signature: ['*patch_embed.proj.weight', '*layers.0.blocks.0.attn.relative_position_bias_table'],
  },
]

/** @returns undefined when it is none of them */
export function describeStranger(checkpoint: Checkpoint): UnsupportedError | undefined {
  for (const [path, state] of checkpoint.sections) {
    const names = [...state.keys()]
    const found = STRANGERS.find(({ signature }) =>
      signature.every(pattern => names.some(name => matchPattern(pattern, name) !== undefined)),
    )
    if (found)
      return new UnsupportedError(
        `${checkpoint.source} holds ${found.is}${path === '' ? '' : ` (in '${path}')`}, not a ResNet.`,
        'Only ResNets can be converted to MMDetection backbones.',
      )
  }
  return undefined
}
