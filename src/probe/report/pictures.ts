/** The pictures of the page: the filters of this network and of others in the file; for comparison, filters at initialisation and trained ones. */
import type { FirstLayer } from '../first-layer.ts'
import type { Looks } from '../probe.ts'
import { escapeHtml, number } from './html.ts'
import { atInitPng, trainedPng } from './references.ts'

/** Another network in the same file, which was not taken. */
export interface OtherNetwork {
  readonly name: string
  readonly looks: Looks
  /** In one line, for people. */
  readonly reason: string
  /** The picture of its first layer, as a PNG file. */
  readonly filters: Uint8Array
}

/** @param network the name of the kept one, if the file contains several */
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
    `<figure>${image(filters, `${count} filters of ${side} by ${side} pixels, whose neighbouring weights correlate at ${number(smoothness)}`, alone ? 2 : 1)}
<figcaption>${name}${count} filters of ${side} by ${side} pixels, the strongest first, each scaled to its own range. Trained filters show edges and colours; filters at initialisation are noise.${hasHoles(firstLayer) ? ' Red: NaN or infinite.' : ''}</figcaption></figure>`,
    ...others.map(drawOther),
    await drawReferences(),
  ]
  return `<section class="pictures${alone ? '' : ' several'}" aria-label="Filters of the first layer">
${pictures.join('\n')}
</section>`
}

/** Pictures for comparison, not from this file. */
async function drawReferences(): Promise<string> {
  const [trained, atInit] = [await trainedPng(), await atInitPng()]
  return `<div class="noise"><figure>${image(trained, 'sixteen squares with clear edges and colours', 2)}
<figcaption>For comparison: synthetic filters, similar to trained ones</figcaption></figure>
<figure>${image(atInit, 'sixteen squares of coloured noise', 2)}
<figcaption>For comparison: at initialisation</figcaption></figure></div>`
}

function drawOther({ name, looks, reason, filters }: OtherNetwork): string {
  const label = escapeHtml(`${name} (not kept): ${SAYS[looks]}`)
  return `<figure>${image(filters, `filters of the network ${name}, which was not kept`, 1)}
<figcaption><b>${label}</b> ${escapeHtml(reason)}</figcaption></figure>`
}

const SAYS: Readonly<Record<Looks, string>> = {
  trained: 'looks trained',
  partly: 'looks partly random',
  random: 'looks random',
  broken: 'is broken',
  unclear: 'is unclear',
}

function hasHoles({ filters }: FirstLayer): boolean {
  return filters.some(({ pixels }) => !pixels.every(Number.isFinite))
}

const WIDTH_AT = 16
const HEIGHT_AT = 20

/** @param zoom screen pixels per picture pixel: an integer, so that all weights have the same size */
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
