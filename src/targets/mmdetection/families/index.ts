/** Returns the settings of a config for an architecture. */
import { UnsupportedError } from '../../../errors.ts'
import type { Backbone, Context } from './backbone.ts'
import { beit } from './beit.ts'
import { convnext } from './convnext.ts'
import { eva02 } from './eva02.ts'
import { resnet, resnetDeep } from './resnet.ts'
import { swin } from './swin.ts'
import { swinV2 } from './swin-v2.ts'
import { regnet, vitRegisters } from './timm.ts'
import { vit } from './vit.ts'
import { vitdet } from './vitdet.ts'
import { xcit } from './xcit.ts'

type Maker = (context: Context) => Backbone

const MAKERS: Readonly<Record<Context['target'], Readonly<Record<string, Maker>>>> = {
  mmdetection: {
    resnet,
    'resnet-c': resnetDeep,
    'resnet-d': resnetDeep,
    'resnet-mit': resnetDeep,
    resnest: resnetDeep,
    res2net: resnetDeep,
    swin,
    'swin-v2': swinV2,
    convnext,
    vit,
    beit,
    xcit,
    eva02,
    'vit-registers': vitRegisters,
    regnet,
  },
  vitdet: { vit: vitdet },
}

/** @throws UnsupportedError when the loader does not have the backbone in this generation */
export function backboneOf(context: Context): Backbone {
  const make = MAKERS[context.target][context.architecture.family]
  if (make) return make(context)
  throw new UnsupportedError(
    `${context.target} has no config for a ${context.architecture.title}.`,
    context.target === 'vitdet' ? [{ use: [{ target: 'mmdetection' }] }] : 'Write one by hand.',
  )
}
