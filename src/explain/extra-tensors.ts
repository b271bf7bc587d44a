/** Complete backbones with extra tensors: what these are, and the rules that drop them. */

import { count } from '../bytes/count.ts'
import { firstFew } from '../bytes/text.ts'
import { withoutWrapper } from '../rename/wrappers.ts'
import type { RefusalOf } from './explanation.ts'

/** Modules that affect the output: without them, it would not be the network that was trained. */
const PARTS: readonly (readonly [name: RegExp, network: string])[] = [
  [/\.conv2\.bn0\./, 'a ResNeSt'],
  [/\.attn\.fc_(?:reduce|select)\./, 'an SK-ResNet (selective kernels)'],
  [/\.eca\w*\.|\.se\.conv\.weight$/, 'an ECA-ResNet'],
  [/\.(?:se|se_module|se_layer)\.|\.(?:fc1|fc2)\.(?:weight|bias)$/, 'an SE-ResNet (squeeze and excitation)'],
  [/\.(?:ca|sa|cbam)\./, 'a ResNet with CBAM attention'],
  [/conv2_offset|conv2\.conv_offset/, 'a ResNet with deformable convolutions (DCN)'],
  [/\.(?:IN|BN)\.(?:weight|bias)$/, 'an IBN-ResNet'],
  [/layer[1-4]\.\d+\.(?:convs|bns)\.\d+\./, 'a Res2Net'],
  [/\.filt$/, 'an anti-aliased ResNet (BlurPool)'],
  [/\.(?:prelu|relu)\d?\.weight$/, 'a ResNet with PReLU'],
  [/\.(?:key_conv|context_block|gc|nonlocal_block|non_local)\b/, 'a ResNet with attention blocks'],
]

/** @returns the network whose parts are in the stages; undefined if unknown */
export function networkOf(names: readonly string[]): string | undefined {
  const inStages = names.filter(name => /(?:^|\.)layer[1-4]\.\d+\./.test(name))
  return PARTS.find(([pattern]) => inStages.some(name => pattern.test(name)))?.[1]
}

/** Too many patterns for a line. */
const MOST = 24

/** Tensors to drop: the patterns, and the text before the command. */
export interface Drops {
  readonly patterns: readonly string[]
  readonly words: string
}

/** @returns undefined if something else is wrong too, they belong to another network, or it would take too many patterns */
export function dropsFor({ report, plan }: RefusalOf<'incomplete'>): Drops | undefined {
  const { missing, misshapen, mistyped, unexpected } = report
  if (missing.length + misshapen.length + mistyped.length > 0 || unexpected.length === 0) return undefined
  const extra = new Set(unexpected.map(({ name }) => name))
  const kept = plan.fates.filter(fate => 'as' in fate)
  const left = kept.filter(fate => extra.has(fate.as)).map(({ name }) => withoutWrapper(name))
  const right = kept.filter(fate => !extra.has(fate.as)).map(({ name }) => withoutWrapper(name))
  if (networkOf(left) !== undefined) return undefined
  const patterns = [...new Set(left.map(name => patternOf(name, right)))]
  return patterns.length > MOST ? undefined : { patterns, words: extraInWords(left) }
}

/**
 * Patterns that drop a section's unknown names: `extra.*` if no known name begins with it.
 * @param known the other names of the section
 * @returns undefined if it would take too many patterns
 */
export function patternsFor(
  unknown: readonly string[],
  known: readonly string[],
): readonly string[] | undefined {
  const right = known.map(withoutWrapper)
  const starts = new Set(right.map(name => name.split('.')[0]))
  const patterns = new Set(
    unknown.map(withoutWrapper).map(name => {
      const [start, ...rest] = name.split('.')
      return rest.length > 0 && !starts.has(start) ? `${start}.*` : patternOf(name, right)
    }),
  )
  return patterns.size > MOST ? undefined : [...patterns]
}

/** The shortest unique ending of a name: `*._tmp_running_mean`, `*.aux_bn1.weight`. */
function patternOf(name: string, right: readonly string[]): string {
  const parts = name.split('.')
  for (let length = 1; length < parts.length; length++) {
    const end = `.${parts.slice(-length).join('.')}`
    if (!end.includes('*') && !right.some(other => other.endsWith(end))) return `*${end}`
  }
  return name
}

function extraInWords(names: readonly string[]): string {
  const [are, them] = names.length === 1 ? ['is', 'it'] : ['are', 'them']
  return `The backbone is complete, but there ${are} ${count(names.length, 'more tensor')}: ${firstFew(names)}. If the network does not need ${them}, drop ${them}:`
}
