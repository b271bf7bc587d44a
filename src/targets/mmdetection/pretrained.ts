/** The settings for checkpoints that contain more than a backbone. */
import { UnsupportedError } from '../../errors.ts'
import { startsNew } from '../detector.ts'
import type { Detector } from './detectors.ts'
import type { ConfigMethod, ConfigParts } from './settings.ts'

/** The detector for the given parts: by their head, or by the first map of their pyramid. */
export function usualDetector({ detector: { name }, facts }: ConfigParts): Detector {
  if (name === 'retinanet' || facts.laterals === 3) return 'retinanet'
  return facts.stages === undefined ? 'mask-rcnn' : 'cascade-mask-rcnn'
}

/** The method of detectors trained by MMDetection itself (src/methods/mmdet-detector.ts). */
export const TRAINED = 'mmdet-detector'

/** Sizes in the base configs, by the facts of the parts; for one kind of detector if it is named. */
const USUAL: Readonly<Record<string, number>> = {
  width: 256,
  anchors: 3,
  boxWidth: 1024,
  maskConvs: 4,
  stackedConvs: 4,
  'retinanet boxOutputs': 36,
  'fcos boxOutputs': 4,
  encoderLayers: 6,
  decoderLayers: 6,
  'detr feedForward': 2048,
  'deformable-detr feedForward': 1024,
}

/** @throws UnsupportedError for sizes in no base config: with the base's sizes, MMDetection would not load everything */
export function refuseUnusualSizes({ detector: { name, title }, facts }: ConfigParts): void {
  if (name === 'neck' && facts.laterals === undefined)
    throw new UnsupportedError(
      'Configs are only written for detectors whose neck is a feature pyramid.',
      'Set load_from to the file, in the config of the detector that it is for.',
    )
  const other = Object.entries(facts).flatMap(([fact, value]) => {
    const usual = USUAL[`${name} ${fact}`] ?? USUAL[fact]
    return usual === undefined || value === usual ? [] : [`${fact} ${String(value)}, not ${usual}`]
  })
  if (other.length > 0)
    throw new UnsupportedError(
      `This ${title} has sizes that MMDetection's configs for it do not have: ${other.join('; ')}.`,
      'Write your own config with these, and set load_from to the file.',
    )
}

/** What a method's authors say about fine-tuning, if it differs from the base; by method. */
const AUTHORS: Readonly<Record<string, string>> = {
  [TRAINED]:
    'The tensors do not show how its images were normalised: if its config has style="caffe" or its own mean and std, keep those.',
  'up-detr':
    'Its authors fine-tune for 300 epochs with steps at 200, and the backbone with half the learning rate (README.md: --lr_backbone 5e-5).',
  detreg:
    'Its authors fine-tune a Deformable DETR for 50 epochs with steps at 40, as the base does, and a DETR for 300 with steps at 200.',
  aligndet: 'Its authors fine-tune with 1.5 times the learning rate and half of the weight decay.',
  soco: 'Its authors fine-tune with a weight decay of 2.5e-5, and SyncBN in the mask head too.',
}

/** What was pretrained, and what was not. */
export function aboutParts(parts: ConfigParts | undefined, { name }: Pick<ConfigMethod, 'name'>): string[] {
  if (!parts) return []
  return [
    `load_from has its backbone and more. MMDetection reports as missing, and initialises at random: ${startsNew(parts.anew)}.`,
    ...(AUTHORS[name] === undefined ? [] : [AUTHORS[name]]),
  ]
}
