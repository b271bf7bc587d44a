/** A tensor, independent of the file format: a type, a shape, and bytes that are still in the file. */
import { DTYPES, type DType } from './dtype.ts'

/** A tensor whose values are still in the file: they are read when they are asked for. */
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
   * @throws FormatError when the file is damaged: a checksum does not fit, or the data ends too early
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
 * What a name in a pickle could do when somebody loads it with Python: run code, start programs, reach files (`dangerous`);
 * load further pickles or make functions (`suspicious`); run a class of the training code (`unknown`); nothing (`harmless`).
 */
export type Severity = 'dangerous' | 'suspicious' | 'unknown' | 'harmless'

/** Something that a pickle names and this program does not call: a class of the training code, a NumPy scalar. */
export interface ForeignGlobal {
  /** `module.name`, as the pickle has it. */
  readonly name: string
  /** How often an unpickler would call it. */
  readonly calls: number
  readonly severity: Severity
}

/**
 * Whether `torch.load`, and so MMDetection, reads a file as it is; `lately`: only newer versions do; `elsewhere`:
 * that depends on code that it names; `misnamed`: not under this name, which `verifyFile` finds.
 */
export type TorchLoads = 'always' | 'lately' | 'elsewhere' | 'never' | 'misnamed'

/** An object that was pickled as it was, with tensors in it: what its class makes of them, only its own code could say. */
export interface WholeObject {
  /** As that of a section; '' is the top. */
  readonly path: string
  /** The way to it in Python, behind what `torch.load` returns: `["model"]`. */
  readonly python: string
  /** `module.name`, as the pickle has it. */
  readonly class: string
  /** True for a network, which has a `state_dict()`. */
  readonly isModule: boolean
}

/** An open checkpoint. Opening it reads no tensor bytes and runs no code. */
export interface Checkpoint {
  /** The container, in words: `PyTorch zip archive`. */
  readonly format: string
  readonly torchLoads: TorchLoads
  /**
   * Why PyTorch 2.6 and later, whose default is `weights_only=True`, refuse the file, in words that follow "refuse it:"; undefined
   * where they do not.
   */
  readonly refusedByDefault?: string | undefined
  /** Which PyTorch versions write such files, in words. */
  readonly era: string
  /** Who wrote it, where the file says so: `PyTorch Lightning 1.5.10`. */
  readonly framework?: string | undefined
  readonly source: string
  /** Size of the file in bytes. */
  readonly size: number
  /**
   * Every dictionary that holds tensors, by its dotted path (`state_dict`, `optimizer.state`; '' is the top level), in the order of
   * the file. In a list or a tuple, or under a number, a step is that number (`models.1`), and for an attribute of a plain object
   * such as `argparse.Namespace` it begins with an `@` (`@model`); there, only what looks like a network counts. Where two have the
   * same path, the second ends in `#2`.
   */
  readonly sections: ReadonlyMap<string, StateDict>
  /** What lies among the tensors of a section and is none, in Python's words, by its path and name: `{'': {'bn1.bias': '5'}}`. */
  readonly nonTensors?: ReadonlyMap<string, ReadonlyMap<string, string>>
  /** The first objects with tensors in them whose class is no plain container: they are no sections, and not looked into. */
  readonly objects?: readonly WholeObject[]
  /** What the file holds at its top, in Python's words: `a dict of 4`. */
  readonly holds: string
  /** Plain values beside the tensors at the top level: `epoch`, `arch`. */
  readonly facts: ReadonlyMap<string, string | number | boolean>
  /** What the file names that is no part of tensors and plain containers; inert here. */
  readonly foreign: readonly ForeignGlobal[]
  /** Oddities that do no harm but should be known. */
  readonly notes: readonly string[]
  close(): Promise<void>
}

/** What a file names of these severities, in its order. */
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
    // A zero anywhere makes the whole empty, however large the rest.
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
