/** ResNets with BatchNorms inside other modules: a single one, several that are used alternately, or one with more layers. */
import { firstFew } from '../bytes/text.ts'

/** What was done to a network, and what reverts it. */
export interface Change {
  /** A sentence after "its weights are" or similar. */
  readonly is: string
  readonly mend: string
  /** Python code that computes plain weights in the dictionary `s`, with `torch` imported. */
  readonly python?: string
}

/** `layer1.0.bn1.bns.0.running_mean`: the place of a BatchNorm, and the path from there to its tensors. */
const WRAPPED = /^((?:.*\.)?(?:bn\d|downsample\.1))(\.[A-Za-z_]\w*\.(?:\d+\.)?)running_mean$/

/**
 * What was done to a network's norms, and what reverts it.
 * @param names in the stages of a ResNet, and in its stem
 * @returns undefined if BatchNorms are in their usual places
 */
export function wrappedNorms(names: readonly string[]): Change | undefined {
  const wrapped = names.map(name => WRAPPED.exec(name)).filter(match => match !== null)
  const [way, ...others] = new Set(wrapped.map(([, , inside]) => inside!))
  if (way === undefined) return undefined
  const places = new Set(wrapped.map(([, place]) => place!))
  const beside = names.filter(name => places.has(name.slice(0, name.lastIndexOf('.'))))
  if (beside.some(name => name.endsWith('.running_mean'))) return undefined
  const example = `bn1${way}weight`
  if (beside.length > 0)
    return {
      is: `Each BatchNorm is inside a module that contains more: ${example}, and ${firstFew(beside)}.`,
      mend: 'These modules compute something else than BatchNorm, and MMDetection does not have them.',
    }
  const rename = `[s.update({q.replace("${way}", "."): s.pop(q)}) for q in list(s) if "${way}" in q]`
  if (others.length === 0)
    return {
      is: `Each BatchNorm is inside another module: ${example} instead of bn1.weight.`,
      mend: 'If those modules compute nothing else, this renames them; convert its output:',
      python: rename,
    }
  const rest = others.map(other => `"${other}"`).join(', ')
  return {
    is: `Each BatchNorm was replaced by ${others.length + 1}: ${example} and ${firstFew(others.map(other => `bn1${other}weight`))}.`,
    mend: 'If the first one was used for images like yours, this keeps it; convert its output:',
    python: `[s.pop(q) for q in list(s) if any(w in q for w in [${rest}])]; ${rename}`,
  }
}
