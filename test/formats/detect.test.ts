/** Guards that files are known by their content, and that what is no checkpoint is named for what it is. */
import { describe, expect, test } from 'vitest'
import { memorySource } from '../../src/bytes/source.ts'
import { FormatError, UnsupportedError } from '../../src/errors.ts'
import { FORMATS, openCheckpoint } from '../../src/formats/index.ts'
import { bytesOf, u64 } from '../helpers/pickle-bytes.ts'
import { dict, floats, legacyBytes, MAGIC, torchZipBytes, vector } from '../helpers/torch-bytes.ts'

const open = (bytes: Uint8Array) => openCheckpoint(memorySource(bytes, 'file'))

describe('checkpoints', () => {
  const value = dict({ w: vector('0', 1) })

  test('both containers, by their first bytes', async () => {
    const zip = torchZipBytes({ value, storages: { 0: floats(1) } })
    const legacy = legacyBytes({ value, keys: ['0'], storages: [[1, floats(1)]] })
    expect((await open(zip)).format).toBe('PyTorch zip archive')
    expect((await open(legacy)).format).toBe('PyTorch legacy stream')
  })

  test('no head is of two formats', () => {
    for (const head of [MAGIC, bytesOf('PK\x03\x04'), bytesOf('L119547037146038801333356L\n')])
      expect(FORMATS.filter(format => format.sniff(head))).toHaveLength(1)
    for (const head of [new Uint8Array(0), bytesOf('P'), bytesOf('\x80'), MAGIC.subarray(0, 13)])
      expect(FORMATS.filter(format => format.sniff(head))).toEqual([])
  })
})

const STRANGERS: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['nothing', new Uint8Array(0), /an empty file/],
  ['an error page', bytesOf('<!DOCTYPE html><html>'), /a web page, most likely an error message/],
  ['an error page behind blanks', bytesOf('\n\n  <html lang="en">'), /a web page/],
  ['an XML error', bytesOf('<?xml version="1.0"?><Error>AccessDenied'), /a web page/],
  ['a Git LFS pointer', bytesOf('version https://git-lfs.github.com/spec/v1\noid'), /a Git LFS pointer/],
  ['7z', bytesOf('7z\xbc\xaf\x27\x1c\x00\x04'), /a 7z archive/],
  ['HDF5', bytesOf('\x89HDF\r\n\x1a\n'), /an HDF5 file/],
  ['PNG', bytesOf('\x89PNG\r\n\x1a\n'), /a PNG image/],
  ['JPEG', bytesOf('\xff\xd8\xff\xe0'), /a JPEG image/],
  ['GIF', bytesOf('GIF89a'), /a GIF image/],
  ['PDF', bytesOf('%PDF-1.5'), /a PDF document/],
  ['text', bytesOf('epoch,loss\n1,0.5\n'), /a text file/],
  ['zeros', new Uint8Array(600), /nothing but zero bytes/],
  ['noise', bytesOf('\x01\x02\xfe\x03'), /something unknown that begins with 01 02 fe 03/],
]

const UNSUPPORTED: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['a preview release', bytesOf('PYTORCH1', new Uint8Array(100)), /a preview-release archive/],
  ['a plain pickle', bytesOf('\x80\x04\x95', u64(3), '}.'), /a plain pickle/],
  ['a plain pickle of protocol 2', bytesOf('\x80\x02}q\x00.'), /a plain pickle/],
]

describe('strangers', () => {
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
