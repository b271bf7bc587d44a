/** Weights at initialisation: their distribution and scale. */
import type { Look } from '../families/family.ts'

/** By their kurtosis, which is the same for all sizes. Training makes the tails heavier within some hundred steps. */
const DISTRIBUTIONS = {
  /** torchvision, MoCo, SwAV; and timm's trunc_normal_, whose bounds are ±2, a hundred deviations: ViT, DINO, Swin, ConvNeXt. */
  normal: 3,
  /** PyTorch's own default, and Xavier's uniform: MAE, MoCo v3. */
  uniform: 1.8,
  /** Normal, cut at two deviations: TensorFlow's. */
  cutAtTwo: 2.366,
  /** Normal, cut at one: BEiT, SimMIM's ViT, CAE (trunc_normal_ with a=-std, b=std). */
  cutAtOne: 1.941,
} as const

/** Fewer weights do not tell their distribution. */
export const ENOUGH = 5000

/** Whether weights have the distribution of an initialisation; unknown for fewer than `ENOUGH`. */
export function hasInitialKurtosis(kurtosis: number, weights: number): boolean {
  // Of n normal numbers it is 3 ± √(24 / n).
  const tolerance = Math.max(0.01, 4 * Math.sqrt(24 / weights))
  return (
    weights >= ENOUGH &&
    Object.values(DISTRIBUTIONS).some(initial => Math.abs(kurtosis - initial) < tolerance)
  )
}

/** The deviation of weights at initialisation; for `small` only roughly that of a patch embedding, which many leave to PyTorch's default. */
export function initialDeviation(initial: Look['initial'], shape: readonly number[]): number {
  const [outputs = 1, , height = 1, width = 1] = shape
  return initial === 'he' ? Math.sqrt(2 / (outputs * height * width)) : 0.02
}
