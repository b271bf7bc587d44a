/** ResNets and ResNeXts, which the base configs are made for. */
import { UnsupportedError } from '../../../errors.ts'
import { BACKBONES } from '../backbones.ts'
import { type Backbone, type Context, inputs } from './backbone.ts'

/** @throws UnsupportedError for Wide-ResNets */
export function resnet({ architecture: { name, facts } }: Context): Backbone {
  const found = BACKBONES[name]
  if (!found)
    throw new UnsupportedError(
      `MMDetection has no ${name}: its ResNeXt ignores the width of a single group.`,
      'The converted backbone loads into torchvision and timm; MMDetection would need a backbone class of its own.',
    )
  return {
    settings: { ...found.settings, ...inputs('in_channels', facts.channels) },
    maps: { kind: 'pyramid', channels: found.channels },
    optimiser: { kind: 'SGD' },
    frozen: { most: 4, about: '0 still freezes the stem (conv1 and bn1); -1 freezes nothing.' },
  }
}
