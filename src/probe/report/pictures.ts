/** The pictures of the page: the filters of this network and of the file's others, and beside them what noise looks like. */
import type { Filter, FirstLayer } from '../first-layer.ts'
import { drawFilters } from '../picture.ts'
import { encodePng } from '../png.ts'
import type { Looks } from '../probe.ts'
import { escapeHtml, number } from './html.ts'

/** Another network of the same file, which was not taken. */
export interface OtherNetwork {
  readonly name: string
  readonly looks: Looks
  /** In one line, for people. */
  readonly reason: string
  /** The picture of its first layer, as a PNG file. */
  readonly filters: Uint8Array
}

/** @param network the name of the one that is kept, where the file has several */
export async function drawPictures(
  firstLayer: FirstLayer,
  filters: Uint8Array,
  network: string | undefined,
  others: readonly OtherNetwork[],
): Promise<string> {
  const { count, side, smoothness } = firstLayer
  const alone = others.length === 0
  const name = alone ? '' : `<b>${escapeHtml(network ?? 'this network')} (kept)</b> `
  const pictures = [
    `<figure>${image(filters, `${count} filters of ${side} by ${side} pixels, whose neighbouring weights correlate by ${number(smoothness)}`, alone ? 2 : 1)}
<figcaption>${name}${count} filters of ${side} by ${side}, those with the most energy first; each in its own range. Edges and colours mean training, noise means none.${hasHoles(firstLayer) ? ' Red: NaN or infinite.' : ''}</figcaption></figure>`,
    ...others.map(drawOther),
    `<figure class="noise">${image(await noisePng(), 'sixteen squares of coloured noise', 2)}
<figcaption>What random filters look like</figcaption></figure>`,
  ]
  return `<section class="pictures${alone ? '' : ' several'}" aria-label="Filters of the first layer">
${pictures.join('\n')}
</section>`
}

function drawOther({ name, looks, reason, filters }: OtherNetwork): string {
  const label = escapeHtml(`${name} (not taken): ${SAYS[looks]}`)
  return `<figure>${image(filters, `the filters of the network ${name}, which was not taken`, 1)}
<figcaption><b>${label}</b> ${escapeHtml(reason)}</figcaption></figure>`
}

const SAYS: Readonly<Record<Looks, string>> = {
  trained: 'looks trained',
  partly: 'looks trained in part',
  random: 'looks random',
  broken: 'is broken',
  unclear: 'is unclear',
}

function hasHoles({ filters }: FirstLayer): boolean {
  return filters.some(({ pixels }) => !pixels.every(Number.isFinite))
}

const WIDTH_AT = 16
const HEIGHT_AT = 20

/** @param zoom pixels on the screen for each of the picture: whole ones, so that all weights are of one size */
function image(png: Uint8Array, alt: string, zoom: number): string {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength)
  const [width, height] = [WIDTH_AT, HEIGHT_AT].map(at => zoom * view.getUint32(at))
  return `<img src="data:image/png;base64,${base64(png)}" alt="${escapeHtml(alt)}" width="${width}" height="${height}">`
}

function base64(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return btoa(text)
}

const NOISE = { count: 16, side: 7, seed: 1 } as const

/** The same in every page: independent normal numbers, as initialisation makes them. */
function noisePng(): Promise<Uint8Array> {
  let state: number = NOISE.seed
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state + 1) / 2 ** 32
  }
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
  const filters = Array.from({ length: NOISE.count }, (_, index): Filter => {
    const pixels = Float32Array.from({ length: 3 * NOISE.side ** 2 }, normal)
    return { index, norm: Math.hypot(...pixels), pixels }
  })
  return encodePng(drawFilters({ filters, side: NOISE.side }, 3, 2))
}
