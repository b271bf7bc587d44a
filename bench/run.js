// Time, memory and bytes read of full-size conversions, relative to other measurements in the same run.
//   npm run bench            takes a minute
//   npm run bench -- --huge  also a checkpoint of 6 GB
//   npm run bench -- --write stores the numbers in bench/results.json, and writes them into the documents
//   npm run bench -- --quick half a minute: compares the ratios with the stored ones; fails if one is twice as large
// Needs a Python with PyTorch to write the checkpoints (PYTHON, default /usr/bin/python3).
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fromSource } from '../scripts/source.js'
import { median, peakMemory, run, timed } from './measure.js'
import { store, stored, tableOf, writeDocuments } from './results.js'

const ROUNDS = 15
const PYTHON_ROUNDS = 3
const QUICK_ROUNDS = 5
/** Relative to the stored ratio. */
const SLOW = 2
const python = process.env.PYTHON ?? '/usr/bin/python3'
/** The current PyTorch from pip, installed by .ci/install-pytorch: it starts more slowly. */
const PYTHONS = [python, join(import.meta.dirname, '../.venv/bin/python')].filter(existsSync)
const here = import.meta.dirname
const data = join(here, 'data')
const out = join(data, 'out.pth')
const cli = join(here, '../bin/selfsup2mmdet.js')
const huge = process.argv.includes('--huge')
const quick = process.argv.includes('--quick')

const INPUTS = [
  { name: 'MoCo v2, zip', file: 'moco-zip.pth.tar', prefix: 'module.encoder_q.' },
  { name: 'MoCo v2, legacy', file: 'moco-legacy.pth.tar', prefix: 'module.encoder_q.' },
  { name: 'SwAV, zip', file: 'swav-zip.pth.tar', prefix: 'module.' },
  { name: 'SwAV, legacy', file: 'swav-legacy.pth.tar', prefix: 'module.' },
]

mkdirSync(data, { recursive: true })
if (!existsSync(join(data, 'swav-legacy.pth.tar')))
  execFileSync(python, [join(here, 'make.py'), data], { stdio: 'inherit' })

if (quick) glance()
else await measureAll()

async function measureAll() {
  const rows = []
  for (const input of INPUTS) rows.push(await compare(input))
  if (huge) rows.push(await measureHuge())
  print(rows)
  if (!process.argv.includes('--write')) return
  store(rows)
  writeDocuments(stored())
}

/** A few rounds, compared with the stored results. Machines and their load differ, so only taking twice as long is a failure. */
function glance() {
  for (const input of INPUTS) {
    const path = join(data, input.file)
    const { ratio } = sideBySide(path, QUICK_ROUNDS)
    const before = stored().find(({ name }) => name === input.name).toCopy
    const isSlow = ratio >= SLOW * before
    console.log(
      `${input.name}: ${ratio.toFixed(2)}, stored ${before.toFixed(2)}${isSlow ? ': twice as slow' : ''}`,
    )
    if (isSlow) process.exitCode = 1
  }
}

/**
 * Alternately; the ratio is that of the medians, and `spread` how far from it half of the rounds are. `over`: where the output of
 * the round before is replaced.
 */
function sideBySide(path, rounds) {
  const kept = join(data, 'kept.pth')
  run(process.execPath, [cli, '-q', '--overwrite', path, kept])
  const copy = join(data, 'copy.pth')
  const [ours, over, least] = [[], [], []]
  for (let round = 0; round < rounds; round++) {
    const start = timed(process.execPath, ['-e', '0'])
    least.push(start + timed('sh', ['-c', `cp "${kept}" "${copy}" && sync "${copy}"`], copy))
    ours.push(timed(process.execPath, [cli, '-q', path, out], out))
    over.push(timed(process.execPath, [cli, '-q', path, out]))
  }
  const ratio = median(ours) / median(least)
  const spread = median(ours.map((time, round) => Math.abs(time / least[round] - ratio)))
  return { ours: median(ours), ratio, over: median(over) / median(least), spread }
}

async function compare({ name, file, prefix }) {
  const path = join(data, file)
  const way = [join(here, 'python-way.py'), path, out, prefix]
  const { ours, ratio, over, spread } = sideBySide(path, ROUNDS)
  const theirs = PYTHONS.map(python =>
    median(Array.from({ length: PYTHON_ROUNDS }, () => timed(python, way, out))),
  )
  return {
    name,
    size: statSync(path).size,
    ours,
    toCopy: ratio,
    over,
    spread,
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
  const { decideOrThrow, openCheckpoint, openFile, sizeOf, streamSink, writeBackbone } = await fromSource(
    'index.ts',
    'convert/decide.ts',
    'node/file-source.ts',
  )
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
  const decision = decideOrThrow(await openCheckpoint(counting))
  await writeBackbone(decision, streamSink(new WritableStream()))
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
  console.log(tableOf(rows))
  for (const { name, spread } of rows)
    if (spread !== undefined)
      console.log(`${name}: half of the rounds are within ${spread.toFixed(2)} of the ratio`)
}
