/** What is kept is no whole backbone: what is wrong, and the advice that goes with the ways in which it is usually wrong. */

import { BY_HAND } from '../convert/custom-rules.ts'
import type { Kept } from '../convert/fate.ts'
import type { Missing, Report } from '../convert/verify.ts'
import type { Advice } from '../errors.ts'
import { isCounter } from '../families/family.ts'
import { findRule, patternOf, type Rule } from '../rename/rules.ts'
import { withoutWrapper } from '../rename/wrappers.ts'
import { ruleInWords } from './custom-rules.ts'
import type { Context, Explanation, RefusalOf } from './explanation.ts'
import { commandFor, findResNets, optionsFor } from './find-backbone.ts'
import { adviseOnReplaced } from './non-tensors.ts'
import { quoteSection } from './sections.ts'

type Attempt = RefusalOf<'incomplete'>

/** What is kept has next to nothing in common with any architecture. */
export function noArchitecture(
  { match: { method }, plan }: RefusalOf<'noArchitecture'>,
  { checkpoint: { source } }: Context,
): Explanation {
  const names = [...plan.kept.keys()]
  return [
    `${source}: what ${method.name} keeps of this checkpoint is no ResNet: its first tensors are ${names.slice(0, 5).join(', ') || 'none at all'}.`,
    [
      {
        say: 'If it is a network that can be converted, state which, to see what is missing:',
        state: 'arch',
      },
    ],
    { kept: names.slice(0, 100) },
  ]
}

/** Tensors are missing, left over, of another shape or type. */
export function incomplete(attempt: Attempt, { checkpoint: { source } }: Context): Explanation {
  const { report } = attempt
  const replaced = report.missing.filter(({ found }) => found !== undefined)
  const wrong = [
    [report.missing.length - replaced.length, 'missing'],
    [replaced.length, 'no tensor'],
    [report.unexpected.length, 'unexpected'],
    [report.misshapen.length, 'of another shape'],
    [report.mistyped.length, 'of another type'],
  ] as const
  const counts = wrong.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`)
  return [
    `${source}: this is no whole ${report.architecture}: of ${report.expected} tensors ${report.present} are right; ${counts.join(', ')}${firstReplaced(replaced)}.`,
    adviceFor(source, attempt),
    report,
  ]
}

/** `: layer1.0.bn1.weight is 5, not a tensor` */
function firstReplaced([first]: readonly Missing[]): string {
  return first === undefined ? '' : `: ${first.name} is ${first.found}, not a tensor`
}

function adviceFor(source: string, attempt: Attempt): Advice {
  const { arch, match } = attempt
  const { method, section } = match
  return (
    smallStem(attempt.report) ??
    oddCounters(source, attempt) ??
    adviseOnReplaced(attempt.report.missing.flatMap(one => one.found ?? [])) ??
    lateDrop(attempt) ??
    withoutBuffers(attempt.report) ??
    (arch === undefined
      ? `Method ${method.name} was applied to ${section === '' ? 'the top level' : `section ${quoteSection(section)}`}. Check that this is the file and the method you mean.`
      : [{ say: `You stated ${arch}: to have the architecture recognised,`, leaveOut: 'arch' }])
  )
}

/** For images of 32 pixels, most code bases put a smaller first convolution into a ResNet. */
function smallStem({ misshapen }: Report): string | undefined {
  const stem = misshapen.find(({ name }) => name === 'conv1.weight')?.found
  return stem?.length === 4 && stem[2] === 3 && stem[3] === 3
    ? "MMDetection's ResNet has a 7×7 first convolution; this is a 3×3 one, as for CIFAR. Such a network cannot be converted."
    : undefined
}

/** `dict(model.named_parameters())`, or an average of the parameters alone. */
function withoutBuffers({ missing, unexpected, misshapen, mistyped }: Report): string | undefined {
  const isAll = missing.length > 0 && missing.every(({ name }) => /\.running_(mean|var)$/.test(name))
  return isAll && unexpected.length + misshapen.length + mistyped.length === 0
    ? 'The running statistics of BatchNorm are buffers, no parameters: save model.state_dict(), which has both.'
    : undefined
}

const COUNTERS = '*.num_batches_tracked'

/** After `{name: value.half()}` over a whole state dict, or `.item()`. Backbones are whole without these counters. */
function oddCounters(source: string, { match, plan, report }: Attempt): Advice | undefined {
  const { mistyped, missing, unexpected, misshapen } = report
  const odd = [...mistyped, ...missing]
  const isAll = odd.length > 0 && odd.every(({ name }) => isCounter(name))
  if (!isAll || unexpected.length + misshapen.length > 0) return undefined
  const stem = plan.fates.find((fate): fate is Kept => 'as' in fate && fate.as === 'conv1.weight')
  const found = findResNets(new Map([[match.section, match.state]])).find(
    ({ prefix, parts }) => stem && withoutWrapper(stem.name) === prefix + parts[0]![0].replace('*', 'weight'),
  )
  const why =
    mistyped.length > 0
      ? 'These counters are integers in PyTorch, and a backbone is whole without them; leave them out'
      : 'A backbone is whole without any of these counters; leave them out'
  return found
    ? [`${why}:`, commandFor(source, optionsFor(found, [COUNTERS]))]
    : `${why} with rules by hand: first --drop '${COUNTERS}'.`
}

/** `--keep 'enc.*=*' --drop 'enc.fc.*'`: the drop comes too late. */
function lateDrop({ match: { method }, plan, report }: Attempt): string | undefined {
  if (method.name !== BY_HAND) return undefined
  for (const { name } of report.unexpected) {
    const fate = plan.fates.find(candidate => 'as' in candidate && candidate.as === name)
    const keep = fate && findRule(method.rules, fate.name)?.rule
    const late = keep && laterDrop(method.rules, keep, fate.name)
    if (late)
      return `The first rule that matches decides: put ${ruleInWords(method, late)} before ${ruleInWords(method, keep)}.`
  }
  return report.unexpected.length === 0
    ? undefined
    : 'The first rule that matches decides: --drop what is unexpected before the --keep that takes it.'
}

/** One that says more than to drop all the rest. */
function laterDrop(rules: readonly Rule[], keep: Rule, name: string): Rule | undefined {
  const later = rules.slice(rules.indexOf(keep) + 1).filter(rule => 'drop' in rule && patternOf(rule) !== '*')
  return findRule(later, name)?.rule
}
