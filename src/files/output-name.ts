/** Compares the extension of an output's name with the kind of file that is written. */
import { UsageError } from '../errors.ts'

/** What this program writes to a file. */
export type OutputKind = 'backbone' | 'config' | 'report' | 'filters' | 'picture'

interface Kind {
  readonly is: string
  /** File extensions; messages suggest the first. */
  readonly endings: readonly string[]
}

const KINDS: Readonly<Record<OutputKind, Kind>> = {
  backbone: {
    is: 'a PyTorch checkpoint',
    endings: ['pth', 'pt', 'bin', 'ckpt', 'torch', 'pkl', 'tar', 'safetensors'],
  },
  config: { is: 'a Python file', endings: ['py'] },
  report: { is: 'a web page', endings: ['html', 'htm'] },
  picture: { is: 'an SVG picture', endings: ['svg'] },
  filters: { is: 'a PNG picture', endings: ['png'] },
}

/** Extensions of files that this program never writes. */
const OTHERS: Readonly<Record<string, string>> = {
  safetensor: 'a safetensors file',
  json: 'a JSON file',
  jsonl: 'a JSON file',
  yaml: 'a YAML file',
  yml: 'a YAML file',
  txt: 'a text file',
  log: 'a text file',
  md: 'a text file',
  csv: 'a table',
  ipynb: 'a notebook',
  onnx: 'an ONNX model',
  h5: 'an HDF5 file',
  hdf5: 'an HDF5 file',
  keras: 'a Keras model',
  pb: 'a TensorFlow model',
  tflite: 'a TensorFlow Lite model',
  gguf: 'a GGUF file',
  npy: 'a NumPy array',
  npz: 'a NumPy archive',
  mat: 'a MATLAB file',
  msgpack: 'a MessagePack file',
  jpg: 'a JPEG picture',
  jpeg: 'a JPEG picture',
  gif: 'a GIF picture',
  pdf: 'a PDF file',
  gz: 'a compressed file',
  tgz: 'a compressed archive',
  bz2: 'a compressed file',
  xz: 'a compressed file',
  zst: 'a compressed file',
}

/** The kind that a file extension stands for, or the extension of a file that this program never writes. */
export type NamedKind = OutputKind | (string & {})

/** @returns undefined for an unknown extension or none: such a name is accepted for any kind */
export function kindInName(path: string): NamedKind | undefined {
  const ending = /\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase()
  if (ending === undefined) return undefined
  const found = Object.entries(KINDS).find(([, { endings }]) => endings.includes(ending))
  return found?.[0] ?? (Object.hasOwn(OTHERS, ending) ? ending : undefined)
}

/** The error for a name that suggests another kind of file than the one to be written. */
export function wrongName(path: string, named: NamedKind, kind: OutputKind): UsageError {
  const is = KINDS[named as OutputKind]?.is ?? OTHERS[named]
  const { is: written, endings } = KINDS[kind]
  return new UsageError(
    `${path} is named like ${is}, but ${written} would be written to it.`,
    `To write ${written}, end the name in .${endings[0]}.`,
  )
}

/** @throws UsageError when the name suggests another kind of file */
export function checkOutputName(path: string, kind: OutputKind): void {
  const named = kindInName(path)
  if (named !== undefined && named !== kind) throw wrongName(path, named, kind)
}
