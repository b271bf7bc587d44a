/** The data that a decision is based on: three lists. */
import type { Family } from '../families/family.ts'
import { FAMILIES } from '../families/index.ts'
import { METHODS } from '../methods/index.ts'
import type { Method } from '../methods/method.ts'
import { TARGETS } from '../targets/index.ts'
import type { Target } from '../targets/target.ts'

/** The methods to choose from, the families that a network may be of, the loaders that a file may be for. */
export interface Knowledge {
  readonly methods: readonly Method[]
  readonly families: readonly Family[]
  /** The default first. */
  readonly targets: readonly [Target, ...Target[]]
}

/** What tells where a network is, and which. */
export type Recognition = Pick<Knowledge, 'methods' | 'families'>

/** All that this program knows. */
export const KNOWN: Knowledge = { methods: METHODS, families: FAMILIES, targets: TARGETS }
