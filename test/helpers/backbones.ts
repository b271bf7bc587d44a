/** Backbones of any architecture with generated weights: small enough that activations stay normal. */
import type { Architecture } from '../../src/families/family.ts'
import type { StateDict, Tensor } from '../../src/tensor/tensor.ts'
import { randomIntegers } from './random.ts'
import { tensorOf } from './tensors.ts'

/** As at initialisation: He-normal kernels, normalisation without effect. */
export function freshBackbone(
  architecture: Pick<Architecture, 'tensors'>,
  seed = 1,
): StateDict & Map<string, Tensor> {
  const roll = randomIntegers(seed)
  const uniform = (): number => (roll(2 ** 24) + 0.5) / 2 ** 24
  const normal = (): number => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
  return new Map(
    architecture.tensors().map(({ name, shape, kind }) => {
      if (kind === 'int64') return [name, tensorOf('int64', BigInt64Array.of(1n) as never, shape)]
      const count = shape.reduce((product, size) => product * size, 1)
      const values = new Float32Array(count)
      if (shape.length === 4) {
        const size = Math.sqrt(2 / (count / shape[0]!))
        for (let i = 0; i < count; i++) values[i] = size * normal()
      } else values.fill(/\.(weight|running_var)$/.test(name) ? 1 : 0)
      return [name, tensorOf('float32', values, shape, 2 ** 20)]
    }),
  )
}

/** Every channel of the last stage is the same for any input. */
export function collapse(state: Map<string, Tensor>): void {
  for (const [name, { shape }] of state) {
    if (!/^layer4\..*(bn\d|downsample\.1)\.(weight|bias)$/.test(name)) continue
    const value = name.endsWith('weight') ? 0 : 1
    state.set(name, tensorOf('float32', new Float32Array(shape[0]!).fill(value), shape))
  }
}
