/** Swin's windows: how a map is split into them, and the attention mask. */
import type { Operations, TfTensor } from './tensorflow.ts'

/** The side of a window, and how far the map is rolled before splitting. */
export interface Windows {
  readonly window: number
  readonly shift: number
}

/** (images, height, width, channels) → (images × windows, places, channels). */
export function cutIntoWindows(tf: Operations, map: TfTensor, window: number): TfTensor {
  const [images = 1, height = 1, width = 1, channels = 1] = map.shape
  const cut = tf.reshape(map, [images, height / window, window, width / window, window, channels])
  return tf.reshape(tf.transpose(cut, [0, 1, 3, 2, 4, 5]), [-1, window * window, channels])
}

/** The inverse: `shape` is the map's. */
export function joinWindows(
  tf: Operations,
  windows: TfTensor,
  window: number,
  [images = 1, height = 1, width = 1, channels = 1]: readonly number[],
): TfTensor {
  const cut = tf.reshape(windows, [images, height / window, width / window, window, window, channels])
  return tf.reshape(tf.transpose(cut, [0, 1, 3, 2, 4, 5]), [images, height, width, channels])
}

/** Rolls a map up and to the left, like `torch.roll` with a negative shift; rolling by the rest of the side reverts it. */
export function roll(tf: Operations, map: TfTensor, by: number): TfTensor {
  return by === 0 ? map : rollAxis(tf, rollAxis(tf, map, by, 1), by, 2)
}

function rollAxis(tf: Operations, map: TfTensor, by: number, axis: 1 | 2): TfTensor {
  const size = map.shape[axis]!
  const part = (begin: number, length: number): TfTensor =>
    tf.slice(
      map,
      map.shape.map((_, at) => (at === axis ? begin : 0)),
      map.shape.map((all, at) => (at === axis ? length : all)),
    )
  return tf.concat([part(by, size - by), part(0, by)], axis)
}

/**
 * The values added to the logits of each window: the table's entry for the difference of two positions, and −100 for
 * positions that are only adjacent because the map was rolled (mmdet/models/backbones/swin.py ShiftWindowMSA; the authors do
 * not shift a map of one window, MMDetection does).
 * @param table (2w − 1)² × heads
 * @param side of the map, a multiple of the window's
 * @returns (windows, heads, places, places)
 */
export function windowShifts(
  tf: Operations,
  table: Float32Array,
  heads: number,
  side: number,
  { window, shift }: Windows,
): TfTensor {
  const places = window * window
  const across = side / window
  const count = shift === 0 ? 1 : across * across
  const values = new Float32Array(count * heads * places * places)
  const differences = pairsOf(places, (a, b) => differenceOf(a, b, window))
  for (let index = 0; index < count; index++) {
    const regions = regionsOf(index, across, side, { window, shift })
    const apart = pairsOf(places, (a, b) => (regions[a] === regions[b] ? 0 : -100))
    for (let head = 0; head < heads; head++) {
      const from = (index * heads + head) * places * places
      for (let pair = 0; pair < differences.length; pair++)
        values[from + pair] = table[heads * differences[pair]! + head]! + apart[pair]!
    }
  }
  return tf.tensor(values, [count, heads, places, places])
}

/** For all pairs of positions, row by row. */
function pairsOf(places: number, of: (a: number, b: number) => number): Int32Array {
  return Int32Array.from({ length: places * places }, (_, pair) =>
    of(Math.floor(pair / places), pair % places),
  )
}

function differenceOf(a: number, b: number, window: number): number {
  const rows = Math.floor(a / window) - Math.floor(b / window) + window - 1
  const columns = (a % window) - (b % window) + window - 1
  return rows * (2 * window - 1) + columns
}

/** The region of each position among the nine of a rolled map: positions of one region were adjacent before. */
function regionsOf(index: number, across: number, side: number, { window, shift }: Windows): number[] {
  if (shift === 0) return new Array<number>(window * window).fill(0)
  const band = (place: number): number => (place < side - window ? 0 : place < side - shift ? 1 : 2)
  const [top, left] = [Math.floor(index / across) * window, (index % across) * window]
  return Array.from(
    { length: window * window },
    (_, place) => 3 * band(top + Math.floor(place / window)) + band(left + (place % window)),
  )
}
