/** The list of targets. */
import { both } from './both.ts'
import { mmdetection } from './mmdetection/index.ts'
import type { Target } from './target.ts'
import { vitdet } from './vitdet.ts'

/** All targets that a backbone can be written for, the default first. */
export const TARGETS: readonly [Target, ...Target[]] = [mmdetection, vitdet, both]
