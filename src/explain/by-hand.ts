/** The options for a network that no method matches, or why no options help. */
import { isRefusal } from '../convert/refusal.ts'
import type { AdviceStep } from '../errors.ts'
import type { StateDict } from '../tensor/tensor.ts'
import { describeChange, prefixOfStage } from './changed-resnets.ts'
import type { RefusalOf } from './explanation.ts'
import { dropsFor, networkOf } from './extra-tensors.ts'
import { commandFor, findBackbones, isTypable, type Known, optionsFor, tryOptions } from './find-backbone.ts'
import type { FoundBackbone } from './find-network.ts'
import { misfit, sentence } from './misfit.ts'
import { quoteSection } from './sections.ts'

const SHOWN = 4

/** A line for each network found; only options that were tried are suggested. */
export function adviseByHand(
  context: Known,
  sections: ReadonlyMap<string, StateDict> = context.checkpoint.sections,
): readonly AdviceStep[] {
  const { source } = context.checkpoint
  const found = findBackbones(sections).filter(isTypable)
  const right = teacherFirst(found.filter(one => !isRefusal(tryOptions(context, one))))
  if (right.length === 0)
    return (
      describeChange(sections, context.checkpoint) ?? whatIsWrong(context, found) ?? whatIsThere(sections)
    )
  const lines = right.slice(0, SHOWN).map(one => commandFor(source, optionsFor(one)))
  const more = right.length > SHOWN ? [`and ${right.length - SHOWN} more.`] : []
  const what =
    right.length === 1
      ? `The file contains ${withArticle(right[0]!.title)}. To convert it`
      : 'The file contains several networks. To convert one of them'
  const isPair = right.length > 1 && isTeacher(right[0]!) && right.some(isStudent)
  const usual = isPair
    ? ["The teacher is the student's moving average, and what DINO, iBOT and EsViT evaluate."]
    : []
  return [`${what}:`, ...lines, ...more, ...usual]
}

const isTeacher = ({ section, prefix }: FoundBackbone): boolean => /teacher/i.test(`${section}.${prefix}`)
const isStudent = ({ section, prefix }: FoundBackbone): boolean => /student/i.test(`${section}.${prefix}`)

/** Of two networks, the one that is usually transferred comes first. */
function teacherFirst(found: readonly FoundBackbone[]): readonly FoundBackbone[] {
  return found.some(isStudent) ? [...found.filter(isTeacher), ...found.filter(one => !isTeacher(one))] : found
}

/** Why the first network cannot be converted. */
function whatIsWrong(context: Known, [found]: readonly FoundBackbone[]): readonly AdviceStep[] | undefined {
  if (!found) return undefined
  const refused = tryOptions(context, found)
  if (!isRefusal(refused) || refused.kind !== 'incomplete') return undefined
  const { report, plan } = refused
  const where = `${quoteSection(found.section)}${found.prefix === '' ? '' : `, under '${found.prefix}'`}`
  return (
    withoutExtra(context, found, refused) ?? [
      sentence(
        `${withArticle(found.title)} is in ${where}, but it cannot be converted: ${misfit({ report, names: [...plan.kept.keys()] })}`,
      ),
    ]
  )
}

function withoutExtra(
  context: Known,
  found: FoundBackbone,
  refused: RefusalOf<'incomplete'>,
): readonly AdviceStep[] | undefined {
  const drops = dropsFor(refused)
  if (!drops || isRefusal(tryOptions(context, found, drops.patterns))) return undefined
  return [drops.words, commandFor(context.checkpoint.source, optionsFor(found, drops.patterns))]
}

/** ResNet-C and -D, and ResNets of Inplace-ABN and MIT: `conv1.3`, `stem.3`, `layer0.conv3`. */
const DEEP_STEM = /(?:^|\.)(?:conv1|stem|layer0)\.(?:3|6|conv2|conv3)\.weight$/

const STAGE = /(?:^|\.)layer[1-4]\.\d+\./

function whatIsThere(sections: ReadonlyMap<string, StateDict>): readonly AdviceStep[] {
  for (const [section, state] of sections) {
    const names = [...state.keys()]
    const inStages = names.filter(name => STAGE.test(name))
    if (inStages.length === 0) continue
    const network = networkOf(inStages)
    if (network !== undefined)
      return [`The stages of ${network} are in ${quoteSection(section)}, which is a different network.`]
    const stem = names.find(name => !STAGE.test(name) && DEEP_STEM.test(name))
    return [
      stem === undefined
        ? `The stages of a ResNet are in ${quoteSection(section)}, such as ${inStages[0]}, ${whatLacks(names)}`
        : `A ResNet with a deep stem is in ${quoteSection(section)}: three convolutions (${stem}) instead of one. Its blocks or names do not match a ResNet-C, ResNet-D, ResNeSt or Res2Net that MMDetection supports.`,
    ]
  }
  return [
    'It does not contain a network that can be converted, under any prefix: selfsup2mmdet inspect shows what it contains.',
  ]
}

/** Parts of every ResNet: its stem, and something of its first and last stage. */
const EVERY = [
  'conv1.weight',
  'bn1.weight',
  'layer1.0.conv1.weight',
  'layer1.0.bn1.weight',
  'layer4.0.conv1.weight',
]

/** Under the prefix of the first stage found. */
function whatLacks(names: readonly string[]): string {
  const there = new Set(names)
  const prefix = names.map(prefixOfStage).find(one => one !== undefined)
  const lacks = EVERY.map(name => `${prefix ?? ''}${name}`).filter(name => !there.has(name))
  const other = names.some(name => name.endsWith('.running_mean'))
    ? ''
    : ' None of its norms has running statistics: they are GroupNorm or similar, not BatchNorm, and cannot be converted.'
  return lacks.length === 0
    ? `but not all of its names are those of a ResNet.${other}`
    : `but there is no ${lacks.join(', no ')}.${other}`
}

/** `a ResNet`, `an XCiT`. */
function withArticle(title: string): string {
  return `${/^[AEFX]/.test(title) ? 'an' : 'a'} ${title}`
}
