/** The page of a probe as text: its headline, escaping, numbers, drawings, policy and colours. */
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { drawFilters } from '../../../src/probe/picture.ts'
import type { ProbeVerdict } from '../../../src/probe/probe.ts'
import { drawHistogram, histogramLabel } from '../../../src/probe/report/histogram.ts'
import { breakable, count, number, percent } from '../../../src/probe/report/html.ts'
import { writeReport } from '../../../src/probe/report/page.ts'
import { SCRIPT, SCRIPT_HASH } from '../../../src/probe/report/script.ts'
import { STYLE, STYLE_HASH } from '../../../src/probe/report/style.ts'
import { NORMAL, reportOf, stageOf } from '../../helpers/reports.ts'

test.each<[ProbeVerdict, string, string]>([
  ['trained', 'good', 'This backbone looks trained'],
  ['partly', 'bad', 'Only part of this backbone looks trained'],
  ['random', 'bad', 'This backbone looks random: its weights are at initialisation'],
  ['broken', 'bad', 'This backbone is broken'],
  ['collapsed', 'bad', 'This backbone’s features have collapsed'],
  ['unclear', 'doubt', 'This backbone is neither clearly trained nor at initialisation'],
])('%s has its own headline', async (verdict, tone, text) => {
  const page = await writeReport(await reportOf({ verdict }))
  expect(page).toContain(`<h1 class="${tone}">${text}</h1>`)
  expect(page.match(/<h1/g)).toHaveLength(1)
})

describe('text from the file', () => {
  const evil = `</td><img src=x onerror="alert('1')">\u202e`
  const safe = '&lt;/td&gt;&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;\\u202e'

  test('stays text wherever it appears', async () => {
    const plain = await reportOf()
    const page = await writeReport({
      ...plain,
      title: evil,
      facts: [[evil, evil]],
      version: evil,
      network: evil,
      others: [{ name: evil, looks: 'trained', reason: evil, filters: plain.filters }],
      verdict: 'random',
      probe: { ...plain.probe, reasons: [evil], stages: [stageOf(evil, { remark: evil })] },
      fates: [
        [evil, evil, evil, evil, true],
        [evil, evil, evil, evil, false],
      ],
    })
    expect(page).not.toContain('<img src=x')
    expect(page).not.toContain('\u202e')
    expect(page).toContain(`<title>${safe}</title>`)
    expect(page.split(safe).length).toBeGreaterThan(20)
  })

  test('breaks after dots and underscores, and escapes stay whole', () => {
    expect(breakable('a.b_c<')).toBe('a.<wbr>b_<wbr>c&lt;')
  })
})

test('a transformer has LayerNorm, without running variances, and none in its stem', async () => {
  const plain = await reportOf()
  const tableOf = async (running: boolean) => {
    const stages = [stageOf('stem', { running, channels: 0 }), stageOf('blocks.0', { running })]
    const page = await writeReport({ ...plain, probe: { ...plain.probe, stages } })
    return page.slice(page.indexOf('<h2>Stages'), page.indexOf('</section>', page.indexOf('<h2>Stages')))
  }
  const [vit, resnet] = [await tableOf(false), await tableOf(true)]
  expect(vit).toContain('LayerNorm scale')
  expect(vit).not.toMatch(/BatchNorm|Running variance|0 of 0/)
  expect(resnet).toContain('BatchNorm scale')
  expect(resnet).toContain('Running variance')
})

test('numbers have one format, and non-finite ones are red', () => {
  expect([0, -0, 1, -0.51234, 26560, 0.000123].map(number)).toEqual(
    ['0', '0', '1', '−0.512', '26,600', '0.000123'], // One line is easier to read.
  )
  expect(number(-1.234e-7)).toBe('−1.23 × 10<sup>−7</sup>')
  expect(number(3e38)).toBe('3.00 × 10<sup>38</sup>')
  expect(number(Number.NaN)).toBe('<span class="bad">NaN</span>')
  expect(number(Number.NEGATIVE_INFINITY)).toBe('<span class="bad">−∞</span>')
  expect([count(14942208), count(Number.NaN)]).toEqual(['14,942,208', '<span class="bad">NaN</span>'])
  expect([0, 0.0583, 0.47, 1.234, Number.NaN].map(percent)).toEqual(
    ['0 %', '5.8 %', '47 %', '123 %', '<span class="bad">NaN</span>'], // All are shares.
  )
})

describe('the histogram', () => {
  test('is described in text', () => {
    expect(histogramLabel('stem', NORMAL)).toMatch(
      /^Histogram of stem: 68\.\d % of the weights are within one deviation of initialisation \(at initialisation: 68\.3 %\), 0\.\d % beyond three/,
    )
    const zeros = NORMAL.map((_, index) => (index === 20 ? 1 : 0))
    expect(histogramLabel('stem', zeros)).toContain(': 100 % of the weights')
  })

  test.each([
    ['of NaN', NORMAL.map(() => Number.NaN)],
    ['of zeros', NORMAL.map(() => 0)],
    ['without bars', []],
  ])('%s is a drawing without bars, and says so', (_, histogram) => {
    const svg = drawHistogram({ name: 'stem', histogram })
    expect(svg).toContain('aria-label="Histogram of stem: no weight is a finite number"')
    expect(svg).toContain('<path class="bars" d=""/>')
    expect(svg).not.toMatch(/NaN|Infinity|undefined/)
  })

  test('weights at initialisation fill their curve, and a peak does not flatten it', () => {
    const heights = (svg: string) => [...svg.matchAll(/v-([\d.]+)h/g)].map(([, height]) => Number(height))
    expect(Math.max(...heights(drawHistogram({ name: 'stem', histogram: NORMAL })))).toBe(48)
    const peak = drawHistogram({ name: 'stem', histogram: NORMAL.map((_, i) => (i === 20 ? 1 : 0)) })
    expect(heights(peak)).toEqual([48])
    expect(peak).toMatch(/class="curve" d="[^"]*L80 32\.0L/) // A third of the height, at 0.
  })
})

test('NaN is shown throughout the page', async () => {
  const plain = await reportOf()
  const stage = stageOf('stem', {
    rms: Number.NaN,
    norm: Number.NaN,
    spread: Number.NaN,
    kurtosis: Number.NaN,
    histogram: NORMAL.map(() => Number.NaN),
    looks: 'broken',
    remark: '3 NaN',
    variance: [-1, Number.POSITIVE_INFINITY],
    batches: undefined,
  })
  const page = await writeReport({ ...plain, probe: { ...plain.probe, stages: [stage] } })
  expect(page.match(/<span class="bad">NaN<\/span>/g)).toHaveLength(4)
  expect(page).toContain('−1 to <span class="bad">∞</span>')
  expect(page).toContain('<b class="bad">broken</b> <small>3 NaN</small>')
  expect(page).not.toMatch(/undefined|>NaN %/)
})

test('other networks of the file are shown beside the one that was kept', async () => {
  const { filters } = await reportOf()
  const others = [{ name: 'key', looks: 'trained', reason: 'they correlate by 0.55', filters }] as const
  const page = await writeReport(await reportOf({ verdict: 'random', others }))
  expect(page).toContain('<b>query (kept)</b>')
  expect(page).toContain('<b>key (not kept): looks trained</b> they correlate by 0.55')
  expect(page).toContain('To keep it: <code>--network key</code>')
  expect(await writeReport(await reportOf({ verdict: 'trained', others }))).not.toContain('To keep it')
})

test('filters are separated by black, and non-finite weights are red', () => {
  const pixels = Float32Array.of(Number.NaN, 0, 0, 1, -1, 0, 0, 0, 0, Number.POSITIVE_INFINITY, 0, 0)
  const { rgb } = drawFilters({ filters: [{ index: 0, norm: 1, pixels }], side: 2 }, 1, 1)
  const at = (x: number, y: number) => [...rgb.subarray(3 * (4 * y + x), 3 * (4 * y + x) + 3)]
  expect(at(0, 0)).toEqual([0, 0, 0])
  expect([at(1, 1), at(2, 1)]).toEqual([
    [255, 0, 0],
    [255, 0, 128],
  ])
  expect([at(1, 2), at(2, 2)]).toEqual([
    [128, 128, 128],
    [255, 0, 0],
  ])
})

test('a stage at initialisation is named so, with the values at initialisation in a row above', async () => {
  const plain = await reportOf()
  const stages = [stageOf('layer4', { looks: 'atInit' })]
  const page = await writeReport({ ...plain, probe: { ...plain.probe, stages } })
  expect(page).toContain('<b class="bad">at initialisation</b>')
  expect(page).toContain('<th role="rowheader" scope="row">at initialisation</th>')
  expect(page).not.toMatch(/fresh|usual/i)
})

describe('the policy', () => {
  test.each([
    ['STYLE_HASH', STYLE, STYLE_HASH],
    ['SCRIPT_HASH', SCRIPT, SCRIPT_HASH],
  ])('%s is the hash of the text: write the expected value into the source', (_, text, hash) => {
    expect(hash).toBe(createHash('sha256').update(text).digest('base64'))
  })

  test('allows only what is in the page, which uses nothing else', async () => {
    const page = await writeReport(await reportOf())
    expect(page).toContain("default-src 'none'; img-src data:; ")
    expect(page).not.toMatch(/unsafe-inline| style="| on\w+="|https?:/)
    expect(page).toContain('<meta name="generator" content="selfsup2mmdet 0.1.0">')
  })
})

describe.each(['light', 'dark'])('the colours of the %s page', scheme => {
  const roots = [...STYLE.matchAll(/:root\{([^}]*--press[^}]*)\}/g)].map(([, text]) => text!)
  const colours = new Map(
    [...roots[scheme === 'light' ? 0 : 1]!.matchAll(/--(\w+):(#\w+)/g)].map(([, name, hex]) => [name!, hex!]),
  )
  test.each([
    ['ink', 'page', 4.5],
    ['soft', 'page', 4.5],
    ['good', 'page', 4.5],
    ['bad', 'page', 4.5],
    ['doubt', 'page', 4.5],
    ['ink', 'press', 4.5],
    ['bar', 'page', 3],
    ['soft', 'page', 3],
    ['ink', 'bar', 3],
  ] as const)('%s on %s has enough contrast (WCAG AA)', (front, back, least) => {
    const [a, b] = [front, back].map(name => luminance(colours.get(name)!)).sort((x, y) => y - x)
    expect((a! + 0.05) / (b! + 0.05)).toBeGreaterThanOrEqual(least)
  })
})

/** https://www.w3.org/TR/WCAG21/#dfn-relative-luminance */
function luminance(hex: string): number {
  const digits = hex.length === 4 ? hex.replace(/\w/g, '$&$&') : hex
  const [red, green, blue] = [1, 3, 5].map(at => {
    const value = Number.parseInt(digits.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!
}
