/** Pickles without a container: what they contain, and how to put their tensors into a checkpoint. */

import { type ByteSource, readBytes } from '../bytes/source.ts'
import { shellPath, shellWord } from '../bytes/text.ts'
import { ToolError } from '../errors.ts'
import { decodePickle, type Pickle } from '../pickle/decode.ts'
import { limitsFor } from '../pickle/limits.ts'
import { Call, Tuple } from '../pickle/values.ts'
import { fileOf } from './lookalikes.ts'
import { describeTop } from './torch/contents/top-level.ts'

/** What a plain pickle is (follows "is"), and what to do. */
export interface PlainPickle {
  readonly is: string
  readonly advice: string | readonly string[]
}

const FIRST_PROTOCOL = 2
const LAST_PROTOCOL = 5

/** Protocols 0 and 1 begin directly with the value: a dict, a list, a tuple, a name. */
const OLD_STARTS = ['(d', '(l', '(t', '}', ']', '(', 'c']

/** @returns undefined if it is not a pickle */
export async function readPlainPickle(
  source: ByteSource,
  head: Uint8Array,
): Promise<PlainPickle | undefined> {
  const claims = head[0] === 0x80 && head[1]! >= FIRST_PROTOCOL && head[1]! <= LAST_PROTOCOL
  const start = String.fromCharCode(...head.subarray(0, 2))
  if (!claims && !OLD_STARTS.some(old => start.startsWith(old))) return undefined
  const pickle = await decoded(source)
  // Any text that begins with a bracket might be a pickle: only a complete one counts.
  if (!claims && pickle?.end !== source.size) return undefined
  const text = await beginning(source)
  const kind = KINDS.find(({ matches }) => matches(text, pickle))!
  const top = pickle && !(pickle.value instanceof Call) ? ` (${describeTop(pickle.value)})` : ''
  return { is: kind.is.replace('%', top), advice: kind.advice(fileOf(source.name)) }
}

/** Of larger pickles, only the beginning is read. */
const SMALL = 64 * 1024 * 1024

async function decoded(source: ByteSource): Promise<Pickle | undefined> {
  if (source.size > SMALL) return undefined
  try {
    return await decodePickle(source, 0, undefined, limitsFor(source.size))
  } catch (error) {
    if (error instanceof ToolError) return undefined
    throw error
  }
}

async function beginning(source: ByteSource): Promise<string> {
  const bytes = await readBytes(source, 0, Math.min(64 * 1024, source.size))
  return Array.from({ length: Math.ceil(bytes.length / 4096) }, (_, part) =>
    String.fromCharCode(...bytes.subarray(4096 * part, 4096 * (part + 1))),
  ).join('')
}

interface Kind {
  /** `%` is replaced by the kind of the top-level value. */
  readonly is: string
  readonly matches: (text: string, pickle: Pickle | undefined) => boolean
  readonly advice: (file: string) => readonly string[]
}

const TRUST = 'If you trust the file (loading it runs its code)'

function load(file: string, imports: string, save: (loaded: string) => string): string {
  const loaded = `pickle.load(open(${JSON.stringify(file)}, "rb"))`
  return `  python -c ${shellWord(`import pickle, ${imports}; torch.save(${save(loaded)}, "checkpoint.pth")`)}`
}

/** The command to pack a file's folder with its name: PyTorch requires all records in one folder. */
function packFolderOf(file: string): string {
  const [, parent, name] = /^(?:(.*)\/)?([^/]+)\/[^/]+$/s.exec(file) ?? []
  if (name === undefined || name.startsWith('.'))
    return '  (cd .. && zip -0 -r checkpoint.pth "$(basename "$OLDPWD")")'
  const pack = `zip -0 -r checkpoint.pth ${shellPath(name)}`
  return parent === undefined && !file.startsWith('/')
    ? `  ${pack}`
    : `  (cd ${shellPath(parent || '/')} && ${pack})`
}

const KINDS: readonly Kind[] = [
  {
    is: 'only the data.pkl of a checkpoint, whose tensors are in other files',
    matches: (_, pickle) =>
      pickle?.persistent.some(({ id }) => id instanceof Tuple && id.items[0] === 'storage') ?? false,
    advice: file => [
      'It needs the folder data/ next to it. If that folder is there, pack both again:',
      packFolderOf(file),
    ],
  },
  {
    is: 'a joblib file',
    matches: text => /joblib\.numpy_pickle/.test(text),
    advice: file => [
      `${TRUST} and it contains a network's state dict, save that with PyTorch:`,
      `  python -c ${shellWord(`import joblib, torch; torch.save(joblib.load(${JSON.stringify(file)}), "checkpoint.pth")`)}`,
    ],
  },
  {
    is: 'a plain pickle, as written by Detectron2 and its converters',
    matches: (_, pickle) =>
      pickle?.value instanceof Map &&
      pickle.value.has('model') &&
      (pickle.value.has('matching_heuristics') || pickle.value.has('__author__')),
    advice: () => ['Use the original checkpoint of the method instead.'],
  },
  {
    is: 'a whole network that was pickled without torch.save%',
    matches: text => /torch\.nn\.modules|\.container\b.*Sequential/s.test(text),
    advice: file => [
      `${TRUST}, save its state dict:`,
      load(file, 'torch', loaded => `${loaded}.state_dict()`),
    ],
  },
  {
    is: 'tensors that were pickled without torch.save%',
    matches: text => /torch\._utils|torch\.storage|torch\._tensor|_load_from_bytes/.test(text),
    advice: file => [`${TRUST}, save them with PyTorch:`, load(file, 'torch', loaded => loaded)],
  },
  {
    is: 'a pickle of NumPy arrays%',
    matches: text => /numpy/.test(text),
    advice: file => [
      `${TRUST} and its arrays have the names of a PyTorch network, save them with PyTorch:`,
      load(file, 'numpy, torch', loaded => `{k: torch.as_tensor(v) for k, v in ${loaded}.items()}`),
    ],
  },
  {
    is: 'a pickle of something other than tensors%',
    matches: () => true,
    advice: () => ['Check that this is the file you mean: a checkpoint is written by torch.save.'],
  },
]
