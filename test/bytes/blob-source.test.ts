/** Blobs as sources: the right range, the file's name, and the message when the file is gone. */
import { expect, test } from 'vitest'
import { blobSource } from '../../src/bytes/blob-source.ts'
import { FormatError, SystemError } from '../../src/errors.ts'

const blob = new Blob([Uint8Array.from({ length: 100 }, (_, index) => index)])

test('only the given range is read', async () => {
  const into = new Uint8Array(3)
  await blobSource(blob).read(97, into)
  expect(into).toEqual(Uint8Array.of(97, 98, 99))
  await expect(blobSource(blob).read(98, into)).rejects.toThrow(FormatError)
})

test('a file keeps its name, any other blob gets the given one', () => {
  expect(blobSource(new File([blob], 'moco.pth'))).toMatchObject({ name: 'moco.pth', size: 100 })
  expect(blobSource(blob, 'mine').name).toBe('mine')
  expect(blobSource(blob).name).toBe('blob')
})

test('a file that is gone since it was chosen is a system error', async () => {
  const gone = new Blob([new Uint8Array(10)])
  gone.slice = () => {
    const part = new Blob()
    part.arrayBuffer = () => Promise.reject(new DOMException('it has changed', 'NotReadableError'))
    return part
  }
  const reading = blobSource(gone, 'gone.pth').read(0, new Uint8Array(2))
  await expect(reading).rejects.toThrow(SystemError)
  await expect(reading).rejects.toThrow('gone.pth cannot be read: NotReadableError.')
})
