/** The data that a decision is based on: three lists. */
import type { Family } from '../families/family.ts'
import { FAMILIES } from '../families/index.ts'
import { METHODS } from '../methods/index.ts'
import type { Method } from '../methods/method.ts'
import { TARGETS } from '../targets/index.ts'
import type { Target } from '../targets/target.ts'

/** The known methods, families of networks, and loaders. */
export interface Knowledge {
  readonly methods: readonly Method[]
  readonly families: readonly Family[]
  /** The default first. */
  readonly targets: readonly [Target, ...Target[]]
}

/** What is needed to find and identify a network. */
export type Recognition = Pick<Knowledge, 'methods' | 'families'>

/** Everything that this program knows. */
export const KNOWN: Knowledge = { methods: METHODS, families: FAMILIES, targets: TARGETS }
