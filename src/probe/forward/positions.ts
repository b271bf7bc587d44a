/** Resizes position embeddings to another grid. */

/** PyTorch's weights of the four nearest values (`F.interpolate(mode='bicubic')`), by Keys's kernel with a = −0.75. */
const A = -0.75

function weightAt(distance: number): number {
  const x = Math.abs(distance)
  if (x <= 1) return ((A + 2) * x - (A + 3)) * x * x + 1
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * A : 0
}

/** The position of each new point between the old ones (align_corners=False); outside the grid, the outermost value continues. */
function taps(from: number, to: number): (readonly (readonly [place: number, weight: number])[])[] {
  return Array.from({ length: to }, (_, index) => {
    const at = ((index + 0.5) * from) / to - 0.5
    const first = Math.floor(at) - 1
    return [0, 1, 2, 3].map(tap => {
      const place = Math.min(from - 1, Math.max(0, first + tap))
      return [place, weightAt(at - (first + tap))] as const
    })
  })
}

/**
 * Resizes a square grid of vectors, like MMPretrain on loading (mmpretrain/models/utils/embed.py resize_pos_embed).
 * @param grid from × from × channels
 * @returns to × to × channels
 */
export function resizeGrid(grid: Float32Array, from: number, to: number): Float32Array {
  if (from === to) return grid
  const channels = grid.length / from ** 2
  const resized = new Float32Array(to * to * channels)
  const along = taps(from, to)
  along.forEach((rows, y) => {
    along.forEach((columns, x) => {
      for (const [row, rowWeight] of rows)
        for (const [column, columnWeight] of columns) {
          const weight = rowWeight * columnWeight
          const [source, target] = [(row * from + column) * channels, (y * to + x) * channels]
          for (let channel = 0; channel < channels; channel++)
            resized[target + channel]! += weight * grid[source + channel]!
        }
    })
  })
  return resized
}
