/** Files are recognised by their content, and what is not a checkpoint is named in the message. */
import { describe, expect, test } from 'vitest'
import { memorySource } from '../../src/bytes/source.ts'
import { FormatError, UnsupportedError } from '../../src/errors.ts'
import { FORMATS, openCheckpoint } from '../../src/formats/index.ts'
import { bytesOf, u64 } from '../helpers/pickle-bytes.ts'
import { dict, floats, legacyBytes, MAGIC, torchZipBytes, vector } from '../helpers/torch-bytes.ts'
import { zipBytes } from '../helpers/zip-bytes.ts'

const open = (bytes: Uint8Array) => openCheckpoint(memorySource(bytes, 'file'))

describe('checkpoints', () => {
  const value = dict({ w: vector('0', 1) })

  test('both containers, by their first bytes', async () => {
    const zip = torchZipBytes({ value, storages: { 0: floats(1) } })
    const legacy = legacyBytes({ value, keys: ['0'], storages: [[1, floats(1)]] })
    expect((await open(zip)).format).toBe('PyTorch zip archive')
    expect((await open(legacy)).format).toBe('PyTorch legacy stream')
  })

  test('the first bytes never fit two formats', () => {
    for (const head of [MAGIC, bytesOf('PK\x03\x04'), bytesOf('L119547037146038801333356L\n')])
      expect(FORMATS.filter(format => format.sniff(head))).toHaveLength(1)
    for (const head of [new Uint8Array(0), bytesOf('P'), bytesOf('\x80'), MAGIC.subarray(0, 13)])
      expect(FORMATS.filter(format => format.sniff(head))).toEqual([])
  })
})

const STRANGERS: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['nothing', new Uint8Array(0), /an empty file/],
  ['an error page', bytesOf('<!DOCTYPE html><html>'), /a web page, most likely an error message/],
  ['an error page after spaces', bytesOf('\n\n  <html lang="en">'), /a web page/],
  ['an XML error', bytesOf('<?xml version="1.0"?><Error>AccessDenied'), /a web page/],
  ['a Git LFS pointer', bytesOf('version https://git-lfs.github.com/spec/v1\noid'), /a Git LFS pointer/],
  ['7z', bytesOf('7z\xbc\xaf\x27\x1c\x00\x04'), /a 7z archive/],
  ['HDF5', bytesOf('\x89HDF\r\n\x1a\n'), /an HDF5 file/],
  ['PNG', bytesOf('\x89PNG\r\n\x1a\n'), /a PNG image/],
  ['JPEG', bytesOf('\xff\xd8\xff\xe0'), /a JPEG image/],
  ['GIF', bytesOf('GIF89a'), /a GIF image/],
  ['PDF', bytesOf('%PDF-1.5'), /a PDF document/],
  ['text', bytesOf('epoch,loss\n1,0.5\n'), /a text file/],
  ['text in any language', bytesOf(new TextEncoder().encode('权重：第一层\n')), /a text file/],
  ['RAR', bytesOf('Rar!\x1a\x07\x01\x00'), /a RAR archive/],
  ['bzip2', bytesOf('BZh91AY&SY'), /compressed with bzip2/],
  ['xz', bytesOf('\xfd7zXZ\x00\x00\x04'), /compressed with xz/],
  ['zstd', bytesOf('\x28\xb5\x2f\xfd\x04\x00'), /compressed with zstd/],
  ['.npy', bytesOf('\x93NUMPY\x01\x00v\x00{'), /a NumPy array/],
  ['ONNX', bytesOf('\x08\x07\x12\x07pytorch\x1a\x051.9.0'), /an ONNX model/],
  ['TensorFlow Lite', bytesOf('\x1c\x00\x00\x00TFL3'), /a TensorFlow Lite model/],
  [
    "TensorFlow's list",
    bytesOf('model_checkpoint_path: "model.ckpt-1"\n'),
    /a list of TensorFlow's checkpoints/,
  ],
  ['GGUF', bytesOf('GGUF\x03\x00\x00\x00'), /a GGUF model/],
  ['MATLAB', bytesOf('MATLAB 5.0 MAT-file, Platform: GLNXA64'), /a MATLAB file/],
  ['msgpack', bytesOf('\x81\xa6params\x82\xa5conv1'), /msgpack, as Flax writes it/],
  ['the metadata file of another', bytesOf('\x00\x05\x16\x07\x00\x02'), /that macOS writes/],
  ['a program', bytesOf('\x7fELF\x02\x01'), /a program/],
  ['zeros', new Uint8Array(600), /nothing but zero bytes/],
  ['noise', bytesOf('\x01\x02\xfe\x03'), /something unknown that begins with 01 02 fe 03/],
]

const UNSUPPORTED: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['a preview release', bytesOf('PYTORCH1', new Uint8Array(100)), /a preview-release archive/],
  ['a Torch7 file', bytesOf('\x04\0\0\0\x01\0\0\0\x03\0\0\0V 1'), /a Torch7 file/],
  [
    'a pickle',
    bytesOf('\x80\x04\x95', u64(2), '}.'),
    /a pickle of something other than tensors \(a dict of 0\)/,
  ],
  [
    'a pickle of protocol 2',
    bytesOf('\x80\x02]q\x00.'),
    /a pickle of something other than tensors \(a list of 0\)/,
  ],
  [
    'a pickle of protocol 0',
    bytesOf("(dp0\nS'epoch'\np1\nI5\ns."),
    /a pickle of something other than tensors/,
  ],
  ['a truncated pickle', bytesOf('\x80\x02}q\x00X'), /a pickle of something other/],
  [
    "Detectron2's",
    bytesOf('\x80\x02}(U\x05model}U\x0a__author__U\x01xu.'),
    /as written by Detectron2 and its converters/,
  ],
  ['a joblib file', bytesOf('\x80\x03cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81'), /a joblib file/],
  [
    'arrays',
    bytesOf('\x80\x02}U\x01acnumpy.core.multiarray\n_reconstruct\n)Rs.'),
    /a pickle of NumPy arrays/,
  ],
]

const member = (name: string) => ({ name, data: new Uint8Array(1) })
const MEMBERS: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['.npz', ['conv1.weight.npy', 'fc.npy'], /is an archive of NumPy arrays/],
  ['Keras 3', ['metadata.json', 'config.json', 'model.weights.h5'], /found a Keras 3 model/],
  ['a SavedModel', ['m/saved_model.pb', 'm/variables/variables.index'], /found a TensorFlow SavedModel/],
  ['a TensorFlow checkpoint', ['c.index', 'c.data-00000-of-00001'], /found a TensorFlow checkpoint/],
  ['torch.export', ['m/archive_format', 'm/.data/version'], /is an exported program of PyTorch/],
  ['torch.package', ['m/.data/extern_modules', 'm/0.storage'], /is a package of PyTorch/],
  ['an Office document', ['[Content_Types].xml', 'word/document.xml'], /found an Office document/],
  ['others', ['README'], /found a zip archive of 1 file, none of which is a checkpoint/],
]

describe('other files', () => {
  test.each(MEMBERS)('%s, by the names in it', async (_, names, is) => {
    await expect(open(zipBytes(names.map(member)))).rejects.toThrow(is)
  })

  test.each([
    ['{"error":"Invalid credentials"}', /the error of a server: "Invalid credentials"/],
    ['{"model_type":"resnet"}', /the configuration of a model/],
    ['{}', /other JSON/],
  ])('JSON: %s', async (json, is) => {
    await expect(open(bytesOf(json))).rejects.toThrow(is)
  })

  test.each(STRANGERS)('%s', async (_, bytes, is) => {
    const error = await open(bytes).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(FormatError)
    expect((error as FormatError).message).toMatch(/^file: expected a PyTorch checkpoint .*, found /)
    expect((error as FormatError).message).toMatch(is)
    expect((error as FormatError).advice).not.toBe('')
  })

  test.each(UNSUPPORTED)('%s is a checkpoint that cannot be read', async (_, bytes, is) => {
    const error = await open(bytes).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UnsupportedError)
    expect((error as UnsupportedError).message).toMatch(is)
    expect((error as UnsupportedError).advice).not.toBe('')
  })
})
