/**
 * The parts of TensorFlow.js that our networks need, provided by `@tensorflow/tfjs-node`, `@tensorflow/tfjs-core` with any
 * backend, and `@tensorflow/tfjs`. Callers pass one; the library loads none.
 */

export interface TfTensor {
  readonly shape: number[]
  data(): Promise<Float32Array | Int32Array | Uint8Array>
  dispose(): void
}

/** As in TensorFlow, images are (images, height, width, channels), kernels (height, width, inputs, outputs). */
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
 * Any package with these operations. The packages' types are too general to match `Operations`, which only lists the calls
 * that we make.
 */
export type TensorFlow = { readonly [Name in keyof Operations]: (...args: never) => unknown }

export function operationsOf(tf: TensorFlow): Operations {
  return tf as unknown as Operations
}
