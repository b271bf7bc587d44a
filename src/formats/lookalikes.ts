/**
 * Files that people mistake for checkpoints, recognised by their first bytes or the names in an archive: what they are, and
 * what to do. Rows are tried in order. The first bytes are enough to name a format, but not to trust it.
 */
import { shellWord } from '../bytes/text.ts'

export interface Lookalike {
  /** After "found" or "is": `an ONNX model`. */
  readonly is: string
  /** Whether a file that begins like this is one. */
  readonly begins?: (head: Uint8Array) => boolean
  /** Whether an archive with these file names is one. */
  readonly members?: (names: readonly string[]) => boolean
  /** @param file what to call the file in a command */
  readonly advice: string | ((file: string) => string | readonly string[])
  /** A checkpoint that we cannot read, not something else. */
  readonly unsupported?: true
}

const DOWNLOAD =
  'Use the checkpoint itself. If this file was downloaded, the URL may have been that of a page about the checkpoint, or of an error message.'
const ORIGINAL = 'Use the PyTorch checkpoint that it was made from.'
const AGAIN = 'Download it again.'

/** The file itself is inside, compressed in a way that Node does not support. */
function compressed(is: string, program: string, ...magic: number[]): Lookalike {
  return {
    is,
    begins: starts(...magic),
    advice: file => [
      'Unpack it, and convert the result:',
      `  ${program} ${shellWord(file)} > checkpoint.pth`,
    ],
  }
}

function python(file: string, imports: string, lines: (path: string) => string): string {
  return `  python -c ${shellWord(`import ${imports}; ${lines(JSON.stringify(file))}`)}`
}

export const LOOKALIKES: readonly Lookalike[] = [
  { is: 'an empty file', begins: head => head.length === 0, advice: AGAIN },
  { is: 'nothing but zero bytes', begins: head => head.every(byte => byte === 0), advice: AGAIN },
  {
    is: 'a web page, most likely an error message or a sign-in form',
    begins: head => /^\s*<(!doctype|html|\?xml|head|body)/i.test(ascii(head)),
    advice: DOWNLOAD,
  },
  {
    is: 'a Git LFS pointer, not the checkpoint itself',
    begins: text('version https://git-lfs.github.com/spec/'),
    advice: 'Run `git lfs pull` in that repository to get the checkpoint itself.',
  },
  {
    is: 'a 7z archive',
    begins: starts(0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c),
    advice: file => ['Unpack it, and convert the result:', `  7z x ${shellWord(file)}`],
  },
  {
    is: 'a RAR archive',
    begins: text('Rar!\x1a\x07'),
    advice: file => ['Unpack it, and convert the result:', `  unrar x ${shellWord(file)}`],
  },
  compressed('a file compressed with bzip2', 'bunzip2 -c', 0x42, 0x5a, 0x68),
  compressed('a file compressed with xz', 'unxz -c', 0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00),
  compressed('a file compressed with zstd', 'unzstd -c', 0x28, 0xb5, 0x2f, 0xfd),
  compressed('a file compressed with LZ4', 'unlz4 -c', 0x04, 0x22, 0x4d, 0x18),
  {
    is: 'a preview-release archive of PyTorch 1.0',
    begins: text('PYTORCH1'),
    advice: 'No released PyTorch can read it: save it again from the version that wrote it.',
    unsupported: true,
  },
  {
    is: 'a NumPy array (.npy)',
    begins: text('\x93NUMPY'),
    advice: 'One array is not a network: use the checkpoint with all its tensors and their names.',
  },
  {
    // Some programs use Windows' separator in archives: Compress-Archive of PowerShell 5, programs of the .NET Framework.
    is: 'a checkpoint that was unpacked, and packed again with backslashes in its names',
    members: names => names.some(name => /(^|\\)data\.pkl$/.test(name) && name.includes('\\')),
    advice: file => [
      'This writes the names as PyTorch does; convert its output:',
      python(
        file,
        'zipfile',
        path =>
          `a = zipfile.ZipFile(${path}); b = zipfile.ZipFile("checkpoint.pth", "w"); [b.writestr(i.filename.replace(chr(92), "/"), a.read(i)) for i in a.infolist()]; b.close()`,
      ),
    ],
  },
  {
    // A zip archive of these files can be read directly.
    is: 'a tar archive of a checkpoint that was unpacked',
    members: names => names.some(name => /(^|\/)data\.pkl$/.test(name)),
    advice: file => [
      'This packs it as PyTorch does; convert its output:',
      python(
        // Python decompresses such an archive itself.
        file.split('!')[0]!,
        'tarfile, zipfile',
        path =>
          `a = tarfile.open(${path}); b = zipfile.ZipFile("checkpoint.pth", "w"); [b.writestr(m.name, a.extractfile(m).read()) for m in a if m.isfile()]; b.close()`,
      ),
    ],
  },
  {
    is: 'an archive of NumPy arrays (.npz)',
    members: names => names.every(name => name.endsWith('.npy')),
    advice: file => [
      'If the arrays have the names of a PyTorch network, save them with PyTorch, and convert that:',
      python(
        file,
        'numpy, torch',
        path =>
          `torch.save({k: torch.from_numpy(v) for k, v in numpy.load(${path}).items()}, "checkpoint.pth")`,
      ),
    ],
    unsupported: true,
  },
  {
    is: 'a Keras 3 model',
    members: names => names.includes('config.json') && names.some(name => name.endsWith('.weights.h5')),
    advice: `Keras has different layers and names. ${ORIGINAL}`,
  },
  {
    is: 'an HDF5 file, as Keras and MATLAB write them',
    begins: starts(0x89, 0x48, 0x44, 0x46),
    advice: `Its tensor names are not the ones that PyTorch uses. ${ORIGINAL}`,
  },
  { is: 'a MATLAB file', begins: text('MATLAB '), advice: ORIGINAL },
  {
    is: 'a Torch7 file (.t7)',
    begins: head => [3, 4].includes(head[0]!) && starts(0, 0, 0, 1, 0, 0, 0)(head.subarray(1)),
    advice:
      'PyTorch itself reads them up to version 0.4 (torch.utils.serialization.load_lua): save it again from there.',
    unsupported: true,
  },
  {
    is: 'a TensorFlow Lite model',
    begins: head => ascii(head.subarray(4, 8)) === 'TFL3',
    advice: ORIGINAL,
  },
  {
    is: 'a TensorFlow SavedModel',
    members: names => names.some(name => /(^|\/)saved_model\.pb(txt)?$/.test(name)),
    advice: `TensorFlow has different names and layouts. ${ORIGINAL}`,
  },
  {
    is: 'a TensorFlow checkpoint',
    members: names => names.some(name => /\.data-\d{5}-of-\d{5}$/.test(name)),
    advice: `TensorFlow has different names and layouts. ${ORIGINAL}`,
  },
  {
    is: "a list of TensorFlow's checkpoints",
    begins: text('model_checkpoint_path:'),
    advice: `TensorFlow has different names and layouts. ${ORIGINAL}`,
  },
  {
    is: 'a log of TensorBoard, which has no weights',
    begins: head => /^[^\0]\0{7}.{4}.*brain\.Event:/s.test(ascii(head)),
    advice: 'The checkpoint is another file: convert that one.',
  },
  {
    is: 'an ONNX model',
    // The fields of a ModelProto in order: ir_version (1), then producer_name (2), domain (4), graph (7) or opset_import (8).
    begins: head => head[0] === 0x08 && head[1]! < 0x20 && [0x12, 0x22, 0x3a, 0x42].includes(head[2]!),
    advice: `An export folds and renames layers. ${ORIGINAL}`,
  },
  {
    is: 'an archive of ONNX models',
    members: names => names.some(name => name.endsWith('.onnx')),
    advice: `An export folds and renames layers. ${ORIGINAL}`,
  },
  {
    is: 'a Core ML package',
    members: names => names.some(name => name.endsWith('.mlmodel')),
    advice: `An export folds and renames layers. ${ORIGINAL}`,
  },
  {
    is: 'a GGUF model, for llama.cpp',
    begins: text('GGUF'),
    advice: `It contains a language model. ${ORIGINAL}`,
  },
  {
    is: 'an exported program of PyTorch (torch.export)',
    members: names => names.some(name => /^[^/]*\/archive_format$/.test(name)),
    advice: 'Save the state dict of the network that was exported: torch.save(model.state_dict(), ...).',
    unsupported: true,
  },
  {
    is: 'a package of PyTorch (torch.package), which contains code',
    members: names => names.some(name => name.includes('/.data/extern_modules')),
    advice: 'Save the state dict of the network in it: torch.save(model.state_dict(), ...).',
    unsupported: true,
  },
  {
    is: 'msgpack, as Flax writes it for JAX',
    begins: head => (head[0]! > 0x80 && head[0]! < 0x90 && isMsgpackText(head[1]!)) || head[0] === 0xde,
    advice: `Flax has different names and layouts. ${ORIGINAL}`,
  },
  {
    is: 'a companion file (._…) that macOS writes on other disks',
    begins: starts(0x00, 0x05, 0x16, 0x07),
    advice: 'Convert the file without the leading "._".',
  },
  { is: 'a PNG image', begins: starts(0x89, 0x50, 0x4e, 0x47), advice: DOWNLOAD },
  { is: 'a JPEG image', begins: starts(0xff, 0xd8, 0xff), advice: DOWNLOAD },
  { is: 'a GIF image', begins: text('GIF8'), advice: DOWNLOAD },
  { is: 'a TIFF image', begins: head => /^(II\*\0|MM\0\*)/.test(ascii(head)), advice: DOWNLOAD },
  { is: 'a WebP image or another RIFF file', begins: text('RIFF'), advice: DOWNLOAD },
  { is: 'a PDF document', begins: text('%PDF'), advice: DOWNLOAD },
  {
    is: 'an Office document',
    members: names => names.includes('[Content_Types].xml'),
    advice: DOWNLOAD,
  },
  {
    is: 'a Python package (a wheel)',
    members: names => names.some(name => /\.dist-info\/WHEEL$/.test(name)),
    advice: 'Packages contain code; download the checkpoint itself.',
  },
  { is: 'a Parquet file', begins: text('PAR1'), advice: DOWNLOAD },
  { is: 'an SQLite database', begins: text('SQLite format 3'), advice: DOWNLOAD },
  { is: 'a program', begins: head => /^(\x7fELF|MZ|\xcf\xfa\xed\xfe)/.test(ascii(head)), advice: DOWNLOAD },
  { is: 'encrypted by OpenSSL', begins: text('Salted__'), advice: 'Decrypt it first.' },
  { is: 'a text file in UTF-16', begins: head => /^(\xff\xfe|\xfe\xff)/.test(ascii(head)), advice: DOWNLOAD },
  { is: 'a text file', begins: isText, advice: DOWNLOAD },
]

function isMsgpackText(byte: number): boolean {
  return (byte > 0xa0 && byte < 0xc0) || byte === 0xd9
}

/** UTF-8 without control characters; the last character may be cut off. */
function isText(head: Uint8Array): boolean {
  try {
    const found = new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true })
    return !/[^\P{Cc}\s]/u.test(found)
  } catch {
    return false
  }
}

function starts(...bytes: number[]): (head: Uint8Array) => boolean {
  return head => bytes.every((byte, index) => head[index] === byte)
}

function text(start: string): (head: Uint8Array) => boolean {
  return head => ascii(head.subarray(0, start.length)) === start
}

function ascii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}

/** The name of a file in a command: remote files have to be downloaded first. */
export function fileOf(name: string): string {
  return name === 'standard input' || name.includes('://') ? 'checkpoint' : name
}

/** A row's advice about a file. */
export function adviceOf({ advice }: Lookalike, name: string): string | readonly string[] {
  return typeof advice === 'string' ? advice : advice(fileOf(name))
}
