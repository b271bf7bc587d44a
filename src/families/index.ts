/** All families of networks that a backbone can be of. */

import { convnextFamily } from './convnext.ts'
import type { Architecture, Family } from './family.ts'
import { resnetFamily } from './resnet.ts'
import { swinFamily } from './swin.ts'
import { vitFamily } from './vit.ts'

/** All families; the first whose spelling fits counts. */
export const FAMILIES: readonly Family[] = [resnetFamily, vitFamily, swinFamily, convnextFamily]

/** All networks that a backbone can be verified against, in their usual variants. */
export const ARCHITECTURES: readonly Architecture[] = FAMILIES.flatMap(family => family.architectures())
