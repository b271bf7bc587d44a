/**
 * Limits the total size of a file's tensors. One storage can belong to many tensors, as with tied weights; a number can be
 * expanded to a million; and elements can be so far apart that the whole storage is read for two of them. Reading a hundred
 * thousand such tensors would take days.
 */
import { UnsupportedError } from '../../../errors.ts'
import type { Tensor } from '../../../tensor/tensor.ts'
import { costOf } from './rebuild.ts'
import { unreadable } from './unreadable.ts'

/** Networks that reuse one layer store it under up to 48 names (ALBERT). */
const MAX_SHARED = 64

/** For files of any size: MoCo v2 with all weights zero. Reading this takes a second. */
const MAX_TOTAL_BYTES = 512 * 1024 * 1024

/** Each takes half a kilobyte of memory, for five bytes of pickle. The same limit as for a zip archive's storages. */
const MAX_TENSORS = 250_000

/** The rest of a file's budget; each tensor counts under each of its names. */
export class Total {
  readonly most: number
  readonly #source: string
  #left: number
  #tensors = 0

  /**
   * @param size of the file, in bytes
   * @param source the file's name, for messages
   */
  constructor(size: number, source: string) {
    this.#source = source
    this.most = MAX_SHARED * size + MAX_TOTAL_BYTES
    this.#left = this.most
  }

  get left(): number {
    return this.#left
  }

  /** @returns whether enough was left */
  take(cost: number): boolean {
    if (cost > this.#left) return false
    this.#left -= cost
    return true
  }

  /**
   * Returns the tensor, or one that cannot be read if the budget is used up.
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
