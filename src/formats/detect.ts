/** Which format a file is of, by its content; and for other files, what they seem to be. */
import { memorySink } from '../bytes/sink.ts'
import { type ByteSource, memorySource, readBytes } from '../bytes/source.ts'
import { FormatError, UnsupportedError } from '../errors.ts'
import { mayBeTarHeader } from '../tar/read.ts'
import type { Checkpoint } from '../tensor/tensor.ts'
import { HEAD_LENGTH, unowned } from './archive.ts'
import type { Format, OpenContext, OwnedSource, Surroundings } from './format.ts'
import { recognised } from './stream-head.ts'
import { Allowance } from './unpack-limit.ts'

/** A checkpoint in a tar archive, compressed, in a zip archive: nobody packs more than that. */
const MAX_DEPTH = 3

/**
 * Opens a checkpoint of any of the given formats.
 * @throws FormatError when the file is of none of them, or damaged
 * @throws UnsupportedError when it is a checkpoint of a kind that cannot be read yet, or unpacks to too much
 */
export function openWith(
  formats: readonly Format[],
  source: ByteSource,
  surroundings: Surroundings,
): Promise<Checkpoint> {
  const allowance = new Allowance()
  const { keep = keepInMemory, beside } = surroundings
  allowance.grow(source.size)
  return openAtDepth(formats, source, 0, {
    ...surroundings,
    keep: (name, chunks) => keep(name, allowance.limit(name, chunks)),
    limit: (name, chunks) => allowance.limit(name, chunks),
    ...(beside && {
      async beside(name) {
        const file = await beside(name)
        allowance.grow(file.size)
        return file
      },
    }),
  })
}

/**
 * A stream that a checkpoint is to be opened of: the same chunks, once they are seen to begin as one does.
 * @throws (when read) what opening such a file throws
 */
export function recogniseWith(
  formats: readonly Format[],
  name: string,
  chunks: AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> {
  return recognised(name, chunks, {
    couldOpen: head => formats.some(candidate => candidate.sniff(head)),
    openInner: source => openWith(formats, source, {}),
  })
}

/** Zip archives are what PyTorch tries before tar archives; whatever else a tar archive may be, it takes it for that. */
const BEFORE_TAR: readonly string[] = ['zip archive', 'tar archive']

/** @param depth how many wrappers (an archive, compression) lie around it */
async function openAtDepth(
  formats: readonly Format[],
  source: ByteSource,
  depth: number,
  around: Omit<OpenContext, 'openInner' | 'couldOpen'>,
): Promise<Checkpoint> {
  const head = await readBytes(source, 0, Math.min(HEAD_LENGTH, source.size))
  const format = formats.find(candidate => candidate.sniff(head))
  if (!format) throw explainUnknown(source, head)
  if (!BEFORE_TAR.includes(format.name) && mayBeTarHeader(head))
    throw new FormatError(
      { source: source.name },
      `the file is a ${format.name} and a tar archive at once, and PyTorch would read the latter.`,
      'It was made to look like another file than it is: do not load it.',
    )
  if (depth > MAX_DEPTH)
    throw new FormatError(
      { source: source.name },
      'one archive lies in another, and so on.',
      'Unpack it first.',
    )
  // What lies in an archive has no folder around it.
  const { beside, ...inside } = around
  const context: OpenContext = {
    ...around,
    openInner: inner => openAtDepth(formats, inner, depth + 1, inside),
    couldOpen: (first, inArchive = false) =>
      formats.some(candidate => candidate.sniff(first) && !(inArchive && candidate.needsFolder)),
  }
  return format.open(source, context)
}

/** Where there is no disk to unpack to. */
const MAX_IN_MEMORY = 1024 * 1024 * 1024

async function keepInMemory(name: string, chunks: AsyncIterable<Uint8Array>): Promise<OwnedSource> {
  const sink = memorySink(name)
  for await (const chunk of chunks) {
    await sink.write(chunk)
    if (sink.position > MAX_IN_MEMORY)
      throw new UnsupportedError(
        `${name} is more than ${MAX_IN_MEMORY} bytes, which is too much to keep in memory.`,
        'Unpack it first.',
      )
  }
  return unowned(memorySource(sink.bytes(), name))
}

interface Lookalike {
  readonly is: string
  readonly matches: (head: Uint8Array) => boolean
  readonly advice: string
  /** A checkpoint that we cannot read, rather than no checkpoint at all. */
  readonly unsupported?: true
}

const DOWNLOAD = 'Download the checkpoint itself: the address may have led to a page about it or to an error.'

const LOOKALIKES: readonly Lookalike[] = [
  { is: 'an empty file', matches: head => head.length === 0, advice: 'Download it again.' },
  {
    is: 'a web page, most likely an error message or a sign-in form',
    matches: head => /^\s*<(!doctype|html|\?xml|head|body)/i.test(ascii(head)),
    advice: DOWNLOAD,
  },
  {
    is: 'a Git LFS pointer, which stands for the checkpoint in a repository',
    matches: head => ascii(head).startsWith('version https://git-lfs.github.com/spec/'),
    advice: 'Run `git lfs pull` in that repository to get the checkpoint itself.',
  },
  { is: 'a 7z archive', matches: starts(0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c), advice: 'Unpack it first.' },
  {
    is: 'a preview-release archive of PyTorch 1.0',
    matches: head => ascii(head).startsWith('PYTORCH1'),
    advice: 'No released PyTorch can read it: save it again from the version that wrote it.',
    unsupported: true,
  },
  {
    is: 'an HDF5 file',
    matches: starts(0x89, 0x48, 0x44, 0x46),
    advice: 'Keras writes such files; a PyTorch checkpoint is needed.',
  },
  { is: 'a PNG image', matches: starts(0x89, 0x50, 0x4e, 0x47), advice: DOWNLOAD },
  { is: 'a JPEG image', matches: starts(0xff, 0xd8, 0xff), advice: DOWNLOAD },
  { is: 'a GIF image', matches: head => ascii(head).startsWith('GIF8'), advice: DOWNLOAD },
  { is: 'a PDF document', matches: head => ascii(head).startsWith('%PDF'), advice: DOWNLOAD },
  {
    is: 'a plain pickle, as Detectron2 and the d2 converters write it',
    matches: head => head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5,
    advice: 'Take the original checkpoint of the method instead, from before such a conversion.',
    unsupported: true,
  },
  { is: 'a text file', matches: head => /^[\t\n\r\x20-\x7e]+$/.test(ascii(head)), advice: DOWNLOAD },
  {
    is: 'nothing but zero bytes',
    matches: head => head.every(byte => byte === 0),
    advice: 'Download it again.',
  },
]

function explainUnknown(source: ByteSource, head: Uint8Array): Error {
  const lookalike = LOOKALIKES.find(candidate => candidate.matches(head))
  const expected = 'expected a PyTorch checkpoint or a safetensors file'
  if (lookalike?.unsupported)
    return new UnsupportedError(`${source.name} is ${lookalike.is}, which cannot be read.`, lookalike.advice)
  const found = lookalike?.is ?? `something unknown that begins with ${hex(head.subarray(0, 16))}`
  return new FormatError(
    { source: source.name },
    `${expected}, found ${found}.`,
    lookalike?.advice ?? 'Check that this is the file you mean, and that it arrived whole.',
  )
}

function starts(...bytes: number[]): (head: Uint8Array) => boolean {
  return head => bytes.every((byte, index) => head[index] === byte)
}

function ascii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join(' ')
}
