/** Facts about each method's released files, for configs without a checkpoint: by method, then by architecture. */
import type { Facts } from '../../../families/family.ts'

interface Pretrained {
  /** The usual network; for other methods, a ResNet-50. */
  readonly usual?: string
  /** Differences from the usual variant, by architecture; `*` means all. */
  readonly facts?: Readonly<Record<string, Facts>>
}

const PATCH_14: Facts = { patch: 14, positions: 257 }

/** By method. */
export const PRETRAINED: Readonly<Record<string, Pretrained>> = {
  beit: { usual: 'beit-base' },
  'beit-in1k': { usual: 'vit-base' },
  'beit-v2': { usual: 'beit-base' },
  cae: { usual: 'vit-base', facts: { '*': { layerScale: true } } },
  croco: { usual: 'vit-base', facts: { '*': { classToken: false, positions: 196 } } },
  data2vec: { usual: 'beit-base' },
  eva: { usual: 'vit-giant', facts: { '*': PATCH_14 } },
  'eva-02': { usual: 'eva02-base' },
  mae: { usual: 'vit-base', facts: { 'vit-huge': PATCH_14 } },
  mugs: { usual: 'vit-small' },
  'siamese-im': { usual: 'vit-base' },
  ibot: { usual: 'vit-base' },
  msn: { usual: 'vit-base' },
  dinov2: {
    usual: 'vit-base',
    facts: { '*': { patch: 14, positions: 1370, layerScale: true }, 'vit-giant2': { swiglu: true } },
  },
  ijepa: {
    usual: 'vit-huge',
    facts: { '*': { classToken: false, positions: 196 }, 'vit-huge': { patch: 14, positions: 256 } },
  },
  simmim: {
    usual: 'swin-base',
    facts: { 'swin-base': { windows: [6, 6, 6, 6] }, 'swin-large': { windows: [12, 12, 12, 6] } },
  },
  moby: { usual: 'swin-tiny' },
  esvit: { usual: 'swin-tiny' },
  fcmae: { usual: 'convnext-base', facts: { '*': { grn: true, layerScale: false, finalNorm: false } } },
}

/** An architecture's facts, as trained by a method. */
export function factsFor(method: string, architecture: string, facts: Facts): Facts {
  const known = PRETRAINED[method]?.facts
  return { ...facts, ...known?.['*'], ...known?.[architecture] }
}
