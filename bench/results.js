// What `npm run bench -- --write` stored, and the documents that show it; test/bench.test.ts compares the two.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const file = join(import.meta.dirname, 'results.json')

/** @returns rows as run.js measures them */
export function stored() {
  return JSON.parse(readFileSync(file, 'utf8')).rows
}

/** Rows that were not measured this time (the huge one) are kept. */
export function store(measured) {
  const kept = stored().filter(({ name }) => measured.every(row => row.name !== name))
  const text = JSON.stringify({ rows: [...measured, ...kept] }, rounded, 2)
  // In Biome's format: short arrays on one line.
  const short = text.replace(/\[\s+([\d.]+),\s+([\d.]+)\s+\]/g, '[$1, $2]')
  writeFileSync(file, `${short}\n`)
}

function rounded(_, value) {
  return typeof value === 'number' ? Number(value.toFixed(3)) : value
}

export function tableOf(rows) {
  return [
    "| checkpoint | size | time | ÷ (node start + cp + fsync) | same ratio, replacing an output | Python ÷ ours | peak memory | Python's peak memory | bytes read ÷ kept |",
    '|---|---|---|---|---|---|---|---|---|',
    ...rows.map(lineOf),
  ].join('\n')
}

function lineOf({ name, size, ours, toCopy, over, toPython, memory, pythonMemory, read }) {
  const cells = [
    name,
    megabytes(size / 1e6),
    seconds(ours),
    toCopy?.toFixed(2) ?? '',
    over?.toFixed(2) ?? '',
    toPython?.map(times).join(', ') ?? '',
    megabytes(memory),
    pythonMemory === undefined ? '' : megabytes(pythonMemory),
    read.toFixed(3),
  ]
  return `| ${cells.join(' | ')} |`
}

const megabytes = number => `${number.toFixed(0)} MB`
const seconds = number => `${number.toFixed(2)} s`
const times = number => `${number.toFixed(1)} ×`

/** The numbers in each document: patterns that match only what is replaced. */
export function figuresOf(rows) {
  const [moco] = rows
  const [slowest, fastest] = [Math.max, Math.min].map(pick => pick(...moco.toPython).toFixed(0))
  const memory = [/(?<=\| peak memory, MoCo v2 of 370 MB \| )\d+ MB(?= \|)/, megabytes(moco.memory)]
  const pythonMemory = [
    /(?<=\| peak memory, MoCo v2 of 370 MB \|.*\| )\d+ MB(?= \|\n)/,
    megabytes(moco.pythonMemory),
  ]
  return {
    'docs/benchmarks.md': [[/(?<=<!-- bench -->\n).*(?=\n<!-- \/bench -->)/s, tableOf(rows)]],
    'README.md': [memory, pythonMemory],
    'docs/comparison.md': [
      memory,
      pythonMemory,
      [/(?<=\| time, same checkpoint \| )[\d.]+ s(?= \|)/, seconds(moco.ours)],
      [/(?<=\| time, same checkpoint \|.*\| )\d+ to \d+(?= times as long \|)/, `${fastest} to ${slowest}`],
    ],
  }
}

/** @returns the expected text in each document, by path */
export function documentsOf(rows) {
  return Object.entries(figuresOf(rows)).map(([name, figures]) => {
    const path = join(root, name)
    const before = readFileSync(path, 'utf8')
    const after = figures.reduce((text, [pattern, figure]) => {
      if (!pattern.test(text)) throw new Error(`${name}: expected ${pattern}, found no such text`)
      return text.replace(pattern, () => figure)
    }, before)
    return { name, path, before, after }
  })
}

export function writeDocuments(rows) {
  for (const { path, after } of documentsOf(rows)) writeFileSync(path, after)
}
