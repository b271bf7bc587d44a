/** Which format a file is of, by its content; and for other files, what they seem to be. */
import { type ByteSource, readBytes } from '../bytes/source.ts'
import { FormatError, UnsupportedError } from '../errors.ts'
import type { Checkpoint } from '../tensor/tensor.ts'
import type { Format } from './format.ts'

const HEAD_LENGTH = 512

/**
 * Opens a checkpoint of any of the given formats.
 * @throws FormatError when the file is of none of them, or damaged
 * @throws UnsupportedError when it is a checkpoint of a kind that cannot be read yet
 */
export async function openWith(formats: readonly Format[], source: ByteSource): Promise<Checkpoint> {
  const head = await readBytes(source, 0, Math.min(HEAD_LENGTH, source.size))
  const format = formats.find(candidate => candidate.sniff(head))
  if (format) return format.open(source)
  throw describeStranger(source, head)
}

interface Stranger {
  readonly is: string
  readonly matches: (head: Uint8Array) => boolean
  readonly advice: string
  /** A checkpoint that we cannot read, rather than no checkpoint at all. */
  readonly unsupported?: true
}

const DOWNLOAD = 'Download the checkpoint itself: the address may have led to a page about it or to an error.'

const STRANGERS: readonly Stranger[] = [
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
  {
    is: 'gzip-compressed data',
    matches: starts(0x1f, 0x8b),
    advice: 'Unpack it first (gunzip), then convert what is inside.',
    unsupported: true,
  },
  { is: 'a 7z archive', matches: starts(0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c), advice: 'Unpack it first.' },
  {
    is: 'a tar archive, perhaps a checkpoint of PyTorch before 0.1.10',
    matches: head => ascii(head.subarray(257, 262)) === 'ustar',
    advice: 'If there is a checkpoint inside, unpack it first (tar xf) and convert that file.',
    unsupported: true,
  },
  {
    is: 'a safetensors file',
    matches: head => head.length > 8 && head[8] === 0x7b && head.subarray(4, 8).every(byte => byte === 0),
    advice: 'In Python: torch.save(safetensors.torch.load_file(path), new_path), then convert the new file.',
    unsupported: true,
  },
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

function describeStranger(source: ByteSource, head: Uint8Array): Error {
  const stranger = STRANGERS.find(candidate => candidate.matches(head))
  const expected = 'expected a PyTorch checkpoint (a zip archive or a legacy stream)'
  if (stranger?.unsupported)
    return new UnsupportedError(`${source.name} is ${stranger.is}, which cannot be read.`, stranger.advice)
  const found = stranger?.is ?? `something unknown that begins with ${hex(head.subarray(0, 16))}`
  return new FormatError(
    { source: source.name },
    `${expected}, found ${found}.`,
    stranger?.advice ?? 'Check that this is the file you mean, and that it arrived whole.',
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
