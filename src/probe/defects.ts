/** Checks whether a backbone's values make sense. Reads every value once, in constant memory. */
import { dtypeFacts } from '../tensor/dtype.ts'
import { type FloatDecoder, floatDecoder, isFloat } from '../tensor/floats.ts'
import { elementCount, type StateDict, type Tensor } from '../tensor/tensor.ts'

/** Possible problems with a tensor's values; the last two are warnings, the others errors. */
export type Defect = 'nan' | 'infinite' | 'zero' | 'negative variance' | 'zero variance' | 'not checked'

/** The severity and meaning of each, for messages and the documentation. */
export const DEFECTS = {
  nan: { severity: 'error', means: 'NaN: training diverged, or the file is damaged' },
  infinite: { severity: 'error', means: 'Inf: training diverged, or a cast to float16 overflowed' },
  zero: { severity: 'error', means: 'all weights are 0: the layer was never trained, or was wiped' },
  'negative variance': { severity: 'error', means: 'a running variance below 0, which is impossible' },
  'zero variance': { severity: 'warning', means: 'a running variance of 0: this channel never fired' },
  'not checked': { severity: 'warning', means: 'values of less than 16 bits are not checked' },
} as const satisfies Record<Defect, { severity: 'error' | 'warning'; means: string }>

/** A problem with the values of a tensor. */
export interface Finding {
  readonly name: string
  readonly defect: Defect
  /** The number of the tensor's elements. */
  readonly count: number
  readonly elements: number
}

/**
 * Checks every number of a state dict once, in constant memory. No problems: an empty list.
 * @throws FormatError, UnsupportedError like `Tensor.copyTo`
 */
export async function findDefects(state: StateDict): Promise<Finding[]> {
  for (const tensor of state.values()) if (isFloat(tensor.dtype)) tensor.announce?.()
  const findings: Finding[] = []
  const decoders = new Map<string, FloatDecoder>()
  for (const [name, tensor] of state) {
    if (dtypeFacts(tensor.dtype).kind !== 'float') continue
    const elements = elementCount(tensor.shape)
    if (!isFloat(tensor.dtype)) {
      findings.push({ name, defect: 'not checked', count: elements, elements })
      continue
    }
    const decode = decoders.get(tensor.dtype) ?? floatDecoder(tensor.dtype)
    decoders.set(tensor.dtype, decode)
    const values = await countValues(tensor, decode)
    for (const [defect, count] of diagnose(name, values, elements))
      if (count > 0) findings.push({ name, defect, count, elements })
  }
  return findings
}

interface Counts {
  nan: number
  infinite: number
  zero: number
  negative: number
}

function diagnose(name: string, values: Counts, elements: number): [Defect, number][] {
  const isVariance = name.endsWith('running_var')
  return [
    ['nan', values.nan],
    ['infinite', values.infinite],
    ['zero', name.endsWith('weight') && values.zero === elements ? elements : 0],
    ['negative variance', isVariance ? values.negative : 0],
    ['zero variance', isVariance ? values.zero : 0],
  ]
}

async function countValues(tensor: Tensor, decode: FloatDecoder): Promise<Counts> {
  if (tensor.element) return times(await countValues(tensor.element, decode), elementCount(tensor.shape))
  const counts: Counts = { nan: 0, infinite: 0, zero: 0, negative: 0 }
  await tensor.copyTo(async chunk => {
    const values = decode(chunk)
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!
      if (value === 0) counts.zero++
      else if (value < 0) counts.negative++
      // Only NaN and infinities minus themselves are not zero.
      if (value - value !== 0) Number.isNaN(value) ? counts.nan++ : counts.infinite++
    }
  })
  return counts
}

function times({ nan, infinite, zero, negative }: Counts, elements: number): Counts {
  return {
    nan: nan * elements,
    infinite: infinite * elements,
    zero: zero * elements,
    negative: negative * elements,
  }
}
