// Does time grow as the file does, and memory not at all? Checkpoints of 1,000 to 100,000 tensors, tensors of 1 to 8 GB, and MoCo
// checkpoints whose queue makes them up to 20 GB large: all written by PyTorch, the zeros in them kept as holes.
//   npm run bench:scale      takes some minutes, and 21 GB of disk for a while the first time
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { median, peakMemory, timed } from './measure.js'

const ROUNDS = 5
const python = process.env.PYTHON ?? '/usr/bin/python3'
const here = import.meta.dirname
const data = join(here, 'data')
const out = join(data, 'out.pth')
const cli = join(here, '../bin/selfsup2mmdet.js')
const rewrite = join(here, 'rewrite.js')

mkdirSync(data, { recursive: true })
if (!existsSync(join(data, 'scale-20-GB-moco.pth.tar')))
  execFileSync(python, [join(here, 'make.py'), data, '--scale'], { stdio: 'inherit' })

const start = median(rounds(() => timed(process.execPath, ['-e', '0'])))
console.log(`Node ${process.version}, ${ROUNDS} rounds, medians; an empty Node takes ${start.toFixed(3)} s\n`)
console.log('| checkpoint | file | what is done | time | peak memory |')
console.log('|---|---|---|---|---|')
for (const count of ['1000', '10000', '100000'])
  row(`${count} tensors`, `scale-${count}-tensors.pth`, 'read and written again', path => [rewrite, path])
for (const size of [1, 2, 4, 8])
  row(`a tensor of ${size} GB`, `scale-${size}-GB-tensor.pth`, 'read and written again', path => [
    rewrite,
    path,
  ])
const written = [0, 5, 20].map(size => {
  row(`MoCo, a queue of ${size} GB`, `scale-${size}-GB-moco.pth.tar`, 'converted', path => [
    cli,
    '-q',
    path,
    out,
  ])
  return readFileSync(out)
})
if (!written.every(bytes => bytes.equals(written[0])))
  throw new Error('expected the same backbone from all three MoCo checkpoints')
console.log('\nAll three MoCo checkpoints gave the same backbone, byte for byte.')

function row(name, file, what, argumentsFor) {
  const path = join(data, file)
  const args = argumentsFor(path)
  const time = median(rounds(() => timed(process.execPath, args, out)))
  const memory = peakMemory(process.execPath, args)
  const size = (statSync(path).size / 1e6).toLocaleString('en', { maximumFractionDigits: 1 })
  console.log(`| ${name} | ${size} MB | ${what} | ${time.toFixed(2)} s | ${memory.toFixed(0)} MB |`)
}

function rounds(measure) {
  return Array.from({ length: ROUNDS }, measure)
}
