/** Every fixture from real PyTorch opens, and every tensor in it has the bits that PyTorch reported. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type ByteSource, memorySource, subSource } from '../src/bytes/source.ts'
import { openCheckpoint } from '../src/formats/index.ts'
import type { Checkpoint } from '../src/tensor/tensor.ts'
import { openForTest } from './helpers/open.ts'

const FOLDER = new URL('../fixtures/torch/', import.meta.url)
const names = readdirSync(FOLDER).filter(name => name.endsWith('.pt'))

async function contents(checkpoint: Checkpoint): Promise<object> {
  const sections: Record<string, Record<string, object>> = {}
  for (const [section, state] of checkpoint.sections) {
    const tensors: Record<string, object> = {}
    for (const [name, tensor] of state) {
      const hash = createHash('sha256')
      await tensor.copyTo(async chunk => void hash.update(chunk))
      tensors[name] = { dtype: tensor.dtype, shape: [...tensor.shape], sha256: hash.digest('hex') }
    }
    sections[section] = tensors
  }
  return sections
}

/** The same file through every kind of source. */
const sources: Record<string, (path: URL) => Promise<ByteSource>> = {
  file: path => openForTest(path.pathname),
  memory: async path => memorySource(readFileSync(path), 'memory'),
  'part of a larger one': async path => {
    const bytes = readFileSync(path)
    const padded = new Uint8Array(bytes.length + 1000).fill(0xaa)
    padded.set(bytes, 333)
    return subSource(memorySource(padded, 'padded'), 333, bytes.length, 'part')
  },
}

test('there are fixtures of both containers and of two PyTorch versions', () => {
  for (const start of ['torch1.13-zip', 'torch1.13-legacy', 'torch2.13-zip', 'torch2.13-legacy'])
    expect(names.filter(name => name.startsWith(start)).length).toBeGreaterThanOrEqual(5)
})

describe.each(names)('%s', name => {
  const expected = JSON.parse(readFileSync(new URL(name.replace(/\.pt$/, '.json'), FOLDER), 'utf8'))

  test.each(Object.keys(sources))('contains what PyTorch reported, read from %s', async kind => {
    const checkpoint = await openCheckpoint(await sources[kind]!(new URL(name, FOLDER)))
    expect(await contents(checkpoint)).toEqual(expected)
  })
})

test('objects beside the state dict are reported, and none of their code is called', async () => {
  for (const name of names.filter(name => name.includes('-beside'))) {
    const checkpoint = await openCheckpoint(await openForTest(new URL(name, FOLDER).pathname))
    expect(Object.fromEntries(checkpoint.facts)).toEqual({ epoch: 7, arch: 'resnet50' })
    const foreign = checkpoint.foreign.map(global => global.name)
    expect(foreign).toContain('argparse.Namespace')
    expect(foreign).toContain('__main__.Unknown')
    expect(foreign.some(global => /^numpy\._?core\.multiarray\.scalar$/.test(global))).toBe(true)
  }
})
