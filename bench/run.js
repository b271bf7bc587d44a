// Time, memory and bytes read of full-size conversions, as ratios of what was measured beside them in the same run.
//   npm run bench            takes a minute
//   npm run bench -- --huge  also a checkpoint of 6 GB
// Needs a Python with PyTorch to write the checkpoints (PYTHON, default /usr/bin/python3).
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import {
  ARCHITECTURES,
  decide,
  METHODS,
  openCheckpoint,
  openFile,
  sizeOf,
  streamSink,
  writeBackbone,
} from '../dist/index.js'
import { median, peakMemory, run, timed } from './measure.js'

const ROUNDS = 15
const PYTHON_ROUNDS = 3
const python = process.env.PYTHON ?? '/usr/bin/python3'
/** What pip serves today, where .ci/install-pytorch has put it: it takes longer to start. */
const PYTHONS = [python, join(import.meta.dirname, '../.venv/bin/python')].filter(existsSync)
const here = import.meta.dirname
const data = join(here, 'data')
const out = join(data, 'out.pth')
const cli = join(here, '../bin/selfsup2mmdet.js')
const huge = process.argv.includes('--huge')

const INPUTS = [
  { name: 'MoCo v2, zip', file: 'moco-zip.pth.tar', prefix: 'module.encoder_q.' },
  { name: 'MoCo v2, legacy', file: 'moco-legacy.pth.tar', prefix: 'module.encoder_q.' },
  { name: 'SwAV, zip', file: 'swav-zip.pth.tar', prefix: 'module.' },
  { name: 'SwAV, legacy', file: 'swav-legacy.pth.tar', prefix: 'module.' },
]

mkdirSync(data, { recursive: true })
if (!existsSync(join(data, 'swav-legacy.pth.tar')))
  execFileSync(python, [join(here, 'make.py'), data], { stdio: 'inherit' })

const rows = []
for (const input of INPUTS) rows.push(await compare(input))
if (huge) rows.push(await measureHuge())
print(rows)

async function compare({ name, file, prefix }) {
  const path = join(data, file)
  const kept = join(data, 'kept.pth')
  run(process.execPath, [cli, '-q', path, kept])
  const copy = join(data, 'copy.pth')
  const way = [join(here, 'python-way.py'), path, out, prefix]
  const times = { ours: [], start: [], copy: [] }
  for (let round = 0; round < ROUNDS; round++) {
    times.start.push(timed(process.execPath, ['-e', '0']))
    times.copy.push(timed('sh', ['-c', `cp "${kept}" "${copy}" && sync "${copy}"`], copy))
    times.ours.push(timed(process.execPath, [cli, '-q', path, out], out))
  }
  const [ours, start, copying] = [times.ours, times.start, times.copy].map(median)
  const theirs = PYTHONS.map(python =>
    median(Array.from({ length: PYTHON_ROUNDS }, () => timed(python, way, out))),
  )
  return {
    name,
    size: statSync(path).size,
    ours,
    toCopy: ours / (start + copying),
    toPython: theirs.map(time => time / ours),
    memory: peakMemory(process.execPath, [cli, '-q', path, out]),
    pythonMemory: peakMemory(python, way),
    read: await readRatio(path),
  }
}

async function measureHuge() {
  const path = join(data, 'huge.pth.tar')
  if (!existsSync(path)) {
    execFileSync(python, [join(here, 'make.py'), data, '--huge'], { stdio: 'inherit' })
    execFileSync('fallocate', ['--dig-holes', path])
  }
  const args = [cli, '-q', path, out]
  return {
    name: 'MoCo with a queue of 5.9 GB',
    size: statSync(path).size,
    ours: timed(process.execPath, args, out),
    memory: peakMemory(process.execPath, args),
    read: await readRatio(path),
  }
}

/** Bytes read from the file ÷ bytes of kept tensors. */
async function readRatio(path) {
  let read = 0
  const file = await openFile(path)
  const counting = {
    name: file.name,
    size: file.size,
    read(offset, into) {
      read += into.length
      return file.read(offset, into)
    },
  }
  const decision = decide(await openCheckpoint(counting), METHODS, ARCHITECTURES)
  await writeBackbone(decision, {}, streamSink(new WritableStream()))
  await file.close()
  return read / sizeOf(decision.plan.kept).bytes
}

function print(rows) {
  const versions = PYTHONS.map(python =>
    execFileSync(python, ['-c', 'import torch; print(torch.__version__)'], { encoding: 'utf8' }).trim(),
  )
  console.log(
    `Node ${process.version}, ${ROUNDS} rounds, medians; the Python way with PyTorch ${versions.join(', ')}\n`,
  )
  console.log(
    '| checkpoint | size | time | ÷ (node start + cp + fsync) | Python way ÷ ours | peak memory | Python way | bytes read ÷ kept |',
  )
  console.log('|---|---|---|---|---|---|---|---|')
  for (const row of rows)
    console.log(
      `| ${row.name} | ${(row.size / 1e6).toFixed(0)} MB | ${row.ours.toFixed(2)} s | ${row.toCopy?.toFixed(2) ?? ''} | ` +
        `${row.toPython?.map(ratio => `${ratio.toFixed(1)} ×`).join(', ') ?? ''} | ${row.memory.toFixed(0)} MB | ` +
        `${row.pythonMemory ? `${row.pythonMemory.toFixed(0)} MB` : ''} | ${row.read.toFixed(3)} |`,
    )
}
