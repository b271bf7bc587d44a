// Does time grow as the file does, and memory not at all? Checkpoints of 1,000 to 100,000 tensors, 10 million entries beside them,
// tensors of 1 to 8 GB, and MoCo checkpoints whose queue makes them up to 20 GB large: all written by PyTorch, the zeros in them kept
// as holes. Writes the table in bench/README.md.
//   npm run bench:scale      takes some minutes, and 21 GB of disk for a while the first time
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
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

const TABLE = [
  ...['1000', '10000', '100000'].map((count, index) => ({
    grows: index === 0 ? 'tensors in the state dict, of which those of a ResNet-50 are kept' : '',
    size: Number(count).toLocaleString('en'),
    args: [rewrite, join(data, `scale-${count}-tensors.pth`)],
  })),
  { grows: 'a list beside a ResNet-50: numbers', size: '10 million', args: converting('scale-list.pth') },
  { grows: 'a dict beside a ResNet-50: entries', size: '10 million', args: converting('scale-dict.pth') },
  ...[1, 2, 4, 8].map((size, index) => ({
    grows: index === 0 ? 'one tensor, copied' : '',
    size: `${size} GB`,
    args: [rewrite, join(data, `scale-${size}-GB-tensor.pth`)],
  })),
  ...[0, 5, 20].map((size, index) => ({
    grows: index === 0 ? 'what MoCo holds besides the backbone' : '',
    size: `${size} GB`,
    args: converting(`scale-${size}-GB-moco.pth.tar`),
    isMoco: true,
  })),
]

console.log(`Node ${process.version}, ${ROUNDS} rounds, medians`)
const backbones = []
const rows = TABLE.map(({ grows, size, args, isMoco }) => {
  const time = median(Array.from({ length: ROUNDS }, () => timed(process.execPath, args, out)))
  if (isMoco) backbones.push(readFileSync(out))
  const memory = peakMemory(process.execPath, args)
  const row = `|${grows && ` ${grows}`} | ${size} | ${time.toFixed(2)} s | ${memory.toFixed(0)} MB |`
  console.log(row)
  return row
})
if (!backbones.every(bytes => bytes.equals(backbones[0])))
  throw new Error('expected the same backbone from all three MoCo checkpoints')
const page = join(here, 'README.md')
const table = ['| what grows | | time | peak memory |', '|---|---|---|---|', ...rows].join('\n')
writeFileSync(
  page,
  readFileSync(page, 'utf8').replace(/(<!-- scale -->\n).*(\n<!-- \/scale -->)/s, `$1${table}$2`),
)

function converting(name) {
  return [cli, '-q', join(data, name), out]
}
