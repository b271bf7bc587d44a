/** Images for the network: made here when nobody gives any, and brought to the size and values that it was trained on. */
import type { Normalisation } from '../../methods/method.ts'
import type { Picture } from '../picture.ts'

/** Pixels of a side of what ImageNet's networks see. */
export const SIDE = 224

/** The part of an image's shorter side that is looked at: torchvision scales it to 256 and cuts out the middle 224. */
const CROP = SIDE / 256

/**
 * The middle of an image at 224 × 224, normalised as the method did in training.
 * @returns 224 × 224 × 3 values, row by row
 */
export function prepareImage(image: Picture, { mean, std, order }: Normalisation): Float32Array {
  const side = CROP * Math.min(image.width, image.height)
  const [left, top] = [(image.width - side) / 2, (image.height - side) / 2]
  const values = new Float32Array(SIDE * SIDE * 3)
  const columns = spans(left, side, image.width)
  spans(top, side, image.height).forEach((rows, y) => {
    columns.forEach((columns, x) => {
      for (let channel = 0; channel < 3; channel++) {
        const value = average(image, rows, columns, order === 'rgb' ? channel : 2 - channel) / 255
        values[3 * (y * SIDE + x) + channel] = (value - mean[channel]!) / std[channel]!
      }
    })
  })
  return values
}

type Span = readonly [start: number, end: number]

/** Which pixels each of the 224 is made of: one at least, all that it covers when the image is larger. */
function spans(start: number, length: number, limit: number): Span[] {
  return Array.from({ length: SIDE }, (_, index) => {
    const first = Math.min(limit - 1, Math.floor(start + (length * index) / SIDE))
    return [first, Math.max(first + 1, Math.floor(start + (length * (index + 1)) / SIDE))]
  })
}

function average({ rgb, width }: Picture, [top, bottom]: Span, [left, right]: Span, channel: number): number {
  let sum = 0
  for (let y = top; y < bottom; y++)
    for (let x = left; x < right; x++) sum += rgb[3 * (y * width + x) + channel]!
  return sum / ((bottom - top) * (right - left))
}

/** Brightness, −1 to 1, at a place of −1 to 1 in both directions; made anew for each image from random numbers of 0 to 1. */
type Pattern = (random: () => number) => (x: number, y: number) => number

const PATTERNS: readonly Pattern[] = [
  // Stripes, soft and hard, of any direction and width.
  random => wave(random, Math.sin),
  random => wave(random, phase => Math.sign(Math.sin(phase))),
  // A checkerboard.
  random => {
    const size = 2 + 10 * random()
    return (x, y) => Math.sign(Math.sin(size * x) * Math.sin(size * y))
  },
  // Rings around a place.
  random => {
    const [cx, cy, size] = [random() - 0.5, random() - 0.5, 5 + 30 * random()]
    return (x, y) => Math.sin(size * Math.hypot(x - cx, y - cy))
  },
  // A disc on a ground that grows darker.
  random => {
    const [cx, cy, radius] = [random() - 0.5, random() - 0.5, 0.2 + 0.5 * random()]
    return (x, y) => (Math.hypot(x - cx, y - cy) < radius ? 1 : (x + y) / 4 - 0.5)
  },
  // A rectangle.
  random => {
    const [width, height] = [0.2 + 0.6 * random(), 0.2 + 0.6 * random()]
    return (x, y) => (Math.abs(x) < width && Math.abs(y) < height ? 0.8 : -0.6)
  },
  // Clouds: waves of all sizes, the larger the stronger, as in photographs.
  random => {
    const waves = Array.from({ length: 24 }, (_, index) => {
      const size = 2 ** (1 + index / 4)
      return { wave: wave(random, Math.sin, size), strength: 2 / size }
    })
    return (x, y) => waves.reduce((sum, { wave, strength }) => sum + strength * wave(x, y), 0) / 2
  },
  // Dots.
  random => {
    const size = 8 + 20 * random()
    return (x, y) => (Math.sin(size * x) + Math.sin(size * y) > 0.8 ? 1 : -0.5)
  },
]

function wave(
  random: () => number,
  shape: (phase: number) => number,
  size = 4 + 30 * random(),
): (x: number, y: number) => number {
  const [angle, phase] = [Math.PI * random(), 2 * Math.PI * random()]
  const [across, down] = [size * Math.cos(angle), size * Math.sin(angle)]
  return (x, y) => shape(across * x + down * y + phase)
}

/** How many images there are when nobody gives any: each pattern twice. */
export const GENERATED = 2 * PATTERNS.length

/** Simple images, unlike each other, the same in every run: stripes, rings, discs, clouds in two colours each. */
export function generateImages(): Picture[] {
  return Array.from({ length: GENERATED }, (_, index) => {
    const random = randomNumbers(index + 1)
    const [light, dark] = [colour(random), colour(random)]
    return paint(PATTERNS[index % PATTERNS.length]!(random), light, dark)
  })
}

type Colour = readonly [red: number, green: number, blue: number]

const colour = (random: () => number): Colour => [255 * random(), 255 * random(), 255 * random()]

function paint(brightness: (x: number, y: number) => number, light: Colour, dark: Colour): Picture {
  const size = Math.round(SIDE / CROP)
  const rgb = new Uint8Array(3 * size * size)
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++) {
      const value = brightness((2 * column) / size - 1, (2 * row) / size - 1)
      const share = Math.min(1, Math.max(0, (value + 1) / 2))
      for (let channel = 0; channel < 3; channel++)
        rgb[3 * (row * size + column) + channel] = share * light[channel]! + (1 - share) * dark[channel]!
    }
  return { width: size, height: size, rgb }
}

/** Numbers of 0 to 1, the same for the same seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b9)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
