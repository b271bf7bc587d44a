/** Groups a backbone's tensors into stages and blocks by name, for a picture of the network. */
import { byteLength, type StateDict } from '../../tensor/tensor.ts'

/** A stage of a network: `layer1`, `stages.0`; tensors before and after all stages form separate stages. */
export interface NetworkStage {
  readonly name: string
  readonly blocks: readonly NetworkBlock[]
  readonly bytes: number
}

/** Layers that belong together: a residual block, the layers of a stem. */
export interface NetworkBlock {
  readonly name: string
  readonly bytes: number
  /** Its tensors, in the order of the backbone. */
  readonly tensors: readonly string[]
}

/** How families number their stages and blocks; the first pattern that matches any name is used. */
const NUMBERING = [
  // ResNet: layer1.0.conv1.weight
  /^(?:backbone\.)?(layer\d+)\.(\d+)\./,
  // Swin: layers.0.blocks.1.norm1.weight, stages.0.blocks.1.norm1.weight; ConvNeXt: stages.0.1.norm.weight
  /^(?:backbone\.)?((?:layers|stages)\.\d+)\.(?:blocks\.)?(\d+)\./,
  // RegNet: s1.b1.conv1.conv.weight
  /^(?:backbone\.)?(?:timm_model\.)?(s\d)\.(b\d+)\./,
  // ViT: blocks.0.norm1.weight, layers.0.ln1.weight; XCiT also has cls_attn_blocks.0.norm1.weight
  /^(?:backbone\.)?(blocks|cls_attn_blocks|layers)\.(\d+)\./,
] as const

/** ConvNeXt lists the layers between its stages separately. */
const BETWEEN = /^(?:backbone\.)?downsample_layers\.(\d+)\./

const [BEFORE, AFTER, REST] = ['stem', 'end', 'downsample'] as const

/** The stages of a backbone, in order. */
export function stagesOf(state: StateDict): NetworkStage[] {
  const names = [...state.keys()]
  const numbering = NUMBERING.find(pattern => names.some(name => pattern.test(name)))
  const known = new Set(names.flatMap(name => numbering?.exec(name)?.[1] ?? []))
  const stages = new Map<string, Map<string, string[]>>()
  let place: string = BEFORE
  for (const name of names) {
    const [stage, block] = placeOf(name, numbering, known) ?? [place, place]
    if (known.has(stage)) place = AFTER
    const blocks = stages.get(stage) ?? new Map<string, string[]>()
    stages.set(stage, blocks.set(block, [...(blocks.get(block) ?? []), name]))
  }
  return inOrder(stages, known).map(([name, blocks]) => describe(name, blocks, state))
}

/** @returns undefined for tensors outside all stages */
function placeOf(
  name: string,
  numbering: RegExp | undefined,
  known: ReadonlySet<string>,
): [stage: string, block: string] | undefined {
  const [, stage, block] = numbering?.exec(name) ?? []
  if (stage !== undefined) return [stage, `${stage}.${block}`]
  const between = BETWEEN.exec(name)?.[1]
  const owner = between === undefined ? [...known].find(own => name.includes(`${own}.`)) : `stages.${between}`
  return owner === undefined ? undefined : [owner, `${owner} ${REST}`]
}

/** Files may list the layers between stages before the stages. */
function inOrder(
  stages: ReadonlyMap<string, Map<string, string[]>>,
  known: ReadonlySet<string>,
): [string, Map<string, string[]>][] {
  const rank = (name: string): number => (name === BEFORE ? 0 : name === AFTER ? 2 : 1)
  return [...stages].sort(
    ([a], [b]) => rank(a) - rank(b) || (known.has(a) ? a.localeCompare(b, 'en', { numeric: true }) : 0),
  )
}

function describe(name: string, blocks: ReadonlyMap<string, string[]>, state: StateDict): NetworkStage {
  const described = [...blocks].map(([block, tensors]): NetworkBlock => {
    const bytes = tensors.reduce((sum, tensor) => sum + byteLength(state.get(tensor)!), 0)
    return { name: block, bytes, tensors }
  })
  return { name, blocks: described, bytes: described.reduce((sum, { bytes }) => sum + bytes, 0) }
}
