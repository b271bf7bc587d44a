/** `probe --forward`: verdicts, images from a folder, messages about missing packages, and the section of the page. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
// @ts-expect-error: a script without types
import { trainedWeights } from '../../../scripts/gabor.js'
import { readImages } from '../../../src/cli/probe/images.ts'
import { ARCHITECTURES } from '../../../src/families/index.ts'
import { writeTorchZip } from '../../../src/formats/torch/write-zip.ts'
import { createFile } from '../../../src/node/file-sink.ts'
import { generateImages } from '../../../src/probe/forward/images.ts'
import { encodePng } from '../../../src/probe/png.ts'
import { collapse, freshBackbone } from '../../helpers/backbones.ts'
import { CHROMIUM, openPage } from '../../helpers/chromium.ts'
import { type Ran, runBinary, runHere } from '../../helpers/cli.ts'
import { serve } from '../../helpers/http-server.ts'
import { temporaryFolder } from '../../helpers/temporary.ts'
import { tensorOf } from '../../helpers/tensors.ts'

const folder = temporaryFolder()
const [sound, collapsed] = [join(folder, 'sound.pth'), join(folder, 'collapsed.pth')]
const photographs = join(folder, 'photographs')
const repository = join(import.meta.dirname, '../../../')

beforeAll(async () => {
  const state = freshBackbone(ARCHITECTURES.find(({ name }) => name === 'resnet18')!)
  // Collapse is not judged for untrained weights: these have the statistics of trained ones.
  for (const [name, { shape }] of state) {
    const count = shape.reduce((product, size) => product * size, 1)
    const size = 0.4 * Math.sqrt((2 * shape[1]!) / count)
    if (shape.length === 4 && name !== 'conv1.weight')
      state.set(name, tensorOf('float32', trainedWeights(count, size, count), [...shape], 2 ** 20))
    if (name.endsWith('running_var'))
      state.set(name, tensorOf('float32', new Float32Array(count).fill(0.9), [...shape]))
  }
  for (const path of [sound, collapsed]) {
    if (path === collapsed) collapse(state)
    const sink = await createFile(path, { overwrite: true })
    await writeTorchZip(state, {}, sink)
    await sink.finish()
  }
  mkdirSync(photographs)
  for (const [index, image] of generateImages().entries())
    writeFileSync(join(photographs, `${String(index).padStart(2, '0')}.png`), await encodePng(image))
  writeFileSync(join(photographs, 'README.txt'), 'no image')
})

const json = ({ out }: Ran) => JSON.parse(out).forward
/** The run that others are compared with: made once. */
let once: Promise<object> | undefined
const ofGeneratedImages = (): Promise<object> =>
  (once ??= runHere('probe', sound, '--forward', '--json').then(json))

test('shapes, activations and features of generated images', async () => {
  const ran = runBinary(['probe', sound, '--forward'])
  expect(ran).toMatchObject({ code: 1, err: '' }) // Its first filters are noise.
  expect(ran.out).toContain('images    16 generated images, with @tensorflow/tfjs-backend-wasm')
  expect(ran.out).toMatch(/features +sound\n +features of 16 images: spread 0\.\d+ /)
  for (const shape of ['64 × 56 × 56', '128 × 28 × 28', '256 × 14 × 14', '512 × 7 × 7'])
    expect(ran.out).toContain(shape)
})

test('the same images as files of a folder give the same numbers', async () => {
  const files = json(await runHere('probe', sound, '--forward', '--images', photographs, '--json'))
  expect(files).toEqual({
    ...(await ofGeneratedImages()),
    folder: photographs,
    leftOut: '1 file of a different type',
  })
})

test('only the first 64 images of a folder are used, with a note', async () => {
  const many = join(folder, 'many')
  mkdirSync(many)
  for (let index = 0; index < 70; index++)
    cpSync(join(photographs, `0${index % 10}.png`), join(many, `${index}.png`))
  const { images, leftOut } = await readImages(many)
  expect(images).toHaveLength(64)
  expect(leftOut).toBe('6 files beyond the first 64 images')
})

test('by URL the tensors are fetched once, and give the same numbers', async () => {
  const bytes = readFileSync(sound)
  const served = await serve(bytes)
  const far = json(await runHere('probe', served.url, '--forward', '--json'))
  expect(far).toEqual(await ofGeneratedImages())
  const fetched = served.ranges
    .map(range => /^bytes=(\d+)-(\d+)$/.exec(range ?? '')!)
    .map(([, a, b]) => +b! - +a! + 1)
  expect(fetched.reduce((sum, length) => sum + length)).toBeLessThan(1.02 * bytes.length)
})

test('JPEG is read too', async () => {
  const jpeg = createRequire(import.meta.url)('jpeg-js')
  const mixed = join(folder, 'mixed')
  mkdirSync(mixed)
  for (const [index, { width, height, rgb }] of generateImages().slice(0, 2).entries()) {
    const data = Buffer.alloc(4 * width * height, 255)
    for (let pixel = 0; pixel < width * height; pixel++)
      data.set(rgb.subarray(3 * pixel, 3 * pixel + 3), 4 * pixel)
    writeFileSync(join(mixed, `${index}.jpg`), jpeg.encode({ width, height, data }, 95).data)
  }
  const { features } = json(await runHere('probe', sound, '--forward', '--images', mixed, '--json'))
  const first = join(folder, 'first')
  mkdirSync(first)
  for (const name of ['00.png', '01.png']) cpSync(join(photographs, name), join(first, name))
  const lossless = json(await runHere('probe', sound, '--forward', '--images', first, '--json')).features
  expect(features.images).toBe(2)
  expect(features.spread / lossless.spread).toBeCloseTo(1, 1)
})

test('collapsed features', async () => {
  const { code, out } = await runHere('probe', collapsed, '--forward')
  expect(code).toBe(1)
  expect(out).toMatch(/features +collapsed/)
  expect(out).toContain('all images have nearly the same features')
})

describe('has a clear message for', () => {
  const [broken, odd] = [join(folder, 'broken'), join(folder, 'odd')]
  beforeAll(() => {
    mkdirSync(broken)
    mkdirSync(join(odd, 'folder.png'), { recursive: true })
    symlinkSync(join(odd, 'nowhere'), join(odd, 'dangling.png'))
    symlinkSync(photographs, join(odd, 'linked.png'))
    expect(spawnSync('mkfifo', [join(odd, 'pipe.png')]).status).toBe(0)
    writeFileSync(join(broken, 'a.png'), readFileSync(join(photographs, '00.png')).subarray(0, 500))
  })

  test.each([
    ['images without a run', ['--images', photographs], 2, '--images requires --forward.'],
    ['a folder without images', ['--forward', '--images', join(repository, 'docs')], 2, 'found 0'],
    ['a missing folder', ['--forward', '--images', join(folder, 'none')], 2, 'There is no folder'],
    ['a file instead of a folder', ['--forward', '--images', sound], 2, 'There is no folder'],
    ['a folder with other entries than images', ['--forward', '--images', odd], 2, 'found 0'],
    ['a damaged image', ['--forward', '--images', broken], 3, 'pngjs cannot decode it'],
  ])('%s', async (_, args, code, text) => {
    const ran = await runHere('probe', sound, ...args)
    expect(ran).toMatchObject({ code, out: '' })
    expect(ran.err).toContain(text)
  })
})

describe('if the packages are not installed', () => {
  const installed = join(folder, 'elsewhere/node_modules/selfsup2mmdet')
  const binary = join(installed, 'bin/selfsup2mmdet.js')
  beforeAll(() => {
    for (const part of ['bin', 'dist', 'package.json'])
      cpSync(join(repository, part), join(installed, part), { recursive: true })
  })

  test('says what to install, only if it is needed', () => {
    const plain = runBinary(['probe', sound], { binary })
    expect(plain).toMatchObject({ code: 1, err: '' })
    const ran = runBinary(['probe', sound, '--forward'], { binary })
    expect(ran).toMatchObject({ code: 4, out: '' })
    expect(ran.err).toContain('npm install @tensorflow/tfjs-core @tensorflow/tfjs-backend-wasm')
  })

  test('says which package decodes the images', () => {
    const ran = runBinary(['probe', sound, '--forward', '--images', photographs], { binary })
    expect(ran).toMatchObject({ code: 4, out: '' })
    expect(ran.err).toContain('npm install pngjs')
  })

  test('uses tfjs-node if it is installed', async () => {
    // Like tfjs-node: the whole API in one CommonJS package, whose backend starts by itself. Here, another backend computes.
    const standIn = join(folder, 'elsewhere/node_modules/@tensorflow/tfjs-node')
    mkdirSync(standIn, { recursive: true })
    writeFileSync(
      join(standIn, 'index.js'),
      `const load = require('module').createRequire(${JSON.stringify(join(repository, 'package.json'))})
       module.exports = load('@tensorflow/tfjs-core')
       load('@tensorflow/tfjs-backend-wasm')`,
    )
    const there = json(runBinary(['probe', sound, '--forward', '--json'], { binary }))
    expect(there).toEqual({ ...(await ofGeneratedImages()), engine: '@tensorflow/tfjs-node' })
  })
})

test.skipIf(!CHROMIUM)('the page has a section for it in a real browser', async () => {
  const page = join(folder, 'report.html')
  await runHere('probe', collapsed, '--forward', '--report', page)
  const { html } = openPage(page)
  expect(html).toContain('<h2>Run on images</h2>')
  expect(html).toMatch(/<p class="bad"><b>collapsed<\/b>: features of 16 images: spread \S+ /)
  expect(html).toContain('<h1 class="bad">This backbone’s features have collapsed</h1>')
  expect(html).toContain('512 × 7 × 7')
  expect(readFileSync(page, 'utf8')).not.toMatch(/https?:\/\//)
})
