/**
 * The filters of the first convolution: which show whether a network was trained. Trained ones are edges and colours of all
 * sizes; random ones are noise (Zeiler and Fergus, arXiv:1311.2901, figure 2; Krizhevsky et al. 2012, figure 3).
 */
import { UnsupportedError } from '../errors.ts'
import { readFloats } from '../tensor/read-tensor.ts'
import type { StateDict } from '../tensor/tensor.ts'

/** The filters of the first layer, and statistics over them. */
export interface FirstLayer {
  /** `conv1.weight`, `patch_embed.proj.weight`. */
  readonly name: string
  readonly count: number
  /** The side in pixels: 7 in a ResNet, 14 or 16 in a ViT, 4 in Swin and ConvNeXt. */
  readonly side: number
  /** Filters with the most energy first, each as rows of red, green, blue. */
  readonly filters: readonly Filter[]
  /**
   * How similar neighbouring pixels of the filters are: the correlation at a distance of one pixel, from −1 to 1. Independent noise
   * has 0; the smooth filters of trained networks have 0.5 or more.
   */
  readonly smoothness: number
  /** Standard deviation of the filters' norms, divided by their mean: 0.06 for noise of 147 weights, several times that after training. */
  readonly spread: number
  /** The spread of noise: 1 / √(2 · weights of a filter). */
  readonly noiseSpread: number
  /** The root mean square of all weights, and the largest weight: their ratio shows a uniform distribution. */
  readonly rms: number
  readonly largest: number
}

/** One filter of the picture. */
export interface Filter {
  /** Its index in the checkpoint. */
  readonly index: number
  /** The L2 norm of its weights. */
  readonly norm: number
  /** side × side × 3 weights; for images without three channels, three times the mean of all channels. */
  readonly pixels: Float32Array
}

/**
 * @param order of the channels in the images that the network was trained on
 * @param name of the convolution that sees the image
 * @throws UnsupportedError when its filters are not square
 */
export async function readFirstLayer(
  state: StateDict,
  order: 'rgb' | 'bgr',
  name = 'conv1.weight',
): Promise<FirstLayer> {
  const tensor = state.get(name)
  const [count = 0, channels = 0, side = 0, width] = tensor?.shape ?? []
  if (!tensor || channels === 0 || side !== width)
    throw new UnsupportedError(
      `The first layer is not a convolution of images with square filters: ${name} has the shape (${tensor?.shape.join(', ') ?? 'none'}).`,
    )
  const values = await readFloats(tensor)
  const filters = Array.from({ length: count }, (_, index) =>
    readFilter(values, { index, side, channels, order }),
  )
  const norms = filters.map(({ norm }) => norm)
  return {
    name,
    count,
    side,
    filters: filters.toSorted((a, b) => b.norm - a.norm),
    smoothness: correlation(values, side),
    spread: deviation(norms) / Math.max(mean(norms), Number.MIN_VALUE),
    noiseSpread: 1 / Math.sqrt(2 * channels * side * side),
    ...sizeOf(values),
  }
}

function sizeOf(values: Float32Array): Pick<FirstLayer, 'rms' | 'largest'> {
  let [squares, largest] = [0, 0]
  for (const value of values) {
    squares += value * value
    largest = Math.max(largest, Math.abs(value))
  }
  return { rms: Math.sqrt(squares / Math.max(values.length, 1)), largest }
}

/**
 * The threshold between noise and filters: independent weights have a correlation of 0 ± 0.01 (64 filters of 147 weights);
 * trained networks are far above.
 */
const SMOOTH = { noise: 0.08, trained: 0.3 } as const

/** For filters this small, the mean is half of the content: subtracting it would give noise a correlation of −1/15. */
const SMALL_SIDE = 5

/** What filters look like. */
export type FiltersLook = 'trained' | 'noise' | 'unclear'

/**
 * What the smoothness of the first filters shows: noise, trained filters, or neither. Small filters may be checkerboards,
 * whose neighbours differ, and we have no trained ones to find a second threshold: more than noise counts as trained.
 */
export function filtersLook({ smoothness, side }: Pick<FirstLayer, 'smoothness' | 'side'>): FiltersLook {
  if (Number.isNaN(smoothness)) return 'unclear'
  if (side <= SMALL_SIDE) return Math.abs(smoothness) < SMOOTH.noise ? 'noise' : 'trained'
  if (smoothness < SMOOTH.noise) return 'noise'
  return smoothness >= SMOOTH.trained ? 'trained' : 'unclear'
}

/** The same as text. */
export function describeFilters(filters: Pick<FirstLayer, 'smoothness' | 'side'>): string {
  const { smoothness, side } = filters
  if (Number.isNaN(smoothness)) return 'first-layer filters: they contain NaN or infinite values'
  const isSmall = side <= SMALL_SIDE
  const like = {
    noise: isSmall ? 'like noise (about 0)' : `like noise (trained: above ${SMOOTH.trained})`,
    trained: isSmall
      ? 'unlike noise (about 0)'
      : 'like the edges and colours of trained filters (noise: about 0)',
    unclear: `between noise (about 0) and trained filters (above ${SMOOTH.trained}); look at the picture`,
  }[filtersLook(filters)]
  return `first-layer filters: neighbouring weights correlate at ${twoDigits(smoothness)}, ${like}`
}

interface FilterPlace {
  readonly index: number
  readonly side: number
  readonly channels: number
  readonly order: 'rgb' | 'bgr'
}

function readFilter(values: Float32Array, { index, side, channels, order }: FilterPlace): Filter {
  const area = side * side
  const weights = values.subarray(index * channels * area, (index + 1) * channels * area)
  const pixels = new Float32Array(3 * area)
  for (let place = 0; place < 3; place++) {
    const channel = order === 'rgb' ? place : 2 - place
    for (let pixel = 0; pixel < area; pixel++)
      pixels[3 * pixel + place] =
        channels === 3 ? weights[channel * area + pixel]! : meanOfChannels(weights, pixel, area)
  }
  return { index, norm: Math.hypot(...weights), pixels }
}

function meanOfChannels(weights: Float32Array, pixel: number, area: number): number {
  let sum = 0
  for (let at = pixel; at < weights.length; at += area) sum += weights[at]!
  return (sum * area) / weights.length
}

/**
 * For every pixel with those right of it and below it, in the same channel; each channel relative to its mean, or to 0 for
 * small filters.
 */
function correlation(values: Float32Array, side: number): number {
  let together = 0
  let alone = 0
  for (let start = 0; start < values.length; start += side * side) {
    const plane = values.subarray(start, start + side * side)
    const middle = side > SMALL_SIDE ? mean([...plane]) : 0
    const at = (row: number, column: number) => plane[row * side + column]! - middle
    for (let row = 0; row + 1 < side; row++)
      for (let column = 0; column + 1 < side; column++) {
        const here = at(row, column)
        const [right, below] = [at(row, column + 1), at(row + 1, column)]
        together += here * (right + below)
        alone += here * here + (right * right + below * below) / 2
      }
  }
  return alone === 0 ? 0 : together / alone
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1)
}

export function deviation(values: readonly number[]): number {
  const middle = mean(values)
  return Math.sqrt(mean(values.map(value => (value - middle) ** 2)))
}

/** With a minus sign, but not for zero. */
function twoDigits(value: number): string {
  return value
    .toFixed(2)
    .replace(/^-(?=.*[1-9])/, '−')
    .replace('-', '')
}
