// Draws the pictures of docs/: the first layers of a trained-looking backbone and of a random one.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { drawFilters, encodePng, probeBackbone } from '../dist/index.js'
import { gaborFilters, noiseFilters } from './gabor.js'

const folder = join(import.meta.dirname, '../docs/pictures/')
mkdirSync(folder, { recursive: true })
for (const [name, values] of [
  ['filters-trained', gaborFilters()],
  ['filters-random', noiseFilters()],
]) {
  const bytes = new Uint8Array(values.buffer)
  const tensor = {
    dtype: 'float32',
    shape: [64, 3, 7, 7],
    origin: name,
    copyTo: write => write(bytes).then(() => 0),
  }
  const { firstLayer } = await probeBackbone(new Map([['conv1.weight', tensor]]))
  writeFileSync(`${folder}${name}.png`, await encodePng(drawFilters(firstLayer)))
  console.log(name, firstLayer.smoothness.toFixed(2), firstLayer.spread.toFixed(2))
}
