/** The bar: every byte of a file is in one part, to scale, and no text from the file becomes markup. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { decideOrThrow } from '../../../src/explain/decide.ts'
import { colourOf, drawBar, drawPicture, shareOf } from '../../../src/explain/picture/bar.ts'
import { type Part, partsOf } from '../../../src/explain/picture/parts.ts'
import { size } from '../../../src/explain/print.ts'
import { openCheckpoint } from '../../../src/formats/index.ts'
import type { Checkpoint } from '../../../src/tensor/tensor.ts'
import { openForTest } from '../../helpers/open.ts'
import { tensorOf } from '../../helpers/tensors.ts'

const MOCO = 'fixtures/checkpoints/moco_v2.pth.tar'
const total = (parts: readonly Part[]): number => parts.reduce((sum, { bytes }) => sum + bytes, 0)

async function moco(over: { size?: number } = {}): Promise<Part[]> {
  const checkpoint = await openCheckpoint(await openForTest(MOCO))
  const decision = decideOrThrow(checkpoint)
  return partsOf({ sections: checkpoint.sections, size: over.size ?? checkpoint.size }, decision)
}

/** Parameters of MoCo v2's query encoder and its head, each with a momentum buffer. */
const TRAINED = 23_508_032 + 2048 * 2048 + 2048 + 2048 * 128 + 128

test('kept tensors come first, then the reasons by size; the optimizer is outside every state dict', async () => {
  const tensors = total(await moco())
  const parts = await moco({ size: tensors + 112_000_000 })
  expect(parts.map(({ kind, label, tensors }) => [kind, label, tensors])).toEqual([
    ['kept', 'kept: ResNet-50, network query', 318],
    ['dropped', 'network key', 318],
    ['dropped', 'dictionary of negatives', 1],
    ['dropped', 'projection head', 4],
    ['dropped', 'projection head of the momentum encoder', 4],
    ['dropped', 'position in the dictionary of negatives', 1],
    ['outside', 'outside every state dict: optimizer and the like', undefined],
  ])
  expect(total(parts)).toBe(tensors + 112_000_000)
  expect(parts.map(part => shareOf(part, parts))).toEqual(
    ['25 %', '25 %', '9.1 %', '4.8 %', '4.8 %', '< 0.1 %', '30 %'], // Of 370 MB.
  )
})

test('the picture in the README is up to date: run `npm run pictures`', async () => {
  const bytes = total(await moco()) + 4 * TRAINED
  const title = `moco_v2_800ep_pretrain.pth.tar, ${size(bytes)}`
  expect(readFileSync('docs/pictures/parts.svg', 'utf8')).toBe(
    drawPicture(title, await moco({ size: bytes })),
  )
})

test("a file smaller than its tensors has nothing outside, and the container's overhead does not count", async () => {
  expect((await moco()).map(({ kind }) => kind)).not.toContain('outside')
  expect((await moco({ size: total(await moco()) + 50_000 })).map(({ kind }) => kind)).not.toContain(
    'outside',
  )
})

const sectionsOf = (count: number): Checkpoint['sections'] =>
  new Map(
    Array.from({ length: count }, (_, index) => [
      `part${index}`,
      new Map([['weight', tensorOf('float32', new Float32Array(count - index), [count - index])]]),
    ]),
  )

test('without a decision every section is a part, and the smallest are merged into one', () => {
  const parts = partsOf({ sections: sectionsOf(12), size: 0 })
  expect(parts).toHaveLength(8)
  expect(parts[0]).toEqual({ kind: 'section', label: 'section part0', tensors: 1, bytes: 48 })
  expect(parts[7]).toEqual({ kind: 'dropped', label: '5 smaller parts', tensors: 5, bytes: 4 * 15 })
})

test('the bar is to scale', async () => {
  const parts: Part[] = [
    { kind: 'kept', label: 'kept', bytes: 600 },
    { kind: 'dropped', label: 'queue', bytes: 399 },
    { kind: 'dropped', label: 'position', bytes: 1 },
  ]
  const found = [...drawBar(parts).matchAll(/<rect x="([\d.]+)" width="([\d.]+)"/g)].map(([, x, width]) => [
    x,
    width,
  ])
  expect(found).toEqual([
    ['0.00', '598.00'],
    ['600.00', '397.00'],
    ['999.00', '1.00'],
  ])
  expect(drawBar(parts)).toContain(
    'aria-label="kept: 600 bytes, 60 %; queue: 399 bytes, 40 %; position: 1 bytes, 0.1 %"',
  )
  expect(drawBar([])).not.toMatch(/NaN|Infinity/)
})

test('text from a file stays text', () => {
  const evil = '</svg><script>alert("1")</script>\u202e\ufffe\ud800'
  const svg = drawPicture(evil, [{ kind: 'section', label: evil, bytes: 1 }])
  expect(svg).not.toMatch(/<script|\u202e|\ufffe|\ud800/)
  expect(svg).toContain('\\u202e\ufffd\ufffd')
})

test('every colour contrasts with light and dark pages (WCAG 1.4.11), and all are different', () => {
  const parts = Array.from({ length: 9 }, (): Part => ({ kind: 'dropped', label: '', bytes: 1 }))
  const colours = [
    ...new Set([
      colourOf({ kind: 'kept', label: '', bytes: 1 }, 0),
      colourOf({ kind: 'outside', label: '', bytes: 1 }, 0),
      ...parts.map(colourOf),
    ]),
  ]
  expect(colours).toHaveLength(9)
  for (const colour of colours)
    for (const page of ['#ffffff', '#f6f8fa', '#14171c'])
      expect(contrast(colour, page), `${colour} on ${page}`).toBeGreaterThanOrEqual(3)
})

function contrast(a: string, b: string): number {
  const [low, high] = [a, b].map(luminance).sort((x, y) => x - y)
  return (high! + 0.05) / (low! + 0.05)
}

function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map(at => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!
}
