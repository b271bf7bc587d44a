/** Why `part` cannot be kept, and what to do. */
import { count } from '../bytes/count.ts'
import { firstFew } from '../bytes/text.ts'
import { decide } from '../convert/decide.ts'
import { isRefusal } from '../convert/refusal.ts'
import type { Advice } from '../errors.ts'
import type { Part } from '../targets/detector.ts'
import type { Context, Explanation, RefusalOf } from './explanation.ts'

/** The target has no detectors, or none that accepts this backbone's feature maps. */
export function noDetectors(
  { architecture, target }: RefusalOf<'noDetectors'>,
  context: Context,
): Explanation {
  const { source } = context.checkpoint
  const problem = target.detectors
    ? `${source} contains a ${architecture.title}, which outputs a single feature map: no supported detector uses it.`
    : `Only backbones can be converted for ${target.title}.`
  return [problem, instead(context), { architecture: architecture.name, target: target.name }]
}

/** The method pretrains only the backbone, or the file contains only that. */
export function noParts({ part }: RefusalOf<'noParts'>, context: Context): Explanation {
  const { source } = context.checkpoint
  return [`${source} contains only the backbone of a detector.`, instead(context), { part }]
}

/** The names do not match any known detector. */
export function noDetector({ part, names }: RefusalOf<'noDetector'>, context: Context): Explanation {
  return [
    `${context.checkpoint.source} has ${count(names.length, 'tensor')} besides its backbone that do not belong to a known detector (${firstFew(names)}).`,
    instead(context, part),
    { part, names },
  ]
}

/** Tensors that the detector has no place for. */
export function strangeParts(
  { detector, part, names }: RefusalOf<'strangeParts'>,
  context: Context,
): Explanation {
  return [
    `${context.checkpoint.source}: ${detector.title} does not have ${firstFew(names, 5)}.`,
    instead(context, part),
    { detector: detector.name, part, names },
  ]
}

/** The class does not compute this detector. */
export function detectorObstacle(
  { detector, obstacle: { because, instead: advice } }: RefusalOf<'detectorObstacle'>,
  { checkpoint }: Context,
): Explanation {
  return [`${checkpoint.source}: this ${detector.title} ${because}.`, advice, { detector: detector.name }]
}

/** Tensors are missing or have other shapes. */
export function incompleteParts(
  { detector, part, report }: RefusalOf<'incompleteParts'>,
  context: Context,
): Explanation {
  const { missing, unexpected, misshapen, mistyped } = report
  const found = [
    ['missing', missing.map(({ name }) => name)],
    ['unexpected', unexpected.map(({ name }) => name)],
    [
      'of a different shape',
      misshapen.map(
        ({ name, expected, found: shape }) => `${name} (${shape.join('×')}, expected ${expected.join('×')})`,
      ),
    ],
    ['of a different type', mistyped.map(({ name, found: type }) => `${name} (${type})`)],
  ] as const
  const wrong = found.flatMap(([what, names]) => (names.length > 0 ? [`${what}: ${firstFew(names, 5)}`] : []))
  return [
    `${context.checkpoint.source}: its ${detector.title} is not complete: it has ${report.present} of ${report.expected} tensors besides the backbone; ${wrong.join('; ')}.`,
    instead(context, part),
    { detector: detector.name, part, report },
  ]
}

/** A smaller part of the detector that was tried and can be kept. */
function instead({ checkpoint, knowledge, options }: Context, part?: Part): Advice {
  const { part: _, ...others } = options
  if (part === 'detector' && !isRefusal(decide(checkpoint, knowledge, { ...others, part: 'neck' })))
    return [{ say: 'For the backbone and its neck,', use: [{ part: 'neck' }] }]
  if (isRefusal(decide(checkpoint, knowledge, others))) return 'Use another checkpoint.'
  return [{ say: 'For the backbone alone,', leaveOut: 'part' }]
}
