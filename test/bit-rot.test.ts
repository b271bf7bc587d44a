/** Bytes that change by accident: in a zip archive, every such change is detected, or makes no difference. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { memorySource } from '../src/bytes/source.ts'
import { ToolError } from '../src/errors.ts'
import { openCheckpoint } from '../src/formats/index.ts'
import { bytesOf } from './helpers/tensors.ts'

async function contents(bytes: Uint8Array): Promise<string> {
  const { sections } = await openCheckpoint(memorySource(bytes, 'x'))
  const lines: string[] = []
  for (const [path, state] of sections)
    for (const [name, tensor] of state)
      lines.push(
        `${path} ${name} ${tensor.dtype} ${tensor.shape} ${Buffer.from(await bytesOf(tensor)).toString('hex')}`,
      )
  return lines.join('\n')
}

describe.each([
  'fixtures/torch/torch2.13-zip-flat.pt',
  'fixtures/torch/torch1.13-zip-flat.pt',
  'fixtures/formats/deflated.zip',
])('%s', path => {
  const bytes = new Uint8Array(readFileSync(path))

  test.each([0x01, 0x80, 0xff])('every byte, xor %i', async mask => {
    const expected = await contents(bytes)
    expect(expected).not.toBe('')
    let noticed = 0
    for (let at = 0; at < bytes.length; at++) {
      const rotten = bytes.slice()
      rotten[at]! ^= mask
      try {
        expect(await contents(rotten), `byte ${at}`).toBe(expected)
      } catch (error) {
        if (!(error instanceof ToolError)) throw error
        noticed++
      }
    }
    expect(noticed).toBeGreaterThan(bytes.length / 4)
  })
})
