/** What the files of a method are like, for configs that are written without one at hand: by methods, then by architectures. */
import type { Facts } from '../../../families/family.ts'

interface Pretrained {
  /** The usual network; of all others, a ResNet-50. */
  readonly usual?: string
  /** What differs from the usual variant, by names of architectures; `*` stands for all. */
  readonly facts?: Readonly<Record<string, Facts>>
}

const PATCH_14: Facts = { patch: 14, positions: 257 }

/** By names of methods. */
export const PRETRAINED: Readonly<Record<string, Pretrained>> = {
  mae: { usual: 'vit-base', facts: { 'vit-huge': PATCH_14 } },
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

/** The facts of an architecture as a method has it. */
export function factsFor(method: string, architecture: string, facts: Facts): Facts {
  const known = PRETRAINED[method]?.facts
  return { ...facts, ...known?.['*'], ...known?.[architecture] }
}
