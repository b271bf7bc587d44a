/** A tensor in any file format: a type, a shape, and bytes that are still in the file. */
import { DTYPES, type DType } from './dtype.ts'

/** A tensor whose values are still in the file and are read on demand. */
export interface Tensor {
  readonly dtype: DType
  readonly shape: readonly number[]
  /** For messages: where the bytes are, such as `moco.pth.tar!archive/data/17`. */
  readonly origin: string
  /** Why the values cannot be read, if so: a sparse, quantized or meta tensor. Then `copyTo` throws. */
  readonly unreadable?: string
  /**
   * Passes all bytes to `write`, contiguous, row-major and little-endian, chunk by chunk and in order. A chunk is valid until
   * the promise that `write` returned is fulfilled.
   * @returns the CRC-32 of all bytes
   * @throws FormatError when the file is damaged: a checksum does not match, or the data ends too early
   * @throws UnsupportedError when the tensor is `unreadable`
   */
  copyTo(write: (chunk: Uint8Array) => Promise<void>): Promise<number>
  /**
   * Announces that `copyTo` will be called soon, after those of the tensors announced before, so that a remote source can download the
   * bytes in advance. Missing for local sources.
   */
  announce?(): void
  /** The value of all elements, if they are equal. */
  readonly element?: Tensor | undefined
  /**
   * The rows along axis 0 from `from` to `to` (exclusive). Missing if they cannot be read without the others, or if damage to them
   * could not be detected.
   */
  rows?(from: number, to: number): Tensor
}

/** Tensors by name, in the order of the file. */
export type StateDict = ReadonlyMap<string, Tensor>

/**
 * What a name in a pickle could do if Python loaded it: run code, start programs, access files (`dangerous`); load further
 * pickles or create functions (`suspicious`); run a class of the training code (`unknown`); nothing (`harmless`).
 */
export type Severity = 'dangerous' | 'suspicious' | 'unknown' | 'harmless'

/** A name in a pickle that this program does not call: a class of the training code, a NumPy scalar. */
export interface ForeignGlobal {
  /** `module.name`, as in the pickle. */
  readonly name: string
  /** How often an unpickler would call it. */
  readonly calls: number
  readonly severity: Severity
}

/**
 * Whether `torch.load`, and so MMDetection, can load a file; `lately`: only newer versions do; `elsewhere`: depends on other
 * code that the file needs; `misnamed`: not with this file extension (only found by `verifyFile`).
 */
export type TorchLoads = 'always' | 'lately' | 'elsewhere' | 'never' | 'misnamed'

/** A pickled object that contains tensors; only its own code knows what they mean. */
export interface WholeObject {
  /** Like a section's path; '' is the top level. */
  readonly path: string
  /** The Python expression for it, to append to the result of `torch.load`: `["model"]`. */
  readonly python: string
  /** `module.name`, as in the pickle. */
  readonly class: string
  /** True for a network, which has a `state_dict()`. */
  readonly isModule: boolean
}

/** An open checkpoint. Opening it reads no tensor bytes and runs no code. */
export interface Checkpoint {
  /** The container, for messages: `PyTorch zip archive`. */
  readonly format: string
  readonly torchLoads: TorchLoads
  /**
   * Why PyTorch 2.6 and later, whose default is `weights_only=True`, refuse the file; follows "refuse it:"; undefined if they
   * accept it.
   */
  readonly refusedByDefault?: string | undefined
  /** The PyTorch versions that write such files, for messages. */
  readonly era: string
  /** The framework that wrote it, if known: `PyTorch Lightning 1.5.10`. */
  readonly framework?: string | undefined
  readonly source: string
  /** Size of the file in bytes. */
  readonly size: number
  /**
   * Every dictionary that contains tensors, by its dotted path (`state_dict`, `optimizer.state`; '' is the top level), in the
   * order of the file. In a list or a tuple, or under a number, a step is that number (`models.1`), and for an attribute of a
   * plain object such as `argparse.Namespace` it begins with an `@` (`@model`); there, only dictionaries that look like a
   * network count. If two have the same path, the second ends in `#2`.
   */
  readonly sections: ReadonlyMap<string, StateDict>
  /**
   * Values among a section's tensors that are not tensors, as Python prints them, by path and name: `{'': {'bn1.bias': '5'}}`.
   */
  readonly nonTensors?: ReadonlyMap<string, ReadonlyMap<string, string>>
  /**
   * The first objects with tensors whose class is not a plain container: they are not sections, and their contents are not read.
   */
  readonly objects?: readonly WholeObject[]
  /** The file's top-level value, in Python's words: `a dict of 4`. */
  readonly holds: string
  /** Plain values next to the tensors at the top level: `epoch`, `arch`. */
  readonly facts: ReadonlyMap<string, string | number | boolean>
  /** Names in the file that do not belong to tensors and plain containers; they have no effect here. */
  readonly foreign: readonly ForeignGlobal[]
  /** Harmless peculiarities that users should know. */
  readonly notes: readonly string[]
  close(): Promise<void>
}

/** The file's names of these severities, in order. */
export function foreignNames(
  { foreign }: Pick<Checkpoint, 'foreign'>,
  ...severities: readonly Severity[]
): string[] {
  return foreign.filter(({ severity }) => severities.includes(severity)).map(({ name }) => name)
}

/** Announces tensors in the order in which they will be copied: call it before copying several. */
export function announceAll(state: StateDict): void {
  for (const tensor of state.values()) tensor.announce?.()
}

/** The number of elements of a shape; NaN when it is too large to count exactly. */
export function elementCount(shape: readonly number[]): number {
  let count = 1
  for (let axis = 0; axis < shape.length; axis++) {
    // A single zero makes the tensor empty, however large the other sizes are.
    if (shape[axis] === 0) return 0
    count *= shape[axis]!
  }
  return Number.isSafeInteger(count) ? count : Number.NaN
}

/** The size of the contiguous tensor in bytes. */
export function byteLength(tensor: { readonly dtype: DType; readonly shape: readonly number[] }): number {
  return elementCount(tensor.shape) * DTYPES[tensor.dtype].size
}

/** Strides, in elements, of a contiguous row-major tensor. */
export function contiguousStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length)
  let step = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step
    step *= Math.max(shape[axis]!, 1)
  }
  return strides
}
