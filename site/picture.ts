/** The pictures: the file as a bar to scale, the backbone as boxes, its first filters. */
import type { Checkpoint, Decision } from '../src/browser.ts'
import { colourOf, drawBar, shareOf } from '../src/explain/picture/bar.ts'
import { type Part, partsOf } from '../src/explain/picture/parts.ts'
import { type NetworkStage, stagesOf } from '../src/explain/picture/stages.ts'
import { count, printable, size } from '../src/explain/print.ts'
import { nameCanonically } from '../src/probe/canonical.ts'
import { describeFilters, readFirstLayer } from '../src/probe/first-layer.ts'
import { drawFilters } from '../src/probe/picture.ts'
import { byteLength } from '../src/tensor/tensor.ts'
import { byId, element } from './dom.ts'

export function showParts(checkpoint: Checkpoint | undefined, decision?: Decision): void {
  const parts = checkpoint ? partsOf(checkpoint, decision) : []
  byId('makeup').hidden = parts.length === 0
  const bar = new DOMParser().parseFromString(drawBar(parts), 'image/svg+xml').documentElement
  byId('bar').replaceChildren(document.importNode(bar, true))
  byId('parts').replaceChildren(...parts.map((part, index) => rowOf(part, index, parts)))
}

function rowOf(part: Part, index: number, parts: readonly Part[]): HTMLElement {
  const row = element('tr', '', part.kind)
  const name = element('th')
  name.setAttribute('scope', 'row')
  const swatch = element('span', '', 'swatch')
  swatch.style.background = colourOf(part, index)
  name.append(swatch, printable(part.label))
  const tensors = part.tensors === undefined ? '' : count(part.tensors, 'tensor')
  row.append(name, ...[tensors, size(part.bytes), shareOf(part, parts)].map(text => element('td', text)))
  return row
}

/** Stages next to each other; each block is a box that fills while saving. */
export function showStages(decision: Decision | undefined): void {
  byId('network-boxes').hidden = decision === undefined
  const stages = decision ? stagesOf(decision.plan.kept) : []
  byId('stages').replaceChildren(
    ...stages.map(stage => {
      const item = element('li', '', 'stage')
      item.style.flexGrow = String(stage.blocks.length)
      const blocks = element('span', '', 'blocks')
      blocks.setAttribute('aria-hidden', 'true')
      blocks.append(
        ...stage.blocks.map(({ name, bytes }) => {
          const box = element('span', '', 'block')
          box.title = printable(`${name}, ${size(bytes)}`)
          return box
        }),
      )
      item.append(element('b', printable(stage.name)), blocks, element('span', about(stage), 'soft'))
      return item
    }),
  )
}

function about({ blocks, bytes }: NetworkStage): string {
  return blocks.length > 1 ? `${blocks.length} blocks, ${size(bytes)}` : size(bytes)
}

/** @returns a function that fills the boxes, given the number of written bytes */
export function stageFiller({ plan }: Decision): (done: number) => void {
  const boxes = Array.from(document.querySelectorAll<HTMLElement>('#stages .block'))
  const blocks = stagesOf(plan.kept).flatMap(stage => stage.blocks)
  const boxOf = new Map(blocks.flatMap(({ tensors }, index) => tensors.map(name => [name, index])))
  return done => {
    const filled = boxes.map(() => 0)
    let left = done
    for (const [name, tensor] of plan.kept) {
      const bytes = byteLength(tensor)
      filled[boxOf.get(name)!]! += Math.min(bytes, Math.max(left, 0))
      left -= bytes
    }
    boxes.forEach((box, index) => {
      const share = filled[index]! / Math.max(blocks[index]!.bytes, 1)
      box.style.setProperty('--filled', `${(100 * share).toFixed(1)}%`)
    })
  }
}

/** For larger layers, only the strongest filters are shown. */
const SHOWN = 64

/** Reads some kilobytes. Networks whose first layer is not a convolution of colour images have no such picture. */
export async function showFilters(decision: Decision | undefined, isCurrent: () => boolean): Promise<void> {
  byId('filters').hidden = true
  if (!decision) return
  const { method, pretrainedBy } = decision.match
  try {
    const { family, state } = nameCanonically(decision.canonical)
    const { order } = (pretrainedBy ?? method).normalisation
    const layer = await readFirstLayer(state, order, family.look.firstLayer)
    if (!isCurrent()) return
    const { count: all, side } = layer
    const few = layer.filters.slice(0, SHOWN)
    draw(drawFilters({ filters: few, side }, 1, 1))
    const which =
      all > few.length
        ? `The ${few.length} strongest of ${all} filters`
        : `${all} filters, the strongest first`
    const sentence = describeFilters(layer).replace(/^first-layer filters: n/, 'N')
    byId('filters-about').textContent = `${which}, ${side} by ${side} pixels. ${sentence}`
    byId('picture').setAttribute('aria-label', `${which}. ${sentence}`)
    byId('filters').hidden = false
  } catch {
    // The picture is optional: saving reports what is wrong with the file.
  }
}

function draw({ width, height, rgb }: { width: number; height: number; rgb: Uint8Array }): void {
  const canvas = byId('picture', HTMLCanvasElement)
  canvas.width = width
  canvas.height = height
  const pixels = new Uint8ClampedArray(4 * width * height).fill(255)
  for (let pixel = 0; pixel < width * height; pixel++)
    pixels.set(rgb.subarray(3 * pixel, 3 * pixel + 3), 4 * pixel)
  canvas.getContext('2d')!.putImageData(new ImageData(pixels, width, height), 0, 0)
}
