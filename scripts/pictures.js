// Draws the pictures of docs/: the first layers of a trained-looking backbone and of a random one, and the parts of a checkpoint.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gaborFilters, noiseFilters } from './gabor.js'
import { fromSource } from './source.js'

const { decideOrThrow, drawFilters, drawPicture, encodePng, openCheckpointFile, partsOf, probeBackbone } =
  await fromSource(
    'index.ts',
    'explain/picture/bar.ts',
    'explain/picture/parts.ts',
    'probe/picture.ts',
    'probe/png.ts',
  )
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

/** A MoCo v2 file as its code writes it: the fixture's tensors, and a momentum buffer for each trained parameter. */
async function drawParts() {
  const root = join(import.meta.dirname, '../')
  const file = await openCheckpointFile(`${root}fixtures/checkpoints/moco_v2.pth.tar`)
  const { checkpoint } = file
  const decision = decideOrThrow(checkpoint)
  let size = 0
  for (const [name, { dtype, shape }] of checkpoint.sections.get('state_dict')) {
    const bytes = shape.reduce((product, length) => product * length, dtype === 'int64' ? 8 : 4)
    const isTrained = name.includes('encoder_q') && !/running_|num_batches/.test(name)
    size += isTrained ? 2 * bytes : bytes
  }
  await file.close()
  const title = `moco_v2_800ep_pretrain.pth.tar, ${(size / 1e6).toFixed(1)} MB`
  return drawPicture(title, partsOf({ sections: checkpoint.sections, size }, decision))
}

writeFileSync(`${folder}parts.svg`, await drawParts())
