/** The browser entry: bundled for a browser, it needs no Node modules, and works there on a chosen file. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { browse, serveTexts } from './helpers/browser.ts'
import { CHROMIUM } from './helpers/chromium.ts'
import { runHere } from './helpers/cli.ts'
import { serve } from './helpers/http-server.ts'
import { temporaryFolder } from './helpers/temporary.ts'

const MOCO = join(import.meta.dirname, '../fixtures/checkpoints/moco_v2.pth.tar')
const folder = temporaryFolder()

/** Like an application: by the package's name, or by its entry for browsers. */
async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: `export * from '${entry}'`, resolveDir: process.cwd() },
    bundle: true,
    platform: 'browser',
    format: 'esm',
    write: false,
  })
  return outputFiles[0]!.text
}

test.each(['selfsup2mmdet', 'selfsup2mmdet/browser'])('%s bundles for a browser', async entry => {
  const text = await bundle(entry)
  expect(text).toContain('blobSource')
  expect(text).not.toMatch(/(from|require\(|import\() ?["'](node:|fs|path|os)/)
  expect(text).not.toContain('openCheckpointFile')
})

describe.skipIf(!CHROMIUM)('in a real browser', () => {
  async function open() {
    const origin = await serveTexts({
      '/': '<!doctype html><link rel=icon href=data:,><input type=file>',
      '/library.js': await bundle('selfsup2mmdet'),
    })
    const page = await browse(`${origin}/`)
    await page.choose('input', MOCO)
    await page.evaluate(`import('/library.js').then(library => {
      globalThis.library = library
      globalThis.file = document.querySelector('input').files[0]
    })`)
    return page
  }

  test('a file is opened, listed, and one tensor read', async () => {
    const page = await open()
    const said = await page.evaluate(`(async () => {
      const checkpoint = await library.openCheckpoint(library.blobSource(file))
      const state = checkpoint.sections.get('state_dict')
      const weight = await library.readTensor(state.get('module.encoder_q.conv1.weight'))
      const counter = await library.readTensor(state.get('module.encoder_q.bn1.num_batches_tracked'))
      return { format: checkpoint.format, source: checkpoint.source, tensors: state.size,
        kinds: [weight, counter].map(array => array.constructor.name), length: weight.length }
    })()`)
    expect(said).toEqual({
      format: 'PyTorch legacy stream',
      source: 'moco_v2.pth.tar',
      tensors: 646,
      kinds: ['Float32Array', 'BigInt64Array'],
      length: 9408,
    })
    expect(page.errors).toEqual([])
  })

  test('it converts to the same bytes as the command line', async () => {
    const output = join(folder, 'moco.pth')
    expect((await runHere(MOCO, output)).code).toBe(0)
    const expected = createHash('sha256').update(readFileSync(output)).digest('hex')
    const page = await open()
    await page.evaluate(`globalThis.hex = async bytes =>
      [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))].map(byte => byte.toString(16).padStart(2, '0')).join('')`)
    const inMemory = await page.evaluate(`(async () => {
      const sink = library.memorySink()
      await library.convertSource(library.blobSource(file), () => sink, { selfsup: 'moco' })
      return hex(sink.bytes())
    })()`)
    expect(inMemory).toBe(expected)
    // A private file of the browser: the same kind of stream as from showSaveFilePicker.
    const streamed = await page.evaluate(`(async () => {
      const root = await navigator.storage.getDirectory()
      const handle = await root.getFileHandle('moco.pth', { create: true })
      const sink = async () => library.streamSink(await handle.createWritable(), 'moco.pth')
      await library.convertSource(library.blobSource(file), sink)
      return hex(await (await handle.getFile()).arrayBuffer())
    })()`)
    expect(streamed).toBe(expected)
    expect(page.errors).toEqual([])
  })

  test('bytes and URLs are opened too', async () => {
    const served = await serve(readFileSync(MOCO), {
      script({ request, response }) {
        response.setHeader('Access-Control-Allow-Origin', '*')
        response.setHeader('Access-Control-Allow-Headers', 'Range, If-Range')
        response.setHeader('Access-Control-Expose-Headers', 'Content-Range, ETag')
        if (request.method === 'OPTIONS') response.end()
        return request.method === 'OPTIONS'
      },
    })
    const page = await open()
    const said = await page.evaluate(`(async () => {
      const bytes = new Uint8Array(await file.arrayBuffer())
      const remote = await library.openUrl('${served.url}')
      const sources = [library.memorySource(bytes, 'bytes'), remote]
      return Promise.all(sources.map(async source =>
        (await library.openCheckpoint(source)).sections.get('state_dict').size))
    })()`)
    expect(said).toEqual([646, 646])
    expect(served.ranges.some(range => range !== undefined)).toBe(true)
  })
})
