/** What every container of tensors looks like to the rest of the program. */
import type { ByteSource } from '../bytes/source.ts'
import type { Checkpoint } from '../tensor/tensor.ts'

export interface Format {
  /** In words, for people: `PyTorch zip archive`. */
  readonly name: string
  /** Whether a file that begins with these bytes is of this format; judged by content only. */
  sniff(head: Uint8Array): boolean
  /**
   * Reads names, types and shapes; no tensor bytes.
   * @throws FormatError, UnsupportedError
   */
  open(source: ByteSource): Promise<Checkpoint>
}
