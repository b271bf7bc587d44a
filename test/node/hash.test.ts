/** Hashes: of files of any length, in names like OpenMMLab's, and at no cost if none is needed. */
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { memorySource } from '../../src/bytes/source.ts'
import { FormatError, UsageError } from '../../src/errors.ts'
import { hashInName, nameWithHash, requireSha256, sha256Of } from '../../src/node/hash.ts'
import { randomBytes } from '../helpers/random.ts'

test.each([0, 1, 1024 * 1024 - 1, 1024 * 1024, 3_000_001])('the hash of %i bytes', async length => {
  const bytes = randomBytes(length + 1, length)
  const expected = createHash('sha256').update(bytes).digest('hex')
  expect(await sha256Of(memorySource(bytes, 'a'))).toBe(expected)
})

test('the right hash is accepted, complete or its first digits, in upper or lower case; others are refused', async () => {
  const source = memorySource(new TextEncoder().encode('abc'), 'abc.pth')
  const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
  for (const right of [abc, abc.toUpperCase(), abc.slice(0, 8)]) await requireSha256(source, right)
  await expect(requireSha256(source, `${abc.slice(0, 63)}e`)).rejects.toThrow(FormatError)
  await expect(requireSha256(source, 'ba7816b0')).rejects.toThrow(`expected SHA-256 ba7816b0, found ${abc}`)
  for (const none of ['', 'ba7816b', `${abc}0`, 'xyzxyzxyz'])
    await expect(requireSha256(source, none)).rejects.toThrow(UsageError)
})

test.each([
  ['moco-1a2b3c4d.pth', '1a2b3c4d'],
  ['/data/moco-1A2B3C4D.pth.tar', '1a2b3c4d'],
  [`moco-${'0f'.repeat(32)}.pth`, '0f'.repeat(32)],
  ['retinanet_20200130-c2398f9e.pth', 'c2398f9e'],
  ['moco-1a2b3c4d.safetensors', '1a2b3c4d'],
  ['moco-1a2b3c4.pth', undefined],
  ['moco-1699999999.pth', undefined],
  ['moco_1a2b3c4d.pth', undefined],
  ['moco-1a2b3c4d.bin', undefined],
  ['moco-1a2b3c4g.pth', undefined],
  ['moco-20210831.pth', undefined],
  ['moco-20211331.pth', '20211331'],
])('the hash in the name %s is %s', (name, expected) => {
  expect(hashInName(name)).toBe(expected)
})

test.each([
  ['out/moco.pth', 'out/moco-01234567.pth'],
  ['moco.pth.tar', 'moco-01234567.pth'],
  ['moco.v2', 'moco.v2-01234567.pth'],
  ['moco.safetensors', 'moco-01234567.safetensors'],
  ['moco.SafeTensors', 'moco-01234567.SafeTensors'],
])('%s is published as %s', (name, expected) => {
  expect(nameWithHash(name, '0123456789')).toBe(expected)
})
