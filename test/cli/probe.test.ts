/** Guards `probe`: the verdict in words and as JSON, the picture, and the page in a real browser. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
// @ts-expect-error: a script without types
import { gaborFilters, noiseFilters } from '../../scripts/gabor.js'
import { CHROMIUM, openPage } from '../helpers/chromium.ts'
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

beforeAll(async () => {
  await runHere(MOCO, converted)
  for (const [path, values] of [
    [trained, gaborFilters()],
    [random, noiseFilters()],
  ])
    await writeVariant(converted, path, state =>
      state.set('conv1.weight', tensorOf('float32', values, [64, 3, 7, 7], 4096)),
    )
})

test('tells a trained backbone from a random one', async () => {
  const good = await runHere('probe', trained)
  expect(good).toMatchObject({ code: 0, err: '' })
  expect(good.out).toContain('edges and colours, not noise')
  const bad = await runHere('probe', random)
  expect(bad).toMatchObject({ code: 1, err: '' })
  expect(bad.out).toMatch(/looks +random/)
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

test('the page needs nothing else, and names from the file cannot do anything in it', async () => {
  const evil = '</script><img src=x onerror=alert(1)>\u202e.weight'
  const path = join(folder, 'evil.pth')
  await writeVariant(converted, path, state => state.set(evil, tensorOf('float32', new Float32Array(1))))
  const { code } = await runHere(
    ...['probe', path, '--report', page, '--drop', `${evil.slice(0, 9)}*`, '--keep', '*=*'],
  )
  expect(code).toBeLessThan(2)
  const html = readFileSync(page, 'utf8')
  expect(html).not.toMatch(/https?:\/\//)
  expect(html).not.toContain('<img src=x')
  expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;\\u202e.weight')
})

describe.skipIf(!CHROMIUM)('in a real browser', () => {
  test('picture and tables are there, the search filters, and the console is silent', async () => {
    await runHere('probe', MOCO, '--report', page)
    // Ahead of the page: note every error. Behind it: do what a person does.
    const ahead = `<script>window.errors=[];addEventListener('error',e=>errors.push(e.message),true)</script>`
    const behind = `<script>addEventListener('load',()=>{
      const search=document.getElementById('search'),image=document.querySelector('img');
      search.value='ENCODER_K.layer4';search.dispatchEvent(new Event('input'));
      const visible=[...document.querySelectorAll('#fates tbody tr')].filter(row=>row.offsetHeight>0);
      const said={size:[image.naturalWidth,image.naturalHeight],shown:document.getElementById('shown').textContent,
        visible:visible.length,all:visible.every(row=>row.textContent.includes('encoder_k.layer4')),
        stages:document.querySelectorAll('svg').length,wide:document.documentElement.scrollWidth<=innerWidth,errors};
      document.body.insertAdjacentHTML('beforeend','<pre id="console">'+JSON.stringify(said)+'</pre>')})</script>`
    const probed = join(folder, 'probed.html')
    writeFileSync(
      probed,
      readFileSync(page, 'utf8').replace('<head>', `<head>${ahead}`).replace('</body>', `${behind}</body>`),
    )
    for (const flags of [[], ['--window-size=400,800'], ['--blink-settings=preferredColorScheme=0']])
      expect(JSON.parse(openPage(probed, ...flags).console), String(flags)).toEqual({
        size: [372, 372],
        shown: '60 of 646',
        visible: 60,
        all: true,
        stages: 5,
        wide: true,
        errors: [],
      })
  })
})
