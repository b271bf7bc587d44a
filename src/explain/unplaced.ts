/** Why a target cannot load a complete network, and what to do. */
import { firstFew } from '../bytes/text.ts'
import { decide } from '../convert/decide.ts'
import { isRefusal } from '../convert/refusal.ts'
import type { Context, Explanation, RefusalOf } from './explanation.ts'

/** The target has no class for the family. */
export function noHome(
  { architecture, target }: RefusalOf<'noHome'>,
  { checkpoint, knowledge, options }: Context,
): Explanation {
  const { source } = checkpoint
  const others = knowledge.targets.filter(
    ({ name }) => !isRefusal(decide(checkpoint, knowledge, { ...options, target: name })),
  )
  return [
    `${source} contains a ${architecture.title}, which ${target.title} cannot load.`,
    others.length > 0
      ? [{ use: others.map(({ name }) => ({ target: name })) }]
      : 'No supported loader has a class for it.',
    { architecture: architecture.name, target: target.name },
  ]
}

/** The target's class does not compute this network. */
export function obstacle(
  { architecture, obstacle: { because, instead } }: RefusalOf<'obstacle'>,
  { checkpoint: { source } }: Context,
): Explanation {
  return [
    `${source}: this ${architecture.title} ${because}.`,
    instead,
    { architecture: architecture.name, facts: architecture.facts },
  ]
}

/** The target's class lacks some tensors. */
export function homeless(
  { architecture, home, names }: RefusalOf<'homeless'>,
  { checkpoint: { source } }: Context,
): Explanation {
  return [
    `${source}: ${home.class} does not have ${firstFew(names, 5)} of this ${architecture.title}.`,
    'Without them, it would not be the network that was trained.',
    { architecture: architecture.name, names },
  ]
}
