/**
 * Whatever the bytes are, the outcome is a result or a typed error, in bounded time and memory: for every use of a file. A
 * short part with a fixed seed; `npm run fuzz -- --seconds N --seed S` continues, and saves what it finds in bench/data.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { expanded, type Names, network, stateDict, writeExpanded } from './helpers/expanded.ts'
import { type Case, loadSeeds, MAKERS } from './helpers/fuzz-cases.ts'
import { type Finding, goOnce, judge, shrink } from './helpers/fuzz-judge.ts'
import { WAYS, wayFor } from './helpers/fuzz-ways.ts'
import { randomIntegers } from './helpers/random.ts'
import { temporaryFolder } from './helpers/temporary.ts'

const SECONDS = Number(process.env.FUZZ_SECONDS ?? 0)
const SEED = Number(process.env.FUZZ_SEED ?? 1)
const CASES = SECONDS > 0 ? Number.POSITIVE_INFINITY : 4000
const FOUND = 'bench/data/fuzz'

/** Complete networks, for uses that need one. */
const folder = temporaryFolder()
const whole = (name: string, names: Names): Uint8Array =>
  new Uint8Array(readFileSync(writeExpanded(join(folder, name), { state_dict: stateDict(names) })))
const networks = [
  whole('backbone.pth', network('resnet18')),
  whole('moco.pth', {
    ...network('resnet18', 'module.encoder_q.'),
    'module.encoder_q.fc.weight': expanded([128, 512]),
    'module.encoder_k.conv1.weight': expanded([64, 3, 7, 7]),
  }),
]
const seeds = await loadSeeds(undefined, networks)

async function save(one: Case, way: string, number: number, finding: Finding): Promise<string> {
  mkdirSync(FOUND, { recursive: true })
  const path = `${FOUND}/${SEED}-${number}`
  writeFileSync(path, one.bytes)
  writeFileSync(`${path}-short`, await shrink(one, way, finding))
  return `case ${number} (${way}), saved in ${path}: ${finding.text}`
}

test.each(Object.keys(WAYS))('a valid file causes no findings: %s', async way => {
  for (const bytes of networks) await goOnce({ bytes }, way)
})

test(
  'every case ends in a result or a typed error, within two seconds and 200 MB',
  async () => {
    const roll = randomIntegers(SEED)
    const end = Date.now() + SECONDS * 1000
    const found: string[] = []
    let number = 0
    for (; number < CASES && (SECONDS === 0 || Date.now() < end); number++) {
      const one = MAKERS[roll(MAKERS.length)]!(seeds, roll)
      const way = wayFor(roll)
      const finding = await judge(one, way)
      if (finding) found.push(await save(one, way, number, finding))
    }
    if (SECONDS > 0) console.log(`${number} cases, ${found.length} findings`)
    expect(found).toEqual([])
  },
  (SECONDS + 300) * 1000,
)
