/**
 * The filters of the first convolution: what a person looks at to see whether a network was trained. Trained ones are edges and
 * colours of all sizes; random ones are noise (Zeiler and Fergus, arXiv:1311.2901, figure 2; Krizhevsky et al. 2012, figure 3).
 */
import { UnsupportedError } from '../errors.ts'
import { readFloats } from '../tensor/read-tensor.ts'
import type { StateDict, Tensor } from '../tensor/tensor.ts'

export interface FirstLayer {
  readonly count: number
  /** Pixels of a side: 7 in a ResNet. */
  readonly side: number
  /** Filters with the most energy first, each as rows of red, green, blue. */
  readonly filters: readonly Filter[]
  /**
   * How like neighbouring pixels of a filter are, over all filters: the correlation at a distance of one pixel, −1 to 1.
   * Independent noise has 0; the smooth filters of trained networks have half and more.
   */
  readonly smoothness: number
  /** Standard deviation of the filters' norms over their mean: 0.06 for noise of 147 weights, several times that after training. */
  readonly spread: number
}

export interface Filter {
  /** Its place in the checkpoint. */
  readonly index: number
  /** The L2 norm of its weights. */
  readonly norm: number
  /** side × side × 3 weights. */
  readonly pixels: Float32Array
}

/**
 * @param order of the channels in the images that the network was trained on
 * @throws UnsupportedError when there is no convolution of 3 channels and square filters
 */
export async function readFirstLayer(state: StateDict, order: 'rgb' | 'bgr'): Promise<FirstLayer> {
  const tensor = state.get('conv1.weight') ?? firstConvolution(state)
  const [count = 0, channels, side = 0, width] = tensor?.shape ?? []
  if (!tensor || channels !== 3 || side !== width)
    throw new UnsupportedError(
      `The first layer is no convolution of colour images: conv1.weight has the shape (${tensor?.shape.join(', ') ?? 'none'}).`,
    )
  const values = await readFloats(tensor)
  const filters = Array.from({ length: count }, (_, index) => readFilter(values, index, side, order))
  const norms = filters.map(({ norm }) => norm)
  return {
    count,
    side,
    filters: filters.toSorted((a, b) => b.norm - a.norm),
    smoothness: correlation(filters, side),
    spread: deviation(norms) / Math.max(mean(norms), Number.MIN_VALUE),
  }
}

/** Other families call it `patch_embed.proj.weight`, `downsample_layers.0.0.weight`: it is the first of colour images. */
function firstConvolution(state: StateDict): Tensor | undefined {
  return [...state.values()].find(({ shape }) => shape.length === 4 && shape[1] === 3)
}

/**
 * Between noise and filters: independent weights have a correlation of 0 ± 0.01 (64 filters of 147 weights); what trained
 * networks have begins far above.
 */
const SMOOTH = { noise: 0.08, trained: 0.3 } as const

/** What the smoothness of first filters says: like noise, like trained filters, or neither. */
export function filtersLook(smoothness: number): 'trained' | 'noise' | 'unclear' {
  if (smoothness < SMOOTH.noise) return 'noise'
  return smoothness >= SMOOTH.trained ? 'trained' : 'unclear'
}

/** The same in words, as a phrase. */
export function describeFilters(smoothness: number): string {
  if (Number.isNaN(smoothness)) return 'first-layer filters: they contain NaN or infinite values'
  const like = {
    noise: `like noise (trained: above ${SMOOTH.trained})`,
    trained: 'like the edges and colours of trained filters (noise: about 0)',
    unclear: `more than noise (about 0) and less than trained filters (above ${SMOOTH.trained}); look at the picture`,
  }[filtersLook(smoothness)]
  return `first-layer filters: neighbouring weights correlate at ${smoothness.toFixed(2).replace('-', '−')}, ${like}`
}

function readFilter(values: Float32Array, index: number, side: number, order: 'rgb' | 'bgr'): Filter {
  const area = side * side
  const weights = values.subarray(index * 3 * area, (index + 1) * 3 * area)
  const pixels = new Float32Array(3 * area)
  for (let channel = 0; channel < 3; channel++) {
    const place = order === 'rgb' ? channel : 2 - channel
    for (let pixel = 0; pixel < area; pixel++) pixels[3 * pixel + place] = weights[channel * area + pixel]!
  }
  return { index, norm: Math.hypot(...weights), pixels }
}

/** Of every pixel with those to its right and below, in the same channel; each channel of a filter about its own mean. */
function correlation(filters: readonly Filter[], side: number): number {
  let together = 0
  let alone = 0
  for (const { pixels } of filters) {
    const centred = centre(pixels)
    const at = (row: number, column: number, channel: number) => centred[3 * (row * side + column) + channel]!
    for (let channel = 0; channel < 3; channel++)
      for (let row = 0; row + 1 < side; row++)
        for (let column = 0; column + 1 < side; column++) {
          const here = at(row, column, channel)
          const [right, below] = [at(row, column + 1, channel), at(row + 1, column, channel)]
          together += here * (right + below)
          alone += here * here + (right * right + below * below) / 2
        }
  }
  return alone === 0 ? 0 : together / alone
}

function centre(pixels: Float32Array): Float32Array {
  const means = [0, 1, 2].map(channel => mean(Array.from(pixels).filter((_, i) => i % 3 === channel)))
  return pixels.map((value, index) => value - means[index % 3]!)
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1)
}

export function deviation(values: readonly number[]): number {
  const middle = mean(values)
  return Math.sqrt(mean(values.map(value => (value - middle) ** 2)))
}
