/** The page of a probe in a real browser: with a mouse, by keyboard, on a phone, on paper, and without scripts. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { writeReport } from '../../src/probe/report/page.ts'
import { browse, type Page } from '../helpers/browser.ts'
import { CHROMIUM } from '../helpers/chromium.ts'
import { reportOf } from '../helpers/reports.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const path = join(temporaryFolder(), 'report.html')
/** The list of tensors is folded: there are hundreds. */
async function open(): Promise<Page> {
  const page = await browse(pathToFileURL(path).href)
  expect(await page.evaluate(visible('#fates tbody tr'))).toBe(0)
  await page.evaluate(`document.getElementById('tensors').open = true`)
  return page
}

const visible = (selector: string): string =>
  `[...document.querySelectorAll('${selector}')].filter(element => element.checkVisibility()).length`
const text = (id: string): string => `document.getElementById('${id}').innerText`
const search = (words: string): string =>
  `(() => { const search = document.getElementById('search'); search.value = '${words}'; search.dispatchEvent(new Event('input')) })()`
const press = (index: number): string => `document.querySelectorAll('#reasons button')[${index}].click()`
/** Nothing overflows, and no scroll bars are needed. */
const FITS = `document.documentElement.scrollWidth <= innerWidth && [...document.querySelectorAll('.wide')].every(region => region.scrollWidth <= region.clientWidth)`

const resize = (page: Page, width: number): Promise<unknown> =>
  page.send('Emulation.setDeviceMetricsOverride', { width, height: 900, deviceScaleFactor: 1, mobile: false })

describe.skipIf(!CHROMIUM)('in a real browser', () => {
  beforeAll(async () => {
    const { filters } = await reportOf()
    const others = [{ name: 'key', looks: 'trained', reason: 'they correlate', filters }] as const
    writeFileSync(path, await writeReport(await reportOf({ verdict: 'random', others })))
  })

  test('it opens without an error or a request; pictures, drawings and tables exist', async () => {
    const page = await open()
    expect(page.errors).toEqual([])
    expect(page.requests.filter(address => !address.startsWith('data:'))).toEqual([pathToFileURL(path).href])
    expect(await page.evaluate('[...document.images].map(image => image.naturalWidth)')).toEqual([
      372, 372, 94, 94,
    ])
    expect(await page.evaluate(visible('svg[role=img]'))).toBe(5)
    expect(await page.evaluate(visible('#fates tbody tr'))).toBe(11)
    // The policy allows the style.
    expect(await page.evaluate(`getComputedStyle(document.querySelector('h1')).color`)).toBe(
      'rgb(163, 22, 33)',
    )
  })

  test('scripts from others do not run in it', async () => {
    const page = await open()
    await page.evaluate(
      `(() => { const script = document.createElement('script'); script.textContent = 'window.ran = true'; document.body.append(script) })()`,
    )
    expect(await page.evaluate('window.ran === undefined')).toBe(true)
  })

  test('search and buttons filter together, and show how many are left', async () => {
    const page = await open()
    expect(await page.evaluate(text('reasons'))).toMatch(
      /^all 11\s+kept 5\s+network key 5\s+dictionary of negatives 1$/,
    )
    await page.evaluate(search('LAYER4  float32'))
    expect(await page.evaluate(text('shown'))).toBe('2 of 11')
    await page.evaluate(press(2))
    expect(await page.evaluate(visible('#fates tbody tr'))).toBe(1)
    expect(await page.evaluate(`document.querySelectorAll('[aria-pressed=true]').length`)).toBe(1)
    await page.evaluate(press(2))
    expect(await page.evaluate(text('shown'))).toBe('2 of 11')
    await page.evaluate(search('layer4 nothing'))
    expect(await page.evaluate(text('none'))).toBe('No tensor matches.')
    expect(await page.evaluate(text('shown'))).toBe('0 of 11')
  })

  test('by keyboard: areas that do not scroll are not tab stops', async () => {
    const page = await open()
    await resize(page, 1200)
    await page.until(`document.querySelectorAll('[tabindex]').length === 0`)
    const stops: string[] = []
    for (let stop = 0; stop < 4; stop++) {
      await page.press('Tab')
      stops.push(await page.evaluate('document.activeElement.tagName'))
    }
    expect(stops).toEqual(['SUMMARY', 'SUMMARY', 'BUTTON', 'BUTTON'])
    await page.press(' ')
    expect(await page.evaluate(text('shown'))).toBe('5 of 11')
    await resize(page, 700)
    await page.until(`document.querySelectorAll('.wide[tabindex="0"]').length === 1`)
  })

  test.each([320, 360, 640, 1200, 1600])('nothing overflows at %i pixels', async width => {
    const page = await open()
    await resize(page, width)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
    if (width <= 640) {
      expect(await page.evaluate(FITS)).toBe(true)
      expect(
        await page.evaluate(
          `getComputedStyle(document.querySelector('.cards tbody:last-child td'), '::before').content`,
        ),
      ).toBe('"Verdict"')
    }
  })

  test('on paper every column is there, in light colours, and an active filter is named', async () => {
    const page = await open()
    await page.evaluate(search('layer4'))
    await page.evaluate(press(1))
    // A4 without its margins; narrower paper still has the table.
    const features = [{ name: 'prefers-color-scheme', value: 'dark' }]
    await page.send('Emulation.setEmulatedMedia', { media: 'print', features })
    for (const width of [620, 703]) {
      await resize(page, width)
      expect(await page.evaluate(FITS), String(width)).toBe(true)
      expect(await page.evaluate(visible('.cards thead th'))).toBe(10)
    }
    expect(await page.evaluate(`getComputedStyle(document.body).backgroundColor`)).toBe('rgb(255, 255, 255)')
    expect(await page.evaluate(text('filtered'))).toBe('filtered: kept, layer4 (1 of 11)')
    expect(await page.evaluate(text('counts'))).toBe('kept 5 · network key 5 · dictionary of negatives 1')
    expect(await page.evaluate(visible('#search'))).toBe(0)
    await page.evaluate(`dispatchEvent(new Event('beforeprint'))`)
    expect(await page.evaluate(visible('dd'))).toBeGreaterThan(5)
  })

  test('without scripts the table is complete, and controls that need them are missing', async () => {
    const page = await open()
    await page.send('Emulation.setScriptExecutionDisabled', { value: true })
    await page.send('Page.reload')
    await page.until(
      `document.readyState === 'complete' && !document.documentElement.classList.contains('script')`,
    )
    await page.send('Emulation.setScriptExecutionDisabled', { value: false })
    await page.evaluate(`document.getElementById('tensors').open = true`)
    expect(await page.evaluate(visible('#search, button'))).toBe(0)
    expect(await page.evaluate(visible('#counts'))).toBe(1)
    expect(await page.evaluate(visible('#fates tbody tr'))).toBe(11)
    expect(await page.evaluate(visible('.wide[tabindex="0"]'))).toBe(1)
  })
})
