/** Guards Blobs as sources: the right part, a file's own name, and words for a file that went away. */
import { expect, test } from 'vitest'
import { blobSource } from '../../src/bytes/blob-source.ts'
import { FormatError, SystemError } from '../../src/errors.ts'

const blob = new Blob([Uint8Array.from({ length: 100 }, (_, index) => index)])

test('a part is read, and no more', async () => {
  const into = new Uint8Array(3)
  await blobSource(blob).read(97, into)
  expect(into).toEqual(Uint8Array.of(97, 98, 99))
  await expect(blobSource(blob).read(98, into)).rejects.toThrow(FormatError)
})

test('a file has its name, any other blob the one that is given', () => {
  expect(blobSource(new File([blob], 'moco.pth'))).toMatchObject({ name: 'moco.pth', size: 100 })
  expect(blobSource(blob, 'mine').name).toBe('mine')
  expect(blobSource(blob).name).toBe('blob')
})

test('a file that has gone since it was chosen is a system error', async () => {
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
