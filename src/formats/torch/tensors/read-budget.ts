/**
 * How much all tensors of a file are together. One storage can be that of many tensors, as tied weights are; a number can be
 * expanded to a million; and elements can lie so far apart that all of a storage is read for two of them. Reading each of a
 * hundred thousand such tensors would keep a machine busy for days.
 */
import { UnsupportedError } from '../../../errors.ts'
import type { Tensor } from '../../../tensor/tensor.ts'
import { costOf } from './rebuild.ts'
import { unreadable } from './unreadable.ts'

/** Networks that use one layer again and again have one storage under up to 48 names (ALBERT). */
const MAX_SHARED = 64

/** For files of any size: MoCo v2, if all its weights were zeros. Reading this takes a second. */
const MAX_TOTAL_BYTES = 512 * 1024 * 1024

/** Each takes half a kilobyte of memory, for five bytes of pickle. As many as a zip archive may have storages. */
const MAX_TENSORS = 250_000

/** What may still be had of a file; each tensor counts under each of its names. */
export class Total {
  readonly most: number
  readonly #source: string
  #left: number
  #tensors = 0

  /**
   * @param size of the file, in bytes
   * @param source its name, for messages
   */
  constructor(size: number, source: string) {
    this.#source = source
    this.most = MAX_SHARED * size + MAX_TOTAL_BYTES
    this.#left = this.most
  }

  get left(): number {
    return this.#left
  }

  /** @returns whether there was so much left */
  take(cost: number): boolean {
    if (cost > this.#left) return false
    this.#left -= cost
    return true
  }

  /**
   * The tensor as it is, or as one that cannot be read.
   * @throws UnsupportedError when there are too many
   */
  tensor(tensor: Tensor): Tensor {
    if (++this.#tensors > MAX_TENSORS)
      throw new UnsupportedError(
        `${this.#source} names more than ${MAX_TENSORS} tensors, more than any known checkpoint.`,
        'If it is yours, save the state dict of the network alone: torch.save(model.state_dict(), …).',
      )
    if (this.take(costOf(tensor))) return tensor
    const { dtype, shape, origin } = tensor
    const what = `a tensor beyond the ${this.most} bytes that all tensors of this file may have`
    return { ...unreadable(what, origin), dtype, shape }
  }
}
