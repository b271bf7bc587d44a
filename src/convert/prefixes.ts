/** A network inside another module: all names begin with the same prefix, like `model.conv1.weight`. */
import type { Method } from '../methods/method.ts'
import type { Pattern } from '../rename/rules.ts'
import { withoutWrapper } from '../rename/wrappers.ts'

/** Common names of the outer module: `learner` in the Lightning example of byol-pytorch. */
const HOLDERS = /^(?:model|learner|net|network|encoder|backbone|resnet)\./

/** @returns all such prefixes that every name shares, the shortest first: `model.`, `model.backbone.` */
export function sharedPrefixes(names: Iterable<string>): readonly string[] {
  const bare = [...names].map(withoutWrapper)
  const prefixes: string[] = []
  for (let prefix = ''; bare.length > 0; ) {
    const [holder] = HOLDERS.exec(bare[0]!.slice(prefix.length)) ?? []
    if (holder === undefined) break
    prefix += holder
    if (!bare.every(name => name.startsWith(prefix))) break
    prefixes.push(prefix)
  }
  return prefixes
}

/** A method for names with a prefix. */
export function under(prefix: string, method: Method): Method {
  const prefixed = (pattern: Pattern): Pattern => prefix + pattern
  return {
    ...method,
    within: prefix,
    signature: method.signature.map(prefixed),
    rules: method.rules.map(rule =>
      'keep' in rule ? { ...rule, keep: prefixed(rule.keep) } : { ...rule, drop: prefixed(rule.drop) },
    ),
  }
}
