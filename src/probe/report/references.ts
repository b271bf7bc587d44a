/** Filters to compare with, the same on every page: synthetic ones that are similar to trained ones, and ones at initialisation. */
import type { Filter } from '../first-layer.ts'
import { drawFilters } from '../picture.ts'
import { encodePng } from '../png.ts'

const [COUNT, SIDE, SEED] = [16, 7, 1]

/** Windowed waves (Gabor filters) of many directions, lengths and colours: not from a trained network. */
export function trainedPng(): Promise<Uint8Array> {
  return pngOf((filter, pixel, channel) => {
    const [x, y] = [(pixel % SIDE) - (SIDE - 1) / 2, Math.floor(pixel / SIDE) - (SIDE - 1) / 2]
    const angle = (Math.PI * filter) / 8
    const along = x * Math.cos(angle) + y * Math.sin(angle)
    const wave = Math.cos((2 * Math.PI * along) / (3 + (filter % 5) * 1.5) + (Math.PI / 2) * (filter % 4))
    // Half of them are monochrome, the others differences of two colours.
    const colour = filter % 2 === 0 ? 1 : OPPOSED[filter % OPPOSED.length]![channel]!
    return colour * wave * Math.exp(-(x * x + y * y) / (2 * 2.2 ** 2))
  })
}

const OPPOSED = [
  [1, -0.5, -0.5],
  [-0.5, 1, -0.5],
  [0.7, 0.7, -1],
  [-0.6, 0.2, 1],
  [1, -1, 0.2],
] as const

/** Independent normal numbers, as at initialisation. */
export function atInitPng(): Promise<Uint8Array> {
  let state = SEED
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state + 1) / 2 ** 32
  }
  return pngOf(() => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()))
}

function pngOf(weight: (filter: number, pixel: number, channel: number) => number): Promise<Uint8Array> {
  const filters = Array.from({ length: COUNT }, (_, index): Filter => {
    const pixels = Float32Array.from({ length: 3 * SIDE ** 2 }, (_, at) =>
      weight(index, Math.floor(at / 3), at % 3),
    )
    return { index, norm: Math.hypot(...pixels), pixels }
  })
  return encodePng(drawFilters({ filters, side: SIDE }, 3, 2))
}
