/** The feature pyramid of MMDetection (mmdet/models/necks/fpn.py). */
import type { Facts, Shapes, TensorSpec } from '../../../families/family.ts'
import { convModule, countIn, listOf, outputsOf, styleOf } from './layers.ts'

const LATERAL = 'neck.lateral_convs.'
const OUTPUT = 'neck.fpn_convs.'

/**
 * @param maps channels of the backbone's maps; with fewer lateral convolutions, the pyramid begins later
 * @param least the least number of maps made by convolutions
 */
export function fpn(state: Shapes, maps: readonly number[], least = 1): readonly TensorSpec[] {
  const laterals = countIn(state, LATERAL)
  const width = outputsOf(state, `${LATERAL}${Math.max(0, laterals - 1)}.conv`, 256)
  const inputs = maps.slice(-Math.max(1, laterals))
  // Maps beyond the backbone's; the input of the first may be the last of these.
  const extra = state.get(`${OUTPUT}${laterals}.conv.weight`)?.shape[1]
  const lateralStyle = styleOf(state, LATERAL)
  const outputStyle = styleOf(state, OUTPUT)
  return [
    ...inputs.flatMap((channels, index) =>
      convModule(`${LATERAL}${index}`, [channels, width, 1], lateralStyle),
    ),
    ...listOf(Math.max(least, laterals, countIn(state, OUTPUT)), index => {
      const seesMap = index === laterals && extra === maps.at(-1)
      return convModule(`${OUTPUT}${index}`, [seesMap ? extra! : width, width, 3], outputStyle)
    }),
  ]
}

/** A config's settings for the pyramid. */
export function fpnFacts(state: Shapes): Facts {
  const { norm } = styleOf(state, OUTPUT)
  const laterals = countIn(state, LATERAL)
  const width = outputsOf(state, `${LATERAL}${Math.max(0, laterals - 1)}.conv`, 256)
  const extra = state.get(`${OUTPUT}${laterals}.conv.weight`)?.shape[1]
  return {
    width,
    ...(extra === undefined ? {} : { extraConvs: extra === width ? 'on_output' : 'on_input' }),
    laterals,
    outputs: countIn(state, OUTPUT),
    ...(norm ? { neckNorm: norm } : {}),
    ...(norm && styleOf(state, LATERAL).norm === undefined ? { lateralNorm: false } : {}),
  }
}
