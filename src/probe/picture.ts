/** Filters as a picture: a grid of small squares, each scaled to its own range. */
import type { FirstLayer } from './first-layer.ts'

export interface Picture {
  readonly width: number
  readonly height: number
  /** Rows of red, green, blue. */
  readonly rgb: Uint8Array
}

/** Black between filters: noise and the borders of trained filters are grey, and would blend with a grey gap. */
const GAP_COLOUR = 0
/** For a filter with constant weights. */
const FLAT = 128
/** For a NaN or infinite weight. */
const NOT_FINITE = [255, 0, 0] as const

/** Filters of 7 by 7 are 42 pixels wide; a thousand of 16 by 16 still fit on a screen. */
function zoomFor(count: number, side: number): number {
  const columns = Math.ceil(Math.sqrt(count))
  return Math.max(2, Math.min(Math.round(42 / side), Math.floor(WIDEST / (columns * side))))
}

const WIDEST = 1024

/**
 * @param zoom screen pixels per weight
 * @param gap screen pixels between filters
 */
export function drawFilters(
  { filters, side }: Pick<FirstLayer, 'filters' | 'side'>,
  zoom = zoomFor(filters.length, side),
  gap = 4,
): Picture {
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
        for (let channel = 0; channel < 3; channel++) rgb[to + channel] = shade(from + channel)
      }
  })
  return { width, height, rgb }
}

/** Maps a filter's range to 0…255, the same for all three colours; an invalid pixel is red. */
function shader(pixels: Float32Array): (index: number) => number {
  const finite = pixels.filter(Number.isFinite)
  const least = Math.min(...finite)
  const range = Math.max(...finite) - least
  return index => {
    const pixel = pixels.subarray(index - (index % 3), index - (index % 3) + 3)
    if (!pixel.every(Number.isFinite)) return NOT_FINITE[index % 3]!
    return range > 0 ? Math.round((255 * (pixels[index]! - least)) / range) : FLAT
  }
}
