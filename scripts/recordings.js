// Draws the program's output in a terminal, from real runs on generated files. Needs a built dist/, and `script` from
// util-linux; a test fails if the pictures are out of date.
import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gaborFilters, trainedWeights } from './gabor.js'
import { fromSource } from './source.js'
import { COLUMNS, draw } from './terminal.js'

const ROOT = join(import.meta.dirname, '../')
const MOCO = 'moco_v2_800ep_pretrain.pth.tar'
const SWAV = 'swav_800ep_pretrain.pth.tar'

/** The pictures: what is typed in each, and how it must end. */
export const RECORDINGS = [
  {
    name: 'convert',
    title: 'A MoCo v2 checkpoint becomes a backbone: read, recognised, kept, complete, wrote',
    runs: [[`${MOCO} moco.pth`, 0]],
  },
  {
    name: 'refused',
    title: 'A SwAV file converted with --selfsup moco, and an incomplete download, are refused with advice',
    runs: [
      [`${SWAV} moco.pth --selfsup moco`, 1],
      ['half_a_download.pth.tar moco.pth', 3],
    ],
  },
  {
    name: 'inspect',
    title: 'inspect shows what is in a checkpoint that would run a command if PyTorch loaded it',
    runs: [['inspect from_a_stranger.pth.tar', 0]],
  },
  {
    name: 'probe',
    title: 'probe reports that a backbone looks trained, with statistics of each stage',
    runs: [['probe moco.pth', 0]],
  },
]

/** Whether recordings can be made on this machine. */
export function canRecord() {
  return spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false
}

/** @returns {Promise<Map<string, string>>} the pictures by file name */
export async function record() {
  const folder = mkdtempSync(join(tmpdir(), 'recordings-'))
  try {
    await prepare(folder)
    return new Map(
      RECORDINGS.map(({ name, title, runs }) => {
        const shown = runs.map(([line, code]) => `${prompt(line)}${run(folder, line, code)}`)
        return [`terminal-${name}.svg`, draw(title, shown.join('\r\n'))]
      }),
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function prompt(line) {
  return `\x1b[2m$\x1b[22m \x1b[1mselfsup2mmdet ${line}\x1b[22m\r\n`
}

/** In a pseudo-terminal, so that the program detects one. */
function run(folder, line, expected) {
  const env = {
    PATH: `${folder}/bin:${process.env.PATH}`,
    HOME: folder,
    TERM: 'xterm-256color',
    LANG: 'C.UTF-8',
  }
  const command = `stty cols ${COLUMNS} rows 50 && exec selfsup2mmdet ${line}`
  const { stdout, status } = spawnSync('script', ['-qec', command, '/dev/null'], {
    cwd: folder,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status !== expected) throw new Error(`${line} ended with ${status}:\n${stdout}`)
  if (stdout.includes(folder) || stdout.includes(ROOT)) throw new Error(`A path of this machine:\n${stdout}`)
  // Pictures must be the same each time.
  return stdout.replace(/, in \d+\.\d s\b/, ', in 0.3 s')
}

async function prepare(folder) {
  const program = join(folder, 'bin/selfsup2mmdet')
  mkdirSync(join(folder, 'bin'))
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${ROOT}bin/selfsup2mmdet.js" "$@"\n`)
  chmodSync(program, 0o755)
  copyFileSync(`${ROOT}fixtures/checkpoints/swav_released.pth.tar`, join(folder, SWAV))
  copyFileSync(`${ROOT}fixtures/checkpoints/moco_v2.pth.tar`, join(folder, 'half_a_download.pth.tar'))
  truncateSync(join(folder, 'half_a_download.pth.tar'), 60_000)
  copyFileSync(`${ROOT}fixtures/invalid/whole-backbone.pth.tar`, join(folder, 'from_a_stranger.pth.tar'))
  await writeMoco(join(folder, MOCO))
}

/** A MoCo v2 checkpoint of full size. It contains no trained weights, only numbers with similar statistics. */
async function writeMoco(path) {
  const { createFile, openCheckpointFile, writeTorchLegacy } = await fromSource(
    'index.ts',
    'node/file-sink.ts',
    'formats/torch/write-legacy.ts',
  )
  const file = await openCheckpointFile(`${ROOT}fixtures/checkpoints/moco_v2.pth.tar`)
  const state = new Map(file.checkpoint.sections.get('state_dict'))
  const random = uniform(1)
  for (const [name, { shape, dtype }] of state)
    if (/^module\.encoder_[qk]\./.test(name) && dtype === 'float32') {
      const values = /^module\.encoder_.\.conv1\.weight$/.test(name)
        ? gaborFilters()
        : likeTrained(name, shape, random)
      state.set(name, inMemory(name, shape, values))
    }
  const sink = await createFile(path, { overwrite: true })
  await writeTorchLegacy(state, {}, sink)
  await sink.finish()
  await file.close()
}

function likeTrained(name, shape, random) {
  if (shape.length === 4)
    return trainedWeights(
      shape.reduce((product, size) => product * size, 1),
      sizeOf(shape),
    )
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1))
  const [from, to] = rangeOf(name)
  for (let index = 0; index < values.length; index++) values[index] = from + (to - from) * random()
  return values
}

function rangeOf(name) {
  if (name.endsWith('running_var')) return [0.02, 0.4]
  return name.endsWith('weight') ? [0.05, 0.45] : [-0.2, 0.2]
}

/** Smaller than at initialisation, as after weight decay. */
function sizeOf([outputs, , height, width]) {
  return 0.6 * Math.sqrt(2 / (outputs * height * width))
}

function uniform(seed) {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

function inMemory(origin, shape, values) {
  const bytes = new Uint8Array(values.buffer)
  return { dtype: 'float32', shape, origin, copyTo: write => write(bytes).then(() => 0) }
}

if (process.argv[1] === import.meta.filename)
  for (const [name, svg] of await record()) {
    writeFileSync(`${ROOT}docs/pictures/${name}`, svg)
    console.log(name, svg.length)
  }
