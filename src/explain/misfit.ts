/** Why a ResNet cannot be converted, in terms of how it was built. */
import { count } from '../bytes/count.ts'
import type { Report } from '../convert/verify.ts'
import { networkOf } from './extra-tensors.ts'

/** A backbone that failed verification, and its names. */
export interface Attempt {
  readonly report: Report
  readonly names: readonly string[]
}

/** A clause: what it is, or what is missing. */
export function misfit(attempt: Attempt): string {
  return knownMisfit(attempt) ?? counts(attempt.report)
}

/** Of a clause. */
export function sentence(clause: string): string {
  return `${clause[0]!.toUpperCase()}${clause.slice(1)}.`
}

/** @returns undefined if there is no known cause */
export function knownMisfit(attempt: Attempt): string | undefined {
  for (const tell of [emptyTensors, gatedTransformer, otherNetwork, otherDepth, otherWidth]) {
    const words = tell(attempt)
    if (words !== undefined) return words
  }
  return undefined
}

/** ZeRO-3 and FSDP leave empty tensors in the modules, and store the weights elsewhere. */
function emptyTensors({ report: { misshapen } }: Attempt): string | undefined {
  const empty = misshapen.filter(({ found }) => found.length === 1 && found[0] === 0)
  return empty.length > 0 && empty.length === misshapen.length
    ? `${count(empty.length, 'tensor')}, such as ${empty[0]!.name}, ${empty.length === 1 ? 'is' : 'are'} empty. A sharded trainer (DeepSpeed ZeRO-3, FSDP) keeps the weights in other files: save the full state dict there, with DeepSpeed's zero_to_fp32.py`
    : undefined
}

/** Both halves of a gated layer in one tensor: timm/models/eva.py (small networks), layers/mlp.py SwiGLUPacked. */
function gatedTransformer({ report: { misshapen } }: Attempt): string | undefined {
  const shapeOf = (end: string) => misshapen.find(({ name }) => name === `blocks.0.mlp.${end}.weight`)?.found
  const [first, second] = [shapeOf('fc1'), shapeOf('fc2')]
  if (!first || !second || first[0] !== 2 * second[1]!) return undefined
  const gated = 'its MLPs are gated, with two layers in one (mlp.fc1)'
  // Tiny and Small.
  return second[0]! <= 384
    ? `${gated}, as those of timm's EVA-02 of the sizes Ti and S, whose file has no rotary positions either: convert the file of its authors, such as eva02_Ti_pt_in21k_p14.pt`
    : `${gated}; of such networks, only one of the size of DINOv2's giant (1536 channels, 40 blocks) can be converted`
}

function otherNetwork({ names }: Attempt): string | undefined {
  const network = networkOf(names)
  return network && `it is ${network}, which is a different network`
}

/** Blocks in the stages, by the number of convolutions in a block. */
const DEPTHS: Readonly<Record<'two' | 'three', readonly string[]>> = {
  two: ['2, 2, 2, 2', '3, 4, 6, 3'],
  three: ['3, 4, 6, 3', '3, 4, 23, 3', '3, 8, 36, 3'],
}

function blocksOf(names: readonly string[]): { depth: string; convolutions: 'two' | 'three' } | undefined {
  const blocks = [1, 2, 3, 4].map(stage => {
    const found = names.map(name => new RegExp(`^layer${stage}\\.(\\d+)\\.`).exec(name)?.[1])
    return new Set(found.filter(index => index !== undefined)).size
  })
  const convolutions = names.includes('layer1.0.conv3.weight') ? 'three' : 'two'
  return blocks.includes(0) ? undefined : { depth: blocks.join(', '), convolutions }
}

function otherDepth({ names }: Attempt): string | undefined {
  const blocks = blocksOf(names)
  if (!blocks || DEPTHS[blocks.convolutions].includes(blocks.depth)) return undefined
  const kind = Object.values(DEPTHS).flat().includes(blocks.depth)
    ? ` of ${blocks.convolutions} convolutions`
    : ''
  return `it is a ResNet with ${blocks.depth} blocks${kind} in its stages, which MMDetection does not have`
}

/** With another width, nearly every tensor has a different shape. */
function otherWidth({ report, names }: Attempt): string | undefined {
  const { architecture, misshapen, missing, expected } = report
  const blocks = blocksOf(names)
  // Such as a ResNet-18 of twice the width, which is most similar to a ResNet-50 of twice the width.
  if (blocks?.convolutions === 'two' && missing.some(({ name }) => name === 'layer1.0.conv3.weight'))
    return 'its blocks have two convolutions, as those of ResNet-18 and ResNet-34, but it is wider or narrower: ResNets of this width are not supported'
  const stem = misshapen.find(({ name }) => name === 'conv1.weight')
  if (!stem || misshapen.length < expected / 2) return undefined
  return `its first convolution has ${stem.found[0]} channels, but that of ${architecture}, the most similar, has ${stem.expected[0]}: ResNets of this width are not supported`
}

function counts({ architecture, expected, present, missing, unexpected, misshapen }: Report): string {
  const first = missing[0] ?? misshapen[0] ?? unexpected[0]
  const what = missing.length > 0 ? 'missing' : misshapen.length > 0 ? 'of a different shape' : 'unexpected'
  return `${present} of the ${expected} tensors of ${architecture} match${first ? `; ${first.name} is ${what}` : ''}`
}
