/** `probe`: the verdict as text and as JSON, the picture, and the page in a real browser. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
// @ts-expect-error: a script without types
import { gaborFilters, noiseFilters, trainedWeights } from '../../scripts/gabor.js'
import { browse } from '../helpers/browser.ts'
import { CHROMIUM } from '../helpers/chromium.ts'
import { runHere } from '../helpers/cli.ts'
import { temporaryFolder } from '../helpers/temporary.ts'
import { tensorOf } from '../helpers/tensors.ts'
import { writeVariant } from '../helpers/variants.ts'

const MOCO = join(import.meta.dirname, '../../fixtures/checkpoints/moco_v2.pth.tar')
const folder = temporaryFolder()
const [converted, trained, random] = ['converted', 'trained', 'random'].map(name =>
  join(folder, `${name}.pth`),
) as [string, string, string]
const page = join(folder, 'report.html')

function weights(shape: readonly number[]): ReturnType<typeof tensorOf> {
  const count = shape.reduce((product, size) => product * size, 1)
  return tensorOf('float32', trainedWeights(count, 0.02, count), [...shape], 2 ** 20)
}

beforeAll(async () => {
  await runHere(MOCO, converted)
  for (const [path, values] of [
    [trained, gaborFilters()],
    [random, noiseFilters()],
  ])
    await writeVariant(converted, path, state => {
      for (const [name, { shape }] of state) if (shape.length === 4) state.set(name, weights(shape))
      state.set('conv1.weight', tensorOf('float32', values, [64, 3, 7, 7], 4096))
    })
})

test('tells a trained backbone from a random one', async () => {
  const good = await runHere('probe', trained)
  expect(good).toMatchObject({ code: 0, err: '' })
  expect(good.out).toContain('like the edges and colours of trained filters')
  const bad = await runHere('probe', random)
  expect(bad).toMatchObject({ code: 1, err: '' })
  expect(bad.out).toMatch(/looks +partly/)
  expect(bad.out).toMatch(/stem +at initialisation/)
})

test('as JSON, before a conversion and with a network', async () => {
  const { out } = await runHere('probe', MOCO, '--network', 'key', '--json')
  expect(JSON.parse(out)).toMatchObject({
    schema: 'selfsup2mmdet/probe/1',
    method: 'moco',
    network: 'key',
    architecture: 'resnet50',
    firstLayer: { count: 64, side: 7 },
    stages: [
      { name: 'stem' },
      { name: 'layer1' },
      { name: 'layer2' },
      { name: 'layer3' },
      { name: 'layer4' },
    ],
  })
})

test('writes the picture', async () => {
  const path = join(folder, 'filters.png')
  expect((await runHere('probe', trained, '--filters', path)).out).toContain(`wrote ${path}`)
  expect(readFileSync(path).subarray(0, 4)).toEqual(Buffer.from('\x89PNG', 'latin1'))
})

test('the page is self-contained, and names from the file can do nothing in it', async () => {
  const evil = '</script><img src=x onerror=alert(1)>\u202e.weight'
  const path = join(folder, 'evil.pth')
  await writeVariant(converted, path, state => state.set(evil, tensorOf('float32', new Float32Array(1))))
  const { code } = await runHere(
    ...['probe', path, '--report', page, '--drop', `${evil.slice(0, 9)}*`, '--keep', '*=*'],
  )
  expect(code).toBeLessThan(2)
  const html = readFileSync(page, 'utf8')
  expect(html).not.toMatch(/https?:\/\//)
  // Origin, time and command: the page may be read long after.
  const facts = /<table class="facts">[\s\S]*?<\/table>/.exec(html)![0].replaceAll('<wbr>', '')
  expect(facts).toContain(`selfsup2mmdet probe ${path} --report ${page} --keep &#39;*=*&#39;`.slice(0, 40))
  expect(facts).toMatch(/>\d{4}-\d\d-\d\d \d\d:\d\d UTC, by selfsup2mmdet \d+\.\d+\.\d+</)
  expect(html).not.toContain('<img src=x')
  expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;\\u202e.<wbr>weight')
})

test.skipIf(!CHROMIUM)('the page has the filters, the stages and all tensors in a real browser', async () => {
  await runHere('probe', MOCO, '--report', page)
  const { evaluate, errors } = await browse(pathToFileURL(page).href)
  expect(errors).toEqual([])
  expect(await evaluate('document.images[0].naturalWidth')).toBe(372)
  expect(await evaluate(`document.querySelectorAll('svg').length`)).toBe(5)
  expect(await evaluate(`document.querySelectorAll('#fates tbody tr').length`)).toBe(646)
  await evaluate(`document.getElementById('tensors').open = true`)
  expect(await evaluate(`document.getElementById('reasons').innerText`)).toMatch(
    /^all 646\s+kept 318\s+network key 318\s+projection head 4\s/,
  )
})
