/** Messages for incomplete backbones, with advice for common causes. */

import { count } from '../bytes/count.ts'
import { BY_HAND } from '../convert/custom-rules.ts'
import { decide, RUNNING_STATISTICS } from '../convert/decide.ts'
import type { Kept, Plan } from '../convert/fate.ts'
import { isRefusal } from '../convert/refusal.ts'
import { type Missing, type Report, verifyBackbone } from '../convert/verify.ts'
import type { Advice } from '../errors.ts'
import { type Family, isCounter } from '../families/family.ts'
import { FAMILIES } from '../families/index.ts'
import { findRule, patternOf, type Rule } from '../rename/rules.ts'
import { withoutWrapper } from '../rename/wrappers.ts'
import type { StateDict } from '../tensor/tensor.ts'
import { describeChange } from './changed-resnets.ts'
import { ruleInWords } from './custom-rules.ts'
import type { Context, Explanation, RefusalOf } from './explanation.ts'
import { dropsFor } from './extra-tensors.ts'
import { commandFor, findBackbones, optionsFor, tryOptions } from './find-backbone.ts'
import { knownMisfit, sentence } from './misfit.ts'
import { adviseOnReplaced } from './non-tensors.ts'
import { quoteSection } from './sections.ts'
import { commandWithDrops } from './with-drops.ts'

type Attempt = RefusalOf<'incomplete'>

/** The kept tensors have almost nothing in common with any architecture. */
export function noArchitecture(
  { match: { method }, plan }: RefusalOf<'noArchitecture'>,
  { checkpoint: { source } }: Context,
): Explanation {
  const names = [...plan.kept.keys()]
  const details = { kept: names.slice(0, 100) }
  const misfit = misfitOf(plan)
  if (plan.spelt && !misfit)
    return [...unusualSize(source, method.name, plan.spelt.family, plan.kept), details]
  return [
    `${source}: the tensors that ${method.name} keeps do not form a known network; ${names.length === 0 ? 'there are none' : `the first are ${names.slice(0, 5).join(', ')}`}.`,
    misfit
      ? sentence(misfit)
      : [
          {
            say: `The known networks are: ${FAMILIES.map(({ title }) => title).join(', ')}. If it is one of them, name its architecture to see what is missing:`,
            state: 'arch',
          },
        ],
    details,
  ]
}

function unusualSize(
  source: string,
  method: string,
  family: Family,
  kept: StateDict,
): readonly [problem: string, advice: Advice] {
  const known = family.architectures(kept).map(({ name }) => name)
  return [
    `${source}: the tensors that ${method} keeps form a ${family.title} of an unknown size, with ${count(kept.size, 'tensor')}.`,
    [{ say: `These sizes are known: ${known.join(', ')}. To see what differs, name one:`, state: 'arch' }],
  ]
}

/** Compares with the network of the same family with the most similar number of tensors. */
function misfitOf({ kept, spelt }: Plan): string | undefined {
  const [nearest] = [...(spelt?.family.architectures(kept) ?? [])].sort(
    (a, b) => Math.abs(a.count - kept.size) - Math.abs(b.count - kept.size),
  )
  return nearest && knownMisfit({ report: verifyBackbone(kept, nearest), names: [...kept.keys()] })
}

/** Tensors are missing, left over, or of a different shape or type. */
export function incomplete(attempt: Attempt, context: Context): Explanation {
  const { source } = context.checkpoint
  const other = otherArchitecture(attempt, context)
  if (other) return other
  const { report } = attempt
  const replaced = report.missing.filter(({ found }) => found !== undefined)
  const wrong = [
    [report.missing.length - replaced.length, 'missing'],
    [replaced.length, 'not a tensor', 'not tensors'],
    [report.unexpected.length, 'unexpected'],
    [report.misshapen.length, 'of a different shape'],
    [report.mistyped.length, 'of a different type'],
  ] as const
  const counts = wrong
    .filter(([count]) => count > 0)
    .map(([count, one, many = one]) => `${count} ${count === 1 ? `is ${one}` : `are ${many}`}`)
  const title = titleOf(report.architecture, context)
  return [
    `${source}: not a complete ${title}: ${report.present} of ${report.expected} tensors match, ${counts.join(', ')}${firstReplaced(replaced)}.`,
    adviceFor(attempt, context),
    report,
  ]
}

/** It is complete, but not the requested network. */
function otherArchitecture({ arch, report }: Attempt, context: Context): Explanation | undefined {
  if (arch === undefined) return undefined
  const { checkpoint, knowledge, options } = context
  const found = decide(checkpoint, knowledge, { ...options, arch: undefined })
  if (isRefusal(found)) return undefined
  const { name, title } = found.architecture
  return [
    `${checkpoint.source} contains a ${title}, not a ${titleOf(report.architecture, context)}.`,
    [{ use: [{ arch: name }], orLeaveOut: 'arch' }],
    { architecture: name, wanted: arch },
  ]
}

/** `ResNet-50`, for messages. */
function titleOf(name: string, { knowledge }: Context): string {
  const all = knowledge.families.flatMap(family => family.architectures())
  return all.find(architecture => architecture.name === name)?.title ?? name
}

/** `: layer1.0.bn1.weight is 5, not a tensor` */
function firstReplaced([first]: readonly Missing[]): string {
  return first === undefined ? '' : `: ${first.name} is ${first.found}, not a tensor`
}

function adviceFor(attempt: Attempt, context: Context): Advice {
  const { arch, match, plan, report } = attempt
  const { section, state } = match
  const misfit = knownMisfit({ report, names: [...plan.kept.keys()] })
  return (
    otherStem(report) ??
    describeChange(new Map([[section, state]]), context.checkpoint) ??
    oddCounters(attempt, context) ??
    adviseOnReplaced(report.missing.flatMap(one => one.found ?? [])) ??
    lateDrop(attempt) ??
    withoutBuffers(report) ??
    (arch !== undefined
      ? [{ say: `You asked for ${arch}. To have the architecture recognised,`, leaveOut: 'arch' }]
      : (withoutExtra(attempt, context) ?? (misfit && sentence(misfit)) ?? checkMethod(match)))
  )
}

function checkMethod({ method, section }: Attempt['match']): string {
  return `Method ${method.name} was applied to ${section === '' ? 'the top level' : `section ${quoteSection(section)}`}. Check that this is the file and the method you mean.`
}

/** The same method with rules that drop what does not belong to the backbone; only if that was tried. */
function withoutExtra(attempt: Attempt, context: Context): Advice | undefined {
  const drops = dropsFor(attempt)
  const command = drops && commandWithDrops(context, attempt.match, drops.patterns)
  return command && [drops.words, command]
}

/** For images of 32 pixels, most code bases use a ResNet with a smaller first convolution. */
function otherStem({ misshapen }: Report): string | undefined {
  const stem = misshapen.find(({ name }) => name === 'conv1.weight')?.found
  if (stem?.length !== 4 || (stem[2] === 7 && stem[3] === 7)) return undefined
  const kernel = `${stem[2]}×${stem[3]}`
  return `MMDetection's ResNet has a 7×7 first convolution; this is a ${kernel} one${kernel === '3×3' ? ', as for CIFAR' : ''}. Such a network cannot be converted.`
}

/** `dict(model.named_parameters())`, or an average of only the parameters. */
function withoutBuffers({ missing, unexpected, misshapen, mistyped }: Report): string | undefined {
  const isAll = missing.length > 0 && missing.every(({ name }) => RUNNING_STATISTICS.test(name))
  return isAll && unexpected.length + misshapen.length + mistyped.length === 0
    ? 'Either only the parameters were saved, without the running statistics of BatchNorm, which are buffers: save model.state_dict(), which includes both. Or the network has another normalisation, such as GroupNorm, and cannot be converted.'
    : undefined
}

const COUNTERS = '*.num_batches_tracked'

/** After `{name: value.half()}` for a whole state dict, or `.item()`. Backbones are complete without these counters. */
function oddCounters({ match, plan, report }: Attempt, context: Context): Advice | undefined {
  const { mistyped, missing, unexpected, misshapen } = report
  const odd = [...mistyped, ...missing]
  const isAll = odd.length > 0 && odd.every(({ name }) => isCounter(name))
  if (!isAll || unexpected.length + misshapen.length > 0) return undefined
  const stem = plan.fates.find((fate): fate is Kept => 'as' in fate && fate.as === 'conv1.weight')
  const found = findBackbones(new Map([[match.section, match.state]])).find(
    ({ prefix, parts }) => stem && withoutWrapper(stem.name) === prefix + parts[0]![0].replace('*', 'weight'),
  )
  const why =
    mistyped.length > 0
      ? 'In PyTorch, these counters are integers, but a backbone is complete without them. Drop them'
      : 'A backbone is complete without these counters. Drop them'
  return found && !isRefusal(tryOptions(context, found, [COUNTERS]))
    ? [`${why}:`, commandFor(context.checkpoint.source, optionsFor(found, [COUNTERS]))]
    : [{ say: `${why}, with a custom rule before the others:`, use: [{ drop: COUNTERS }] }]
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
    : 'The first rule that matches decides: drop what is unexpected before the rule that keeps it.'
}

/** A rule that is more specific than dropping everything else. */
function laterDrop(rules: readonly Rule[], keep: Rule, name: string): Rule | undefined {
  const later = rules.slice(rules.indexOf(keep) + 1).filter(rule => 'drop' in rule && patternOf(rule) !== '*')
  return findRule(later, name)?.rule
}
