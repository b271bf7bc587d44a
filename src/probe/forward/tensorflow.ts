/**
 * What of TensorFlow.js our networks need: `@tensorflow/tfjs-node`, `@tensorflow/tfjs-core` with any backend, and
 * `@tensorflow/tfjs` all have it. The library is given one and loads none, so that nobody pays for it who does not ask.
 */

export interface TfTensor {
  readonly shape: number[]
  data(): Promise<Float32Array | Int32Array | Uint8Array>
  dispose(): void
}

/** Images are (images, height, width, channels), kernels (height, width, inputs, outputs), as TensorFlow has them. */
export interface Operations {
  tensor(values: Float32Array, shape: number[]): TfTensor
  transpose(tensor: TfTensor, order: number[]): TfTensor
  pad(tensor: TfTensor, paddings: [number, number][]): TfTensor
  conv2d(images: TfTensor, kernel: TfTensor, stride: number, padding: 'valid'): TfTensor
  maxPool(images: TfTensor, side: number, stride: number, padding: 'valid'): TfTensor
  batchNorm(
    images: TfTensor,
    mean: TfTensor,
    variance: TfTensor,
    offset: TfTensor,
    scale: TfTensor,
    epsilon: number,
  ): TfTensor
  split(tensor: TfTensor, parts: number, axis: number): TfTensor[]
  concat(tensors: TfTensor[], axis: number): TfTensor
  add(a: TfTensor, b: TfTensor | number): TfTensor
  less(a: TfTensor, b: TfTensor): TfTensor
  where(condition: TfTensor, a: TfTensor, b: TfTensor): TfTensor
  zerosLike(tensor: TfTensor): TfTensor
  mean(tensor: TfTensor, axes: number[], keepDims?: boolean): TfTensor
  sum(tensor: TfTensor, axes: number[], keepDims?: boolean): TfTensor
  sub(a: TfTensor, b: TfTensor): TfTensor
  mul(a: TfTensor, b: TfTensor | number): TfTensor
  div(a: TfTensor, b: TfTensor | number): TfTensor
  square(tensor: TfTensor): TfTensor
  sqrt(tensor: TfTensor): TfTensor
  erf(tensor: TfTensor): TfTensor
  sigmoid(tensor: TfTensor): TfTensor
  softmax(logits: TfTensor): TfTensor
  matMul(a: TfTensor, b: TfTensor, transposeA?: boolean, transposeB?: boolean): TfTensor
  depthwiseConv2d(images: TfTensor, kernel: TfTensor, stride: number, padding: 'valid'): TfTensor
  reshape(tensor: TfTensor, shape: number[]): TfTensor
  slice(tensor: TfTensor, begin: number[], size: number[]): TfTensor
  tile(tensor: TfTensor, times: number[]): TfTensor
  tidy(work: () => TfTensor): TfTensor
}

/**
 * What callers give: any package that has these operations. Their types are too general to say that they fit `Operations`, which
 * are the few ways in which we call them.
 */
export type TensorFlow = { readonly [Name in keyof Operations]: (...args: never) => unknown }

export function operationsOf(tf: TensorFlow): Operations {
  return tf as unknown as Operations
}
