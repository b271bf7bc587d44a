/** What a decision rests on. */
import type { Architecture } from '../families/family.ts'
import { ARCHITECTURES } from '../families/index.ts'
import { METHODS } from '../methods/index.ts'
import type { Method } from '../methods/method.ts'

/** The methods to choose from, and the architectures that a backbone may have. */
export interface Knowledge {
  readonly methods: readonly Method[]
  readonly architectures: readonly Architecture[]
}

/** All that this program knows. */
export const KNOWN: Knowledge = { methods: METHODS, architectures: ARCHITECTURES }
