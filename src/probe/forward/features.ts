/** Two numbers that show whether representations have collapsed. */

export interface FeatureStatistics {
  readonly images: number
  /** The size of a feature: 2048 in a ResNet-50. */
  readonly dimensions: number
  /**
   * The standard deviation of each dimension of the l2-normalised features over the images, averaged, times √dimensions:
   * 0 when all images have one feature, 1 when features point everywhere (SimSiam, arXiv:2011.10566, figure 2).
   */
  readonly spread: number
  /**
   * In how many directions the features differ from their mean: the exponential of the entropy of their singular values
   * (Roy and Vetterli, EUSIPCO 2007). At most one less than there are images, or the dimensions if they are fewer.
   */
  readonly effectiveRank: number
}

/** @param features one array per image, all of the same length */
export function featureStatistics(features: readonly Float32Array[]): FeatureStatistics {
  const unit = features.map(normalise)
  const dimensions = unit[0]?.length ?? 0
  const mean = new Float64Array(dimensions)
  for (const feature of unit)
    feature.forEach((value, index) => {
      mean[index]! += value / unit.length
    })
  const centred = unit.map(feature => feature.map((value, index) => value - mean[index]!))
  return {
    images: features.length,
    dimensions,
    spread: spreadOf(centred, dimensions),
    effectiveRank: effectiveRank(eigenvalues(gram(centred))),
  }
}

function normalise(feature: Float32Array): Float64Array {
  const values = Float64Array.from(feature)
  const norm = Math.sqrt(dot(values, values))
  // A feature of zeros has no direction, and stays unchanged.
  return norm > 0 ? values.map(value => value / norm) : values
}

function spreadOf(centred: readonly Float64Array[], dimensions: number): number {
  let sum = 0
  for (let index = 0; index < dimensions; index++) {
    const squares = centred.reduce((total, feature) => total + feature[index]! ** 2, 0)
    sum += Math.sqrt(squares / centred.length)
  }
  return (sum / Math.max(dimensions, 1)) * Math.sqrt(dimensions)
}

/**
 * The products of all features with each other; the eigenvalues of this matrix are the squared singular values of the features.
 */
function gram(features: readonly Float64Array[]): Float64Array[] {
  return features.map(a => Float64Array.from(features, b => dot(a, b)))
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

const SWEEPS = 30

/** The eigenvalues of a symmetric matrix, by Jacobi's rotations (Golub and Van Loan, Matrix Computations, 8.5); overwrites it. */
function eigenvalues(matrix: Float64Array[]): number[] {
  const trace = matrix.reduce((sum, row, index) => sum + row[index]!, 0)
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let off = 0
    for (let p = 0; p < matrix.length; p++)
      for (let q = p + 1; q < matrix.length; q++) {
        off += matrix[p]![q]! ** 2
        if (matrix[p]![q] !== 0) rotate(matrix, p, q)
      }
    if (off <= (1e-12 * trace) ** 2) break
  }
  return matrix.map((row, index) => Math.max(row[index]!, 0))
}

/** Rotates the plane of rows and columns p and q so that they no longer mix. */
function rotate(matrix: Float64Array[], p: number, q: number): void {
  const theta = (matrix[q]![q]! - matrix[p]![p]!) / (2 * matrix[p]![q]!)
  const tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1))
  const cosine = 1 / Math.hypot(tangent, 1)
  const sine = tangent * cosine
  for (const row of matrix) {
    const [a, b] = [row[p]!, row[q]!]
    row[p] = cosine * a - sine * b
    row[q] = sine * a + cosine * b
  }
  const [above, below] = [matrix[p]!, matrix[q]!]
  for (let k = 0; k < matrix.length; k++) {
    const [a, b] = [above[k]!, below[k]!]
    above[k] = cosine * a - sine * b
    below[k] = sine * a + cosine * b
  }
}

function effectiveRank(squares: readonly number[]): number {
  const values = squares.map(Math.sqrt)
  const total = values.reduce((sum, value) => sum + value, 0)
  if (!(total > 0)) return 0
  const entropy = values.reduce((sum, value) => {
    const share = value / total
    return share > 0 ? sum - share * Math.log(share) : sum
  }, 0)
  return Math.exp(entropy)
}
