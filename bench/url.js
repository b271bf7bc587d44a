// Compares a conversion by URL with downloading the whole file by curl and converting it. Over loopback, with a line of 50 MB/s
// (a good office line) and 20 ms to the server.
//   npm run bench:url
// Needs curl, and the checkpoints that `npm run bench` writes.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { median, peakMemory, timed } from './measure.js'

const [WIDTH, DISTANCE, ROUNDS] = [50, 20, 3]
const here = import.meta.dirname
const data = join(here, 'data')
const cli = join(here, '../bin/selfsup2mmdet.js')
const [out, whole] = [join(data, 'out.pth'), join(data, 'whole.pth.tar')]

const INPUTS = [
  { name: 'MoCo v2, zip', file: 'moco-zip.pth.tar' },
  { name: 'MoCo v2, legacy', file: 'moco-legacy.pth.tar' },
]
if (!INPUTS.every(({ file }) => existsSync(join(data, file)))) throw new Error('run `npm run bench` first')

const server = spawn(process.execPath, [join(here, 'serve.js'), data, String(WIDTH), String(DISTANCE)])
const [port] = await once(server.stdout, 'data')
const address = `http://127.0.0.1:${String(port).trim()}`

console.log(`Node ${process.version}, ${WIDTH} MB/s, ${DISTANCE} ms, ${ROUNDS} rounds, medians\n`)
console.log('| checkpoint | size | fetched ÷ kept | requests | time | curl, then convert | peak memory |')
console.log('|---|---|---|---|---|---|---|')
for (const input of INPUTS) measure(input)
server.kill()
for (const path of [out, whole]) rmSync(path, { force: true })

function measure({ name, file }) {
  const url = `${address}/${file}`
  const size = statSync(join(data, file)).size
  const said = execFileSync(process.execPath, [cli, join(data, file), '--dry-run', '--json'], {
    maxBuffer: 2 ** 26,
  })
  const kept = JSON.parse(said).kept.bytes
  traffic()
  const times = { ours: [], theirs: [] }
  const memory = []
  let fetched
  for (let round = 0; round < ROUNDS; round++) {
    times.ours.push(timed(process.execPath, [cli, '-q', url, out], out))
    fetched = traffic()
    memory.push(peakMemory(process.execPath, [cli, '-q', url, out]))
    times.theirs.push(
      timed(
        'sh',
        ['-c', `curl -sf "${url}" -o "${whole}" && "${process.execPath}" "${cli}" -q "${whole}" "${out}"`],
        whole,
      ),
    )
    traffic()
  }
  const [ours, theirs] = [times.ours, times.theirs].map(median)
  console.log(
    `| ${name} | ${(size / 1e6).toFixed(0)} MB | ${(fetched.bytes / kept).toFixed(3)} | ${fetched.requests} | ` +
      `${ours.toFixed(2)} s | ${theirs.toFixed(2)} s | ${Math.max(...memory).toFixed(0)} MB |`,
  )
}

function traffic() {
  return JSON.parse(execFileSync('curl', ['-sf', `${address}/traffic`], { encoding: 'utf8' }))
}
