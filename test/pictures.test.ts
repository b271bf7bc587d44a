/** The terminal pictures: they show the current output of the program, and a browser can draw them. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
// @ts-expect-error: a script without types
import { canRecord, RECORDINGS, record } from '../scripts/recordings.js'
// @ts-expect-error: a script without types
import { draw, emulate } from '../scripts/terminal.js'
import { CHROMIUM, openPage } from './helpers/chromium.ts'
import { temporaryFolder } from './helpers/temporary.ts'

const NAMES: readonly string[] = RECORDINGS.map(({ name }: { name: string }) => `terminal-${name}.svg`)
const picture = (name: string): string => readFileSync(`docs/pictures/${name}`, 'utf8')

if (!canRecord()) console.warn('SKIPPED: `script` of util-linux is not installed; no terminal is recorded.')

test.skipIf(!canRecord())('they are up to date: run `npm run pictures`', async () => {
  const fresh: Map<string, string> = await record()
  expect([...fresh.keys()]).toEqual(NAMES)
  for (const [name, svg] of fresh) expect(picture(name), name).toBe(svg)
})

test.each(NAMES)('%s is small, contains real text in 80 columns, and has both colour schemes', name => {
  const svg = picture(name)
  expect(Buffer.byteLength(svg)).toBeLessThan(30_000)
  expect(svg).toContain('prefers-color-scheme: dark')
  expect(svg).toContain('selfsup2mmdet')
  for (const [, x, length] of svg.matchAll(/ x="([\d.]+)" y="\d+" textLength="([\d.]+)"/g))
    expect(Number(x) + Number(length)).toBeLessThanOrEqual(16 + 80 * 8.4 + 0.1)
})

describe('the terminal', () => {
  test('has colours, carriage returns, cleared lines, and rows of 80', () => {
    expect(emulate('\x1b[31mred\x1b[39m and \x1b[1mbold\x1b[22m\r\n')).toEqual([
      [
        { column: 0, text: 'red', classes: 'red' },
        { column: 4, text: 'and', classes: '' },
        { column: 8, text: 'bold', classes: 'bold' },
      ],
    ])
    expect(emulate('\r█████ 5 of 9\x1b[K\r\x1b[Kdone')).toEqual([[{ column: 0, text: 'done', classes: '' }]])
    expect(emulate('x'.repeat(81)).map((row: { text: string }[]) => row[0]!.text.length)).toEqual([80, 1])
  })

  test('refuses unknown sequences', () => {
    expect(() => emulate('\x1b[35m')).toThrow('the style 35')
    expect(() => emulate('\x1b[2J')).toThrow('u001b')
    expect(() => emulate('\x07')).toThrow('u0007')
  })

  test('text cannot become a tag', () => {
    expect(draw('a < b', '<script>&')).toContain('>&lt;script&gt;&amp;</text>')
  })
})

test.skipIf(!CHROMIUM)('a browser accepts each as a picture', () => {
  const page = join(temporaryFolder(), 'pictures.html')
  const images = NAMES.map(name => `<img src="file://${process.cwd()}/docs/pictures/${name}">`)
  const script =
    'onload = () => { document.title = [...document.images].map(i => i.naturalWidth + "x" + i.naturalHeight).join(" ") }'
  writeFileSync(page, `<!doctype html><title></title>${images.join('')}<script>${script}</script>`)
  const sizes = NAMES.map(name => /width="(\d+)" height="(\d+)"/.exec(picture(name))!.slice(1).join('x'))
  expect(openPage(page).html).toContain(`<title>${sizes.join(' ')}</title>`)
})
