/** All families of networks. */

import { beitFamily } from './beit.ts'
import { convnextFamily } from './convnext.ts'
import { eva02Family } from './eva02.ts'
import type { Architecture, Family } from './family.ts'
import { regnetFamily } from './regnet.ts'
import { resnetFamily } from './resnet.ts'
import { DEEP_FAMILIES } from './resnet-deep.ts'
import { swinFamily } from './swin.ts'
import { swinV2Family } from './swin-v2.ts'
import { vitFamily } from './vit.ts'
import { vitRegistersFamily } from './vit-registers.ts'
import { xcitFamily } from './xcit.ts'

/** All families; the first one with a matching spelling is used. */
export const FAMILIES: readonly Family[] = [
  resnetFamily,
  ...DEEP_FAMILIES,
  vitFamily,
  vitRegistersFamily,
  beitFamily,
  eva02Family,
  swinFamily,
  swinV2Family,
  convnextFamily,
  xcitFamily,
  regnetFamily,
]

/** All networks that a backbone can be verified against, in their usual variants. */
export const ARCHITECTURES: readonly Architecture[] = FAMILIES.flatMap(family => family.architectures())
