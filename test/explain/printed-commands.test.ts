/**
 * Every printed command works: for each name list of a real checkpoint, changed so that no method fits, each printed line is
 * run and must give the complete backbone; the same for each fixture that is refused.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Checkpoint } from '../../src/index.ts'
import { printedLines, printedOptions, words } from '../helpers/advice.ts'
import { runHere } from '../helpers/cli.ts'
import { expanded, stateDict, writeExpanded } from '../helpers/expanded.ts'
import { FOLDER, readList } from '../helpers/lists.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const folder = temporaryFolder()
let number = 0
let ran = 0

afterAll(() => {
  console.log(`${ran} printed commands were run`)
  expect(ran).toBeGreaterThan(200)
})

const STORAGES: Readonly<Record<string, string>> = { int64: 'LongStorage' }

/** A checkpoint of a few kilobytes with these names. @param more for each name that ends in `beside`, another one */
function write(
  { sections }: Checkpoint,
  section: (path: string) => string,
  rename: (name: string) => string,
  [beside, more]: readonly string[] = [],
): string {
  const made = [...sections].map(
    ([path, state]) =>
      [
        section(path),
        stateDict(
          Object.fromEntries(
            [...state].flatMap(([name, { dtype, shape }]) => {
              const value = expanded(shape, STORAGES[dtype])
              const isBeside = beside !== undefined && name.endsWith(`.${beside}`)
              return [
                [rename(name), value],
                ...(isBeside ? [[name.slice(0, -beside.length) + more, value]] : []),
              ]
            }),
          ),
        ),
      ] as const,
  )
  return writeExpanded(join(folder, `${number++}.pth`), Object.fromEntries(made))
}

/** Runs everything that is printed about a file. @returns the resulting architectures */
async function follow(input: string): Promise<string[]> {
  const { err } = await runHere(input, '--dry-run')
  const all = [
    ...printedLines(err, 'selfsup2mmdet').map(line => words(line).slice(3)),
    ...printedOptions(err).map(words),
  ]
  const found: string[] = []
  for (const options of all) {
    const { code, out, err } = await runHere(input, '--dry-run', '--json', ...options)
    expect(code, `${input} ${options.join(' ')}: ${err}`).toBe(0)
    const { report, fates } = JSON.parse(out)
    expect(report.complete).toBe(true)
    // Names that only lose a prefix must all have the same one: otherwise, two networks would be mixed.
    const prefixes = fates.flatMap((fate: { name: string; keep?: string }) =>
      fate.keep !== undefined && fate.name.endsWith(fate.keep) ? [fate.name.slice(0, -fate.keep.length)] : [],
    )
    if (options.includes('--keep')) expect(new Set(prefixes).size).toBeLessThanOrEqual(1)
    found.push(report.architecture)
    ran++
  }
  return found
}

const lists = readdirSync(FOLDER)
  .filter(name => name.endsWith('.txt'))
  .map(name => readList(name))

describe.each(lists)('$file', ({ checkpoint, architecture }) => {
  test('under unknown names', async () => {
    const input = write(
      checkpoint,
      path => `odd ${path}`,
      name => `it's.${name}`,
    )
    const found = await follow(input)
    expect(new Set(found)).toEqual(new Set(found.length > 0 ? [architecture] : []))
  })

  test('with a buffer that no ResNet has', async () => {
    const input = write(checkpoint, path => path || 'state_dict', String, [
      'running_var',
      '_tmp_running_mean',
    ])
    const found = await follow(input)
    expect(new Set(found)).toEqual(new Set(found.length > 0 ? [architecture] : []))
  })
})

const FIXTURES = join(import.meta.dirname, '../../fixtures')

test.each(['checkpoints', 'formats', 'invalid', 'torch', 'unusual'])('fixtures/%s', async name => {
  for (const file of readdirSync(join(FIXTURES, name))) {
    const input = join(FIXTURES, name, file)
    for (const command of ['convert', 'verify']) {
      const { err } = await runHere(command, input, ...(command === 'convert' ? ['--dry-run'] : []))
      for (const line of printedLines(err, 'selfsup2mmdet')) {
        const [, given, , ...options] = words(line)
        const { code, err } = await runHere(given!, '--dry-run', ...options)
        expect(code, `${line}: ${err}`).toBe(0)
        ran++
      }
    }
  }
})
