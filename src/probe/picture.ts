/** Filters as a picture: a grid of small squares, each scaled to its own range. */
import type { FirstLayer } from './first-layer.ts'

export interface Picture {
  readonly width: number
  readonly height: number
  /** Rows of red, green, blue. */
  readonly rgb: Uint8Array
}

/** Light enough for a dark page, dark enough for a light one. */
const GAP_COLOUR = 128

/**
 * @param zoom screen pixels for each weight
 * @param gap screen pixels between filters
 */
export function drawFilters({ filters, side }: FirstLayer, zoom = 6, gap = 4): Picture {
  const columns = Math.ceil(Math.sqrt(filters.length))
  const rows = Math.ceil(filters.length / columns)
  const cell = side * zoom + gap
  const [width, height] = [columns * cell + gap, rows * cell + gap]
  const rgb = new Uint8Array(3 * width * height).fill(GAP_COLOUR)
  filters.forEach(({ pixels }, index) => {
    const left = gap + (index % columns) * cell
    const top = gap + Math.floor(index / columns) * cell
    const shade = shader(pixels)
    for (let y = 0; y < side * zoom; y++)
      for (let x = 0; x < side * zoom; x++) {
        const from = 3 * (Math.floor(y / zoom) * side + Math.floor(x / zoom))
        const to = 3 * ((top + y) * width + left + x)
        for (let channel = 0; channel < 3; channel++) rgb[to + channel] = shade(pixels[from + channel]!)
      }
  })
  return { width, height, rgb }
}

/** The range of a filter to 0…255, the same for its three colours. */
function shader(pixels: Float32Array): (value: number) => number {
  const least = Math.min(...pixels)
  const range = Math.max(...pixels) - least
  return value => (range > 0 ? Math.round((255 * (value - least)) / range) : GAP_COLOUR)
}
