/** Methods that match except for a few more tensors: the command that selects the method and drops these. */
import { firstFew, shellWord } from '../bytes/text.ts'
import { BY_HAND, withRules } from '../convert/custom-rules.ts'
import { decide } from '../convert/decide.ts'
import { chooseNetwork, type Match } from '../convert/match.ts'
import { isRefusal } from '../convert/refusal.ts'
import type { Advice, RunCommand } from '../errors.ts'
import type { Method } from '../methods/method.ts'
import type { StateDict } from '../tensor/tensor.ts'
import type { Context } from './explanation.ts'
import { patternsFor } from './extra-tensors.ts'
import { commandFor } from './find-backbone.ts'

/** @returns undefined if it was tried and does not help */
export function commandWithDrops(
  { checkpoint, knowledge, options }: Context,
  {
    method,
    network,
    section,
  }: Pick<Match, 'method' | 'section'> & { readonly network?: Match['network'] | undefined },
  patterns: readonly string[],
): RunCommand | undefined {
  if (method.name === BY_HAND) return undefined
  const rules = patterns.map(pattern => ({ drop: pattern, because: 'by hand' }))
  const others = { ...options, selfsup: undefined, network: network?.name, method: withRules(method, rules) }
  const open = decide(checkpoint, knowledge, { ...others, section: undefined })
  const isHere = !isRefusal(open) && open.match.section === section
  const needsSection = !isHere && !isRefusal(decide(checkpoint, knowledge, { ...others, section }))
  if (isRefusal(open) && !needsSection) return undefined
  const words = [
    `--selfsup ${method.name}`,
    ...(network && network !== method.networks?.[0] ? [`--network ${network.name}`] : []),
    ...(needsSection ? [`--section ${shellWord(section)}`] : []),
    ...patterns.map(pattern => `--drop ${shellWord(pattern)}`),
  ]
  return commandFor(checkpoint.source, words.join(' '))
}

/**
 * A method that knows all but some names of a section.
 * @returns undefined if dropping these was tried and does not help
 */
export function adviseOnUnknown(
  context: Context,
  method: Method | undefined,
  { path: section, state }: { readonly path: string; readonly state: StateDict },
  unknown: readonly string[],
): Advice | undefined {
  if (!method || unknown.length === 0) return undefined
  const left = new Set(unknown)
  const known = [...state.keys()].filter(name => !left.has(name))
  const patterns = patternsFor(unknown, known)
  const network = chooseNetwork(method, { network: context.options.network })
  const command = patterns && commandWithDrops(context, { method, network, section }, patterns)
  const them = unknown.length === 1 ? 'it' : 'them'
  return command && [`If the network does not need ${firstFew(unknown)}, leave ${them} out:`, command]
}
