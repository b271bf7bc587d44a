/** Rules that many methods share: a whole ResNet, by torchvision's names or by the numbers of its children. */
import type { KeepRule } from '../rename/rules.ts'

const STAGES = [1, 2, 3, 4] as const

/**
 * A ResNet under torchvision's names. Only what a backbone has: a head such as `fc` needs a rule of its own.
 * @param prefix what stands before the names, with its dot: `encoder.`, or nothing
 * @param network the network that it is, where the section holds more than one
 */
export function resnetRules(prefix: string, network?: string): readonly KeepRule[] {
  return ['conv1.*', 'bn1.*', 'layer*'].map(name => keep(`${prefix}${name}`, name, network))
}

/** The same as a Sequential of torchvision's children: 2 is the ReLU, 3 the pooling, and neither has tensors. */
export function numberedResnetRules(prefix: string, network?: string): readonly KeepRule[] {
  return [
    keep(`${prefix}0.*`, 'conv1.*', network),
    keep(`${prefix}1.*`, 'bn1.*', network),
    ...STAGES.map(stage => keep(`${prefix}${stage + 3}.*`, `layer${stage}.*`, network)),
  ]
}

function keep(pattern: string, as: string, network: string | undefined): KeepRule {
  return network === undefined ? { keep: pattern, as } : { keep: pattern, as, network }
}
