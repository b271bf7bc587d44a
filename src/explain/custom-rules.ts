/** Rules as text. */
import { BY_HAND } from '../convert/custom-rules.ts'
import type { Rule } from '../rename/rules.ts'

/** A rule as in the user's options or file. */
export function ruleInWords({ name }: { readonly name: string }, rule: Rule): string {
  if ('keep' in rule)
    return name === BY_HAND ? `keep '${rule.keep}=${rule.as}'` : `keep ${rule.keep} as ${rule.as}`
  return name === BY_HAND ? `drop '${rule.drop}'` : `drop ${rule.drop}`
}
