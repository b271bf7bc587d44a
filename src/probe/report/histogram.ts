/** A drawing of a stage's weight histogram, with the curve at initialisation. */

import { RANGE } from '../kernels.ts'
import type { StageStatistics } from '../stages.ts'
import { escapeHtml } from './html.ts'

const [WIDTH, HEIGHT, FOOT, MARGIN] = [160, 48, 12, 6]
/**
 * A stage with small weights is all peak: bars above this many times the curve's height are cut, so that the curve stays visible.
 */
const CUT = 3

/** For normal numbers: the shares within one deviation, and beyond three. */
const AT_INIT = { within: 0.683, beyond: 0.003 } as const

export function drawHistogram({ name, histogram }: Pick<StageStatistics, 'name' | 'histogram'>): string {
  const shares = histogram.map(share => (Number.isFinite(share) ? Math.max(share, 0) : 0))
  const box = `viewBox="${-MARGIN} 0 ${WIDTH + 2 * MARGIN} ${HEIGHT + FOOT}" width="${WIDTH + 2 * MARGIN}" height="${HEIGHT + FOOT}"`
  const peak = density(0) * ((2 * RANGE) / Math.max(shares.length, 1))
  const top = Math.min(Math.max(...shares, peak), CUT * peak)
  const ticks = [-RANGE, 0, RANGE].map(value => {
    const x = (WIDTH * (value + RANGE)) / (2 * RANGE)
    return `<path class="axis" d="M${x} ${HEIGHT}v3"/><text x="${x}" y="${HEIGHT + FOOT - 1}">${value < 0 ? `−${-value}` : value}</text>`
  })
  return `<svg role="img" aria-label="${escapeHtml(histogramLabel(name, shares))}" ${box}><path class="bars" d="${bars(shares, top)}"/><path class="curve" d="${curve(peak / top)}"/><path class="axis" d="M0 ${HEIGHT}h${WIDTH}"/>${ticks.join('')}</svg>`
}

/** A description of the drawing. */
export function histogramLabel(name: string, shares: readonly number[]): string {
  const total = shares.reduce((sum, share) => sum + share, 0)
  if (!(total > 0)) return `Histogram of ${name}: no weight is a finite number`
  const within = between(shares, -1, 1) / total
  const beyond = 1 - between(shares, -3, 3) / total
  return `Histogram of ${name}: ${percentage(within)} of the weights are within one deviation of initialisation (at initialisation: ${percentage(AT_INIT.within)}), ${percentage(beyond)} beyond three (at initialisation: ${percentage(AT_INIT.beyond)})`
}

function percentage(share: number): string {
  return `${Number((100 * Math.max(share, 0)).toFixed(1))} %`
}

/** The share between two values; a bar that is cut counts partly. */
function between(shares: readonly number[], from: number, to: number): number {
  const width = (2 * RANGE) / shares.length
  return shares.reduce((sum, share, index) => {
    const left = index * width - RANGE
    const overlap = Math.min(left + width, to) - Math.max(left, from)
    return sum + (share * Math.max(overlap, 0)) / width
  }, 0)
}

function bars(shares: readonly number[], top: number): string {
  const width = WIDTH / Math.max(shares.length, 1)
  return shares
    .map((share, index) => {
      const height = (HEIGHT * Math.min(share / top, 1)).toFixed(1)
      // Slightly wider than its place, so that there are no gaps.
      return share > 0
        ? `M${(index * width).toFixed(1)} ${HEIGHT}v-${height}h${(width + 0.1).toFixed(1)}V${HEIGHT}z`
        : ''
    })
    .join('')
}

/** @param height of the peak, as a share of the drawing's */
function curve(height: number): string {
  const points = Array.from({ length: WIDTH / 2 + 1 }, (_, index) => {
    const value = (4 * RANGE * index) / WIDTH - RANGE
    const y = HEIGHT * (1 - (height * density(value)) / density(0))
    return `${2 * index} ${y.toFixed(1)}`
  })
  return `M${points.join('L')}`
}

function density(value: number): number {
  return Math.exp((-value * value) / 2) / Math.sqrt(2 * Math.PI)
}
