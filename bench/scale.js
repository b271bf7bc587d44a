// Checks that time grows with the file and memory does not: checkpoints of 1,000 to 100,000 tensors, 10 million entries next to them,
// tensors of 1 to 8 GB, and MoCo checkpoints of up to 20 GB, most of it queue. PyTorch writes all of them, with zeros as holes in the
// file. Updates the table in bench/README.md.
//   npm run bench:scale      takes a few minutes; the first run temporarily needs 21 GB of disk space
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
    grows: index === 0 ? 'tensors in the state dict, all copied' : '',
    size: Number(count).toLocaleString('en'),
    args: [rewrite, join(data, `scale-${count}-tensors.pth`)],
  })),
  { grows: 'numbers in a list next to a ResNet-50', size: '10 million', args: converting('scale-list.pth') },
  { grows: 'entries of a dict next to a ResNet-50', size: '10 million', args: converting('scale-dict.pth') },
  ...[1, 2, 4, 8].map((size, index) => ({
    grows: index === 0 ? 'one tensor, copied' : '',
    size: `${size} GB`,
    args: [rewrite, join(data, `scale-${size}-GB-tensor.pth`)],
  })),
  ...[0, 5, 20].map((size, index) => ({
    grows: index === 0 ? 'data besides the backbone in a MoCo checkpoint' : '',
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
