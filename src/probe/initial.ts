/** Weights at initialisation: their distribution and scale. */
import type { Look } from '../families/family.ts'

/** By kurtosis, which does not depend on scale. Training makes the tails heavier within some hundred steps. */
const DISTRIBUTIONS = {
  /**
   * torchvision, MoCo, SwAV; and timm's trunc_normal_, whose bounds of ±2 are a hundred deviations: ViT, DINO, Swin, ConvNeXt.
   */
  normal: 3,
  /** PyTorch's own default, and Xavier's uniform: MAE, MoCo v3. */
  uniform: 1.8,
  /** Normal, truncated at two deviations: TensorFlow's. */
  cutAtTwo: 2.366,
  /** Normal, truncated at one: BEiT, SimMIM's ViT, CAE (trunc_normal_ with a=-std, b=std). */
  cutAtOne: 1.941,
} as const

/** With fewer weights, the distribution cannot be determined. */
export const ENOUGH = 5000

/** Whether weights have the distribution of an initialisation; unknown for fewer than `ENOUGH`. */
export function hasInitialKurtosis(kurtosis: number, weights: number): boolean {
  // For n normal numbers it is 3 ± √(24 / n).
  const tolerance = Math.max(0.01, 4 * Math.sqrt(24 / weights))
  return (
    weights >= ENOUGH &&
    Object.values(DISTRIBUTIONS).some(initial => Math.abs(kurtosis - initial) < tolerance)
  )
}

/**
 * The deviation of weights at initialisation; for `small`, only a rough value for patch embeddings, many of which use
 * PyTorch's default.
 */
export function initialDeviation(initial: Look['initial'], shape: readonly number[]): number {
  const [outputs = 1, , height = 1, width = 1] = shape
  return initial === 'he' ? Math.sqrt(2 / (outputs * height * width)) : 0.02
}
