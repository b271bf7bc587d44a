/**
 * Our archives compared with the npm package jszip: it opens what we write, and we open what it writes. Also the reason why it
 * is not used at run time: it does not open any archive from PyTorch.
 */
import { readdirSync, readFileSync } from 'node:fs'
import JSZip from 'jszip'
import { describe, expect, test } from 'vitest'
import { crc32 } from '../../src/bytes/crc32.ts'
import { memorySink } from '../../src/bytes/sink.ts'
import { memorySource } from '../../src/bytes/source.ts'
import { readEntry } from '../../src/zip/entry.ts'
import { METHOD } from '../../src/zip/layout.ts'
import { readZip } from '../../src/zip/read.ts'
import { zipWriter } from '../../src/zip/write.ts'
import { randomBytes } from '../helpers/random.ts'
import { utf8, zipBytes } from '../helpers/zip-bytes.ts'

const CONTENT: ReadonlyMap<string, Uint8Array> = new Map([
  ['top/empty', new Uint8Array(0)],
  ['top/text', utf8('some text '.repeat(1000))],
  ['top/noise', randomBytes(1, 100_000)],
  ['top/état 😀', utf8('name beyond ASCII')],
  ['top/with space & %20', utf8('odd')],
  [`top/${'long/'.repeat(100)}x`, utf8('long name')],
])

test('jszip opens what we write, and its checksums agree', async () => {
  const sink = memorySink()
  const zip = zipWriter(sink)
  for (const [name, bytes] of CONTENT)
    await zip.add(name, bytes.length, async target => {
      await target.write(bytes)
      return crc32(bytes)
    })
  await zip.end()
  const opened = await JSZip.loadAsync(sink.bytes(), { checkCRC32: true })
  const found = new Map<string, Uint8Array>()
  for (const file of Object.values(opened.files))
    if (!file.dir) found.set(file.name, await file.async('uint8array'))
  expect(found).toEqual(CONTENT)
})

describe('we open what jszip writes', () => {
  async function made(options: JSZip.JSZipGeneratorOptions<'uint8array'>): Promise<Uint8Array> {
    const zip = new JSZip()
    for (const [name, bytes] of CONTENT) zip.file(name, bytes, { createFolders: false })
    return zip.generateAsync(options)
  }

  test.each<[string, Omit<JSZip.JSZipGeneratorOptions<'uint8array'>, 'type'>, number]>([
    ['stored', { compression: 'STORE' }, METHOD.stored],
    ['deflated', { compression: 'DEFLATE' }, METHOD.deflated],
    ['deflated, with descriptors', { compression: 'DEFLATE', streamFiles: true }, METHOD.deflated],
    ['with a comment', { compression: 'STORE', comment: 'a comment '.repeat(200) }, METHOD.stored],
    ['for UNIX', { compression: 'STORE', platform: 'UNIX' }, METHOD.stored],
  ])('%s', async (_, options, method) => {
    const archive = await readZip(memorySource(await made({ type: 'uint8array', ...options }), 'jszip'))
    const found = new Map<string, Uint8Array>()
    for (const [name, entry] of archive.entries) found.set(name, await readEntry(archive, entry, 1e6))
    expect(found).toEqual(CONTENT)
    expect(archive.entries.get('top/text')!.method).toBe(method)
  })

  test('with entries for folders', async () => {
    const zip = new JSZip()
    zip.folder('top')!.folder('inner')!.file('x', 'text')
    const archive = await readZip(memorySource(await zip.generateAsync({ type: 'uint8array' }), 'jszip'))
    expect([...archive.entries.keys()]).toEqual(['top/', 'top/inner/', 'top/inner/x'])
  })
})

describe('why it is not used at run time (jszip 3.10.2)', () => {
  test('it finds no entries if there is an unnecessary zip64 end record', async () => {
    const bytes = zipBytes([{ name: 'top/data.pkl', data: utf8('N.') }], { zip64: {} })
    expect([...(await readZip(memorySource(bytes, 'x'))).entries.keys()]).toEqual(['top/data.pkl'])
    await expect(JSZip.loadAsync(bytes)).rejects.toThrow('Corrupted zip or bug')
  })

  test('which is the case for every archive that PyTorch writes', async () => {
    const folder = new URL('../../fixtures/torch/', import.meta.url)
    const names = readdirSync(folder).filter(name => /-zip-.*\.pt$/.test(name))
    expect(names.length).toBeGreaterThan(5)
    for (const name of names) {
      const bytes = readFileSync(new URL(name, folder))
      expect((await readZip(memorySource(bytes, name))).entries.size).toBeGreaterThan(2)
      await expect(JSZip.loadAsync(bytes), name).rejects.toThrow('Corrupted zip or bug')
    }
  })
})
