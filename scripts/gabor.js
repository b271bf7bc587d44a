// A synthetic first layer that looks trained: Gabor filters (windowed waves) of many directions, sizes and colours. Tests and
// the pictures in docs/ compare it with noise of the same size.

/** @returns 64 × 3 × 7 × 7 weights */
export function gaborFilters(count = 64, side = 7) {
  const values = new Float32Array(count * 3 * side * side)
  for (let filter = 0; filter < count; filter++) {
    const angle = (Math.PI * filter) / 8
    const wave = 3 + (filter % 5) * 1.5
    const phase = (Math.PI / 2) * (filter % 4)
    const energy = 0.4 / (1 + filter / 12)
    // Half of them are monochrome, the others differences of two colours.
    const colour = filter % 2 === 0 ? [1, 1, 1] : COLOURS[filter % COLOURS.length]
    for (let channel = 0; channel < 3; channel++)
      for (let row = 0; row < side; row++)
        for (let column = 0; column < side; column++) {
          const [y, x] = [row - (side - 1) / 2, column - (side - 1) / 2]
          const along = x * Math.cos(angle) + y * Math.sin(angle)
          const window = Math.exp(-(x * x + y * y) / (2 * 2.2 ** 2))
          const at = ((filter * 3 + channel) * side + row) * side + column
          values[at] = energy * colour[channel] * window * Math.cos((2 * Math.PI * along) / wave + phase)
        }
  }
  return values
}

const COLOURS = [
  [1, -0.5, -0.5],
  [-0.5, 1, -0.5],
  [0.7, 0.7, -1],
  [-0.6, 0.2, 1],
  [1, -1, 0.2],
]

/** Weights of a convolution with heavier tails than at any initialisation, as after training; with deviation `size`. */
export function trainedWeights(count, size, seed = 1) {
  let state = seed
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    // The cube of a uniform number: kurtosis 3.8.
    return size * Math.sqrt(7) * (2 * (state / 2 ** 32) - 1) ** 3
  })
}

/** Independent normal numbers, as at initialisation: √(2 / (7² · 64)). */
export function noiseFilters(count = 64, side = 7, seed = 1) {
  let state = seed
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state + 1) / 2 ** 32
  }
  const size = Math.sqrt(2 / (side * side * count))
  return Float32Array.from(
    { length: count * 3 * side * side },
    () => size * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  )
}
