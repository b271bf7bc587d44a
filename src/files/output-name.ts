/** What the name of an output says, held against what is written into it. */
import { UsageError } from '../errors.ts'

/** What this program writes to a file. */
export type OutputKind = 'backbone' | 'config' | 'report' | 'filters' | 'picture'

interface Kind {
  readonly is: string
  /** The endings of its names; the first is the one to advise. */
  readonly endings: readonly string[]
  /** How a file of this kind is asked for. */
  readonly asked: (path: string) => string
}

const KINDS: Readonly<Record<OutputKind, Kind>> = {
  backbone: {
    is: 'a PyTorch checkpoint',
    endings: ['pth', 'pt', 'bin', 'ckpt', 'torch', 'pkl', 'tar', 'safetensors'],
    asked: path =>
      `A backbone is written with: selfsup2mmdet <input> ${path}; an existing one is named with --checkpoint.`,
  },
  config: {
    is: 'a Python file',
    endings: ['py'],
    asked: path => `Did you mean --config ${path}? It writes the MMDetection config.`,
  },
  report: {
    is: 'a web page',
    endings: ['html', 'htm'],
    asked: path => `Did you mean selfsup2mmdet probe <input> --report ${path}?`,
  },
  picture: {
    is: 'an SVG picture',
    endings: ['svg'],
    asked: path => `Did you mean selfsup2mmdet inspect <input> --picture ${path}?`,
  },
  filters: {
    is: 'a picture',
    endings: ['png'],
    asked: path => `Did you mean selfsup2mmdet probe <input> --filters ${path}?`,
  },
}

/** Endings of files that this program never writes. */
const OTHERS: Readonly<Record<string, string>> = {
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

const JSON_ADVICE = 'To keep the result as JSON: --json > '

/**
 * Names with an ending that is not known, or without one, are taken for what they are given for.
 * @throws UsageError when the name of an output says that it is something else
 */
export function checkOutputName(path: string, kind: OutputKind): void {
  const ending = /\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase()
  if (ending === undefined || KINDS[kind].endings.includes(ending)) return
  const meant = Object.values(KINDS).find(({ endings }) => endings.includes(ending))
  const is = meant?.is ?? (Object.hasOwn(OTHERS, ending) ? OTHERS[ending] : undefined)
  if (is === undefined) return
  const asked = meant ? `${meant.asked(path)} ` : ending === 'json' ? `${JSON_ADVICE}${path}. ` : ''
  throw new UsageError(
    `${path} is named like ${is}, but ${KINDS[kind].is} would be written to it.`,
    `${asked}Otherwise end the name in .${KINDS[kind].endings[0]}.`,
  )
}
