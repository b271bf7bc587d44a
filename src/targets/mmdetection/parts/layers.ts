/** The layers of MMDetection's necks and heads, in the variants visible in tensors. */
import { affine, type Facts, float, norm, type Shapes, type TensorSpec } from '../../../families/family.ts'

/** The normalisation after a convolution: the name of the layer in MMCV's ConvModule (mmcv/cnn/bricks/conv_module.py). */
export type NormKind = 'bn' | 'gn' | undefined

/** Whether a group of ConvModules normalises, and whether its convolutions have biases. */
export interface ConvStyle {
  readonly norm: NormKind
  readonly bias: boolean
}

/** The style of the ConvModules with this prefix: all in a group have the same. */
export function styleOf(state: Shapes, start: string): ConvStyle {
  const names = [...state.keys()].filter(name => name.startsWith(start))
  const normed = (kind: 'bn' | 'gn') => names.some(name => name.includes(`.${kind}.`))
  const kind = normed('bn') ? 'bn' : normed('gn') ? 'gn' : undefined
  return { norm: kind, bias: kind === undefined || names.some(name => name.endsWith('.conv.bias')) }
}

/** MMCV's ConvModule with a square convolution. */
export function convModule(
  name: string,
  [inputs, outputs, kernel]: readonly [inputs: number, outputs: number, kernel: number],
  { norm: kind, bias }: ConvStyle,
): TensorSpec[] {
  return [
    ...affine(`${name}.conv`, [outputs, inputs, kernel, kernel], bias),
    ...(kind === 'bn' ? norm(`${name}.bn`, outputs) : []),
    ...(kind === 'gn' ? affine(`${name}.gn`, [outputs]) : []),
  ]
}

/** The number of modules in a list: one more than the largest number after `start`. */
export function countIn(state: Shapes, start: string): number {
  const numbers = [...state.keys()]
    .filter(name => name.startsWith(start))
    .map(name => Number(/^\d+/.exec(name.slice(start.length))?.[0] ?? -1))
  return Math.max(-1, ...numbers) + 1
}

/** Whether any tensor of a group is present. */
export function has(state: Shapes, start: string): boolean {
  return [...state.keys()].some(name => name.startsWith(start))
}

/** The number of outputs of a present layer, otherwise the usual one. */
export function outputsOf(state: Shapes, name: string, usual: number): number {
  return state.get(`${name}.weight`)?.shape[0] ?? usual
}

/** A list of this many modules, at least one. */
export function listOf(count: number, one: (index: number) => readonly TensorSpec[]): TensorSpec[] {
  return Array.from({ length: Math.max(1, count) }, (_, index) => one(index)).flat()
}

/** The number of layers in a transformer, if present. */
export function layerCounts(state: Shapes): Facts {
  const [encoderLayers, decoderLayers] = ['encoder', 'decoder'].map(coder =>
    countIn(state, `${coder}.layers.`),
  )
  return encoderLayers === 0 ? {} : { encoderLayers: encoderLayers!, decoderLayers: decoderLayers! }
}

/** PyTorch's MultiheadAttention inside MMCV's. */
export function attention(name: string, width: number): TensorSpec[] {
  return [
    float(`${name}.attn.in_proj_weight`, 3 * width, width),
    float(`${name}.attn.in_proj_bias`, 3 * width),
    ...affine(`${name}.attn.out_proj`, [width, width]),
  ]
}

/** MMCV's FFN with two layers (mmcv/cnn/bricks/transformer.py). */
export function feedForward(name: string, width: number, hidden: number): TensorSpec[] {
  return [...affine(`${name}.layers.0.0`, [hidden, width]), ...affine(`${name}.layers.1`, [width, hidden])]
}

/** LayerNorms in a transformer layer. */
export function norms(name: string, count: number, width: number): TensorSpec[] {
  return listOf(count, index => affine(`${name}.norms.${index}`, [width]))
}
