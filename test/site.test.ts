/** The page: from a chosen file to a saved backbone in a real browser, without a request, and by keyboard alone. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeAll, describe, expect, test, vi } from 'vitest'
// @ts-expect-error: a script without types
import { buildSite } from '../scripts/site.js'
import { configFor } from '../src/convert/config.ts'
import { ARCHITECTURES } from '../src/families/index.ts'
import { WRITERS } from '../src/formats/index.ts'
import { createFile } from '../src/node/file-sink.ts'
import { freshBackbone } from './helpers/backbones.ts'
import { browse, type Page, serveTexts } from './helpers/browser.ts'
import { CHROMIUM } from './helpers/chromium.ts'
import { runHere } from './helpers/cli.ts'
import { PYTORCHES } from './helpers/pytorch.ts'
import { temporaryFolder } from './helpers/temporary.ts'

const fixture = (name: string): string => join(import.meta.dirname, `../fixtures/checkpoints/${name}`)
const MOCO = fixture('moco_v2.pth.tar')
const folder = temporaryFolder()
const path = join(folder, 'index.html')
const expected = join(folder, 'expected.pth')

beforeAll(async () => {
  writeFileSync(path, await buildSite())
  expect((await runHere(MOCO, expected)).code).toBe(0)
})

test('its links lead to documents that exist, or to the repository if its address is known', async () => {
  const links = (page: string): string[] => [...page.matchAll(/href="([^"]+\.md)"/g)].map(([, path]) => path!)
  const here = links(readFileSync(path, 'utf8'))
  expect(here.length).toBeGreaterThan(2)
  for (const link of here)
    expect(existsSync(join(import.meta.dirname, '../site/dist', link)), link).toBe(true)
  vi.stubEnv('GITHUB_REPOSITORY', 'someone/selfsup2mmdet')
  expect(links(await buildSite())[0]).toMatch(/^https:\/\/github\.com\/someone\/selfsup2mmdet\/blob\/main\//)
  vi.unstubAllEnvs()
})

test('the page is one file that requests nothing', () => {
  const page = readFileSync(path, 'utf8')
  expect(page).toContain("default-src 'none'")
  expect(page).not.toMatch(/<(script|img|iframe|link)[^>]+(src|href)="(?!data:)/)
  expect(page.length).toBeLessThan(500_000)
})

const text = (page: Page, id: string): Promise<string> =>
  page.evaluate(`document.getElementById('${id}').innerText`)
const VERDICT = `!document.getElementById('result').hidden`
const SAVED = `/^(Saved|Not saved)/.test(document.getElementById('status').textContent)`
const FILLED = `(() => { const boxes = [...document.querySelectorAll('#stages .block')]
  return { boxes: boxes.length, full: boxes.filter(box => box.style.getPropertyValue('--filled') === '100.0%').length } })()`
const select = (page: Page, id: string, value: string) =>
  page.evaluate(`(() => { const field = document.getElementById('${id}'); field.value = '${value}'
    field.dispatchEvent(new Event('change')) })()`)
/** Like Firefox and Safari: the file is downloaded. */
const WITHOUT_PICKER = `delete globalThis.showSaveFilePicker`

async function openPage(address = pathToFileURL(path).href): Promise<Page> {
  const page = await browse(address, folder)
  await page.send('Page.enable')
  return page
}

/** The page checks the browser's features when it starts. */
async function openWith(source: string, address?: string): Promise<Page> {
  const page = await openPage(address)
  await page.send('Page.addScriptToEvaluateOnNewDocument', { source })
  await page.send('Page.reload')
  await page.until(`document.readyState === 'complete' && document.getElementById('version')?.textContent`)
  return page
}

describe.skipIf(!CHROMIUM)('in a real browser', () => {
  test('a checkpoint from real PyTorch is judged, converted and downloaded; PyTorch loads it', async () => {
    const page = await openWith(WITHOUT_PICKER)
    await page.choose('#file', MOCO)
    await page.until(VERDICT)
    expect(await text(page, 'verdict')).toBe('Complete: ResNet-50, 318 of 318 tensors')
    const facts = await text(page, 'facts')
    for (const part of ['moco_v2.pth.tar', 'PyTorch legacy stream', 'moco, network query'])
      expect(facts).toContain(part)
    expect(await text(page, 'parts')).toMatch(
      /^kept: ResNet-50, network query\s+318 tensors\s+94\.2 MB\s+37 %\s+network key\s+318 tensors/,
    )
    // The heading already says it: only a screen reader announces it again.
    expect(await page.evaluate(`document.getElementById('status').className`)).toBe('status unseen')
    expect(await page.evaluate(`document.getElementById('status').textContent`)).toBe(
      'moco_v2.pth.tar: Complete: ResNet-50, 318 of 318 tensors',
    )
    expect(await page.evaluate(FILLED)).toEqual({ boxes: 17, full: 0 })
    await page.evaluate(`document.getElementById('save').click()`)
    await page.until(SAVED)
    expect(await text(page, 'status')).toBe('Saved moco_v2.pth, 94.4 MB.')
    expect(await text(page, 'snippet')).toContain("checkpoint='moco_v2.pth'")
    expect(await page.evaluate(`document.getElementById('config-text').textContent`)).toContain(
      "checkpoint='moco_v2.pth'",
    )
    expect(await page.evaluate(FILLED)).toEqual({ boxes: 17, full: 17 })
    expect(await page.evaluate(`document.getElementById('warning').hidden`)).toBe(true)
    const saved = join(folder, 'moco_v2.pth')
    await expect.poll(() => existsSync(saved), { timeout: 60_000 }).toBe(true)
    expect(readFileSync(saved).equals(readFileSync(expected))).toBe(true)
    for (const python of PYTORCHES)
      expect(
        python.run(
          '-c',
          'import sys, torch\nstate = torch.load(sys.argv[1])["state_dict"]\nprint(len(state), state["conv1.weight"].shape)',
          saved,
        ),
      ).toBe('318 torch.Size([64, 3, 7, 7])\n')
    expect(page.errors).toEqual([])
    expect(page.requests.filter(url => !/^(file|data|blob):/.test(url))).toEqual([])
  })

  test('if the browser supports it, the backbone is written to disk directly', async () => {
    const origin = await serveTexts({ '/': readFileSync(path, 'utf8') })
    // Tests cannot use the dialog: it would return a handle like this.
    const page = await openWith(
      `globalThis.showSaveFilePicker = async ({ suggestedName }) =>
        (await navigator.storage.getDirectory()).getFileHandle(suggestedName, { create: true })`,
      `${origin}/`,
    )
    await page.choose('#file', MOCO)
    await page.until(VERDICT)
    await page.evaluate(`document.getElementById('save').click()`)
    await page.until(SAVED)
    const base64 = await page.evaluate<string>(`(async () => {
      const root = await navigator.storage.getDirectory()
      const file = await (await root.getFileHandle('moco_v2.pth')).getFile()
      const hash = await crypto.subtle.digest('SHA-256', await file.arrayBuffer())
      return btoa(String.fromCharCode(...new Uint8Array(hash)))
    })()`)
    expect(base64).toBe(createHash('sha256').update(readFileSync(expected)).digest('base64'))
  })

  test('cancelling the dialog loses nothing', async () => {
    const page = await openWith(
      `globalThis.showSaveFilePicker = async () => { throw new DOMException('no', 'AbortError') }`,
    )
    await page.choose('#file', MOCO)
    await page.until(VERDICT)
    await page.evaluate(`document.getElementById('save').click()`)
    await page.until(`document.getElementById('status').textContent === 'Nothing was saved.'`)
    expect(await page.evaluate(`document.getElementById('save').disabled`)).toBe(false)
  })

  test('for a file that cannot be converted, it says why, and what to do', async () => {
    const page = await openPage()
    const bad = join(folder, 'bad.pth')
    writeFileSync(bad, '<script>alert(1)</script>')
    await page.choose('#file', bad)
    await page.until(VERDICT)
    expect(await text(page, 'verdict')).toBe('Not converted')
    expect(await text(page, 'advice')).toMatch(/^Expected a PyTorch checkpoint or a safetensors file/)
    expect(await text(page, 'facts')).toContain('bad.pth')
    expect(await page.evaluate(`document.getElementById('saving').hidden`)).toBe(true)
    // The problem comes first, and the position is separate.
    const short = join(folder, 'short.pth')
    writeFileSync(short, readFileSync(MOCO).subarray(0, 50_000))
    await page.choose('#file', short)
    await page.until(`!document.getElementById('place').hidden`)
    expect(await text(page, 'advice')).not.toMatch(/^short|byte \d+ \(0x/)
    expect(await text(page, 'place')).toMatch(/^Found in short\.pth at byte \d+ \(0x[0-9a-f]+\)\.$/)
    // The wrong method for a good file, then the right one.
    await page.choose('#file', MOCO)
    await page.until(`document.getElementById('result').className === 'good'`)
    await select(page, 'method', 'swav')
    await page.until(`document.getElementById('result').className === 'bad'`)
    expect(await text(page, 'advice')).toMatch(/Choose moco under “Trained with”\.$/)
    expect(await text(page, 'use')).toBe('Use moco')
    await page.evaluate(`document.querySelector('#use button').focus()`)
    await page.press('Enter')
    await page.until(`document.getElementById('result').className === 'good'`)
    expect(await page.evaluate(`document.activeElement.id + document.activeElement.value`)).toBe('methodmoco')
  })

  test('network, type and format are chosen as on the command line', async () => {
    const same = join(folder, 'key.safetensors')
    const options = ['--network', 'key', '--dtype', 'float16', '--format', 'safetensors']
    expect((await runHere(MOCO, same, ...options)).code).toBe(0)
    const page = await openWith(WITHOUT_PICKER)
    await page.choose('#file', MOCO)
    await page.until(VERDICT)
    await select(page, 'network', 'key')
    await select(page, 'dtype', 'float16')
    await select(page, 'format', 'safetensors')
    expect(await text(page, 'parts')).toMatch(/^kept: ResNet-50, network key/)
    expect(await text(page, 'no-config')).toBe(
      'Only the newest PyTorch versions load safetensors: for MMDetection, save as .pth.',
    )
    await page.evaluate(`document.getElementById('save').click()`)
    await page.until(SAVED)
    const saved = join(folder, 'moco_v2.safetensors')
    await expect.poll(() => existsSync(saved), { timeout: 60_000 }).toBe(true)
    expect(readFileSync(saved).equals(readFileSync(same))).toBe(true)
    // The new method may not have that network.
    await select(page, 'method', 'moco')
    expect(await text(page, 'parts')).toMatch(/^kept: ResNet-50, network query/)
  })

  test('the loader is chosen if a network has two, and reset with the file', async () => {
    const [tiny, same] = [join(folder, 'tiny.pth.tar'), join(folder, 'same.pth')]
    const sink = await createFile(tiny)
    await WRITERS.zip(freshBackbone(ARCHITECTURES.find(({ name }) => name === 'vit-tiny')!), {}, sink)
    await sink.finish()
    expect((await runHere(tiny, same, '--target', 'both')).code).toBe(0)
    const page = await openWith(WITHOUT_PICKER)
    await page.choose('#file', tiny)
    await page.until(VERDICT)
    const isHidden = () => page.evaluate(`document.getElementById('target').closest('p').hidden`)
    const configText = () => page.evaluate(`document.getElementById('config-text').textContent`)
    expect(await isHidden()).toBe(false)
    await select(page, 'target', 'vitdet')
    expect(await configText()).toContain("type='ViT'")
    await select(page, 'target', 'both')
    expect(await configText()).toContain("type='mmpretrain.VisionTransformer'")
    await page.evaluate(`document.getElementById('save').click()`)
    await page.until(SAVED)
    const saved = join(folder, 'tiny.pth')
    await expect.poll(() => existsSync(saved), { timeout: 60_000 }).toBe(true)
    expect(readFileSync(saved).equals(readFileSync(same))).toBe(true)
    await page.choose('#file', MOCO)
    await page.until(`document.getElementById('facts').textContent.includes('moco_v2')`)
    expect(await isHidden()).toBe(true)
  })

  test('a config is written for the chosen detector and version', async () => {
    const page = await openWith(WITHOUT_PICKER)
    await page.choose('#file', MOCO)
    await page.until(VERDICT)
    await page.evaluate(`document.getElementById('config').open = true`)
    await select(page, 'detector', 'retinanet')
    await select(page, 'mmdet', '2')
    await page.evaluate(`document.getElementById('save-config').click()`)
    const saved = join(folder, 'config.py')
    await expect.poll(() => existsSync(saved), { timeout: 60_000 }).toBe(true)
    expect(readFileSync(saved, 'utf8')).toBe(
      configFor('moco', { checkpoint: 'moco_v2.pth', detector: 'retinanet', mmdet: '2' }),
    )
  })

  test('several files are all listed, and each can be shown', async () => {
    const page = await openPage()
    const bad = join(folder, 'bad.pth')
    writeFileSync(bad, 'no checkpoint')
    await page.choose('#file', MOCO, fixture('swav_released.pth.tar'), bad)
    await page.until(`document.getElementById('files').innerText.includes('cannot be converted')`)
    expect(await text(page, 'files')).toMatch(
      /moco_v2\.pth\.tar\s+[\d.]+ kB, moco, ResNet-50\s+swav_released\.pth\.tar\s+[\d.]+ kB, swav, ResNet-50\s+bad\.pth/,
    )
    await page.evaluate(`document.querySelectorAll('#files button')[1].click()`)
    await page.until(`document.getElementById('facts').innerText.includes('swav_released')`)
    expect(await page.evaluate(`document.querySelector('[aria-current]').innerText`)).toContain('swav')
    // A file that is already listed is read again, and not listed twice.
    await page.choose('#file', MOCO)
    await page.until(`document.getElementById('facts').innerText.includes('moco_v2')`)
    expect(await page.evaluate(`document.querySelectorAll('#files li').length`)).toBe(3)
  })

  test('on a phone, Save is visible after a file is chosen; on a desktop, no column is cut off', async () => {
    const page = await openPage()
    const resize = (width: number, height: number) =>
      page.send('Emulation.setDeviceMetricsOverride', {
        width,
        height,
        deviceScaleFactor: 1,
        mobile: width < 500,
      })
    await resize(390, 844)
    await page.choose('#file', MOCO)
    await page.until(VERDICT)
    const bottom = `document.getElementById('save').getBoundingClientRect().bottom`
    expect(await page.evaluate(bottom)).toBeLessThan(400)
    await page.evaluate(`document.getElementById('filters').scrollIntoView()`)
    expect(await page.evaluate(bottom)).toBeLessThanOrEqual(844)
    expect(await page.evaluate(bottom)).toBeGreaterThan(0)
    await resize(1280, 900)
    await page.evaluate(`document.getElementById('all').open = true`)
    expect(
      await page.evaluate(`(() => { const region = document.querySelector('[aria-label=Tensors]')
        return region.scrollWidth <= region.clientWidth })()`),
    ).toBe(true)
  })

  test('the keyboard reaches everything, in the order of the page, and each control has a name', async () => {
    const page = await openWith(WITHOUT_PICKER)
    await page.choose('#file', MOCO)
    await page.until(VERDICT)
    await page.evaluate(`document.getElementById('all').open = true`)
    const reached: string[] = []
    for (let presses = 0; presses < 13; presses++) {
      await page.press('Tab')
      reached.push(await page.evaluate('document.activeElement.id || document.activeElement.tagName'))
    }
    expect(reached).toEqual(
      'A A A file save method network dtype format SUMMARY summary filter SECTION'.split(' '),
    )
    const { nodes } = (await page.send('Accessibility.getFullAXTree')) as { nodes: readonly AxNode[] }
    const named = nodes.filter(({ role }) =>
      /button|combobox|searchbox|status|region|form|navigation|^image$|table/i.test(role?.value ?? ''),
    )
    expect(named.length).toBeGreaterThan(5)
    for (const { role, name } of named)
      if (role.value !== 'status') expect(name?.value, role.value).toBeTruthy()
    await page.evaluate(`document.getElementById('save').focus()`)
    await page.press('Enter')
    await page.until(SAVED)
  })

  test('a dropped file is read, and the filter finds tensors', async () => {
    const page = await openPage()
    await page.choose('#file', MOCO)
    await page.until(VERDICT)
    await page.evaluate(`(() => {
      const transfer = new DataTransfer()
      transfer.items.add(new File(['no checkpoint'], 'dropped.pth'))
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }))
    })()`)
    await page.until(`document.getElementById('result').className === 'bad'`)
    expect(await text(page, 'facts')).toContain('dropped.pth')
    await page.choose('#file', MOCO)
    await page.until(`document.getElementById('result').className === 'good'`)
    await page.evaluate(`(() => { document.getElementById('all').open = true
      const field = document.getElementById('filter'); field.value = 'encoder_k.layer4'
      field.dispatchEvent(new Event('input')) })()`)
    expect(await text(page, 'summary')).toBe('60 of 646 tensors')
    // A different method is applied with the current filter.
    await page.evaluate(`document.getElementById('method').dispatchEvent(new Event('change'))`)
    expect(await text(page, 'summary')).toBe('60 of 646 tensors')
  })

  test('code that PyTorch would run gives a warning; the tensors beside it can be saved', async () => {
    const page = await openPage()
    await page.choose('#file', fixture('../invalid/whole-backbone.pth.tar'))
    await page.until(VERDICT)
    expect(await text(page, 'warning')).toBe(
      'Warning: PyTorch would run posix.system when loading this file; nothing was run here.',
    )
    expect(await page.evaluate(`document.getElementById('saving').hidden`)).toBe(false)
    await screenshot(page, 'warning')
  })

  test.each([
    ['light', 1200],
    ['dark', 1200],
    ['light', 360],
    ['dark', 360],
  ])('%s, %d pixels wide: nothing is cut off, and all text has enough contrast', async (scheme, width) => {
    const page = await openPage()
    await page.send('Emulation.setEmulatedMedia', {
      features: [{ name: 'prefers-color-scheme', value: scheme }],
    })
    await page.send('Emulation.setDeviceMetricsOverride', {
      width,
      height: 900,
      deviceScaleFactor: 1,
      mobile: width < 500,
    })
    await page.choose('#file', MOCO)
    await page.until(VERDICT)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
    const ratios = await page.evaluate<number[]>(CONTRASTS)
    expect(ratios.length).toBeGreaterThan(20)
    expect(Math.min(...ratios)).toBeGreaterThanOrEqual(4.5)
    await screenshot(page, `${scheme}-${width}`)
  })
})

/** Only on request, for people to look at. */
async function screenshot(page: Page, name: string): Promise<void> {
  if (!process.env.SCREENSHOTS) return
  const { data } = await page.send('Page.captureScreenshot', { captureBeyondViewport: true })
  writeFileSync(join(process.env.SCREENSHOTS, `page-${name}.png`), data as string, 'base64')
}

interface AxNode {
  readonly role: { readonly value: string }
  readonly name?: { readonly value: string }
}

/** As in WCAG 2: the contrast of each element that contains text with its background. */
const CONTRASTS = `(() => {
  const parts = colour => colour.match(/[\\d.]+/g).map(Number)
  const light = ([r, g, b]) => [r, g, b].map(value => value / 255)
    .map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
    .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0)
  const behind = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parts(getComputedStyle(at).backgroundColor)
      if (colour[3] !== 0) return colour
    }
    return [255, 255, 255]
  }
  return [...document.querySelectorAll('main *')]
    .filter(element => element.offsetHeight > 2 && [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
    .map(element => {
      const [one, other] = [light(parts(getComputedStyle(element).color)), light(behind(element))]
      return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)
    })
})()`
