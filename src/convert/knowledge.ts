/** What deciding rests on: methods, families and targets, each a list of data. */
import type { Family } from '../families/family.ts'
import { FAMILIES } from '../families/index.ts'
import { METHODS } from '../methods/index.ts'
import type { Method } from '../methods/method.ts'
import { TARGETS } from '../targets/index.ts'
import type { Target } from '../targets/target.ts'

export interface Knowledge {
  readonly methods: readonly Method[]
  readonly families: readonly Family[]
  readonly targets: readonly [Target, ...Target[]]
}

/** All that this program knows. */
export const KNOWLEDGE: Knowledge = { methods: METHODS, families: FAMILIES, targets: TARGETS }
