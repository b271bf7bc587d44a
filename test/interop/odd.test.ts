/**
 * Guards three sentences on odd checkpoints, kinds crossed with kinds: our values are PyTorch's, or we refuse; what we say it loads,
 * it loads; what ran code is never clean. ODD=20000 makes so many, ODD_SEED others.
 */
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { memorySource } from '../../src/bytes/source.ts'
import { ToolError } from '../../src/errors.ts'
import { openCheckpoint } from '../../src/formats/index.ts'
import { readTensor } from '../../src/tensor/read-tensor.ts'
import { PYTORCHES } from '../helpers/pytorch.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const COUNT = Number(process.env.ODD ?? 400)
const SEED = Number(process.env.ODD_SEED ?? 1)

type Values = Readonly<
  Record<string, readonly [dtype: string, shape: readonly number[], values: readonly number[]]>
>

interface Theirs {
  readonly name: string
  readonly full: Values | null
  readonly safe: Values | null
  readonly ran: boolean
}

const folder = temporaryFolder()

describe.each(PYTORCHES.map(pytorch => ({ pytorch, version: pytorch.version })))(
  'PyTorch $version',
  ({ pytorch, version }) => {
    test(
      `${COUNT} odd checkpoints`,
      async () => {
        const where = mkdtempSync(join(folder, 'odd-'))
        mkdirSync(where, { recursive: true })
        const lines = pytorch.run('fixtures/odd.py', where, String(SEED), String(COUNT)).trim().split('\n')
        expect(lines).toHaveLength(COUNT)
        const problems: string[] = []
        const counts = { theyLoad: 0, weRead: 0, both: 0, ran: 0 }
        for (const line of lines) {
          const theirs: Theirs = JSON.parse(line)
          const ours = await read(join(where, theirs.name))
          const loads = theirs.full !== null || theirs.safe !== null
          counts.theyLoad += Number(loads)
          counts.weRead += Number(ours !== undefined)
          counts.both += Number(loads && ours !== undefined)
          counts.ran += Number(theirs.ran)
          if (ours)
            problems.push(...differences(theirs, ours, version).map(problem => `${theirs.name}: ${problem}`))
        }
        if (process.env.ODD) console.log(version, counts, problems.length)
        expect(problems.slice(0, 20)).toEqual([])
        // A test of refusals alone would prove nothing.
        expect(counts.both).toBeGreaterThan(COUNT / 10)
        expect(counts.ran).toBeGreaterThan(0)
      },
      60_000 + 100 * COUNT,
    )
  },
)

type Ours = NonNullable<Awaited<ReturnType<typeof read>>>

/** Undefined when the file is refused. */
async function read(path: string) {
  try {
    const checkpoint = await openCheckpoint(memorySource(new Uint8Array(readFileSync(path)), path))
    const values = new Map<string, { dtype: string; shape: readonly number[]; values: readonly number[] }>()
    for (const [section, state] of checkpoint.sections)
      for (const [name, tensor] of state) {
        if (tensor.unreadable !== undefined) continue
        const { dtype, shape } = tensor
        const read = await readTensor(tensor)
        values.set(section === '' ? name : `${section}.${name}`, {
          dtype,
          shape,
          values: [...read].map(Number),
        })
      }
    await checkpoint.close()
    return { values, torchLoads: checkpoint.torchLoads, foreign: checkpoint.foreign }
  } catch (error) {
    if (error instanceof ToolError) return undefined
    throw error
  }
}

function differences({ full, safe, ran }: Theirs, ours: Ours, version: string): string[] {
  const isOld = version.startsWith('1.')
  // 1.13 does not look at the order of bytes, and such files are of this kind.
  const comparable = isOld && ours.torchLoads === 'lately' ? [] : [full, safe]
  const problems = comparable.flatMap(theirs => (theirs ? otherValues(theirs, ours) : []))
  const loads = (full ?? safe) !== null
  const mustLoad = ours.torchLoads === 'always' || (ours.torchLoads === 'lately' && !isOld)
  const isDangerous = ours.foreign.some(({ severity }) => severity === 'dangerous')
  if (mustLoad && !isDangerous && !loads) problems.push('does not load')
  // A few files are loaded by 1.13 alone, which does not look at newer records.
  if (ours.torchLoads === 'never' && !isOld && loads) problems.push('loads all the same')
  if (ran && isClean(ours)) problems.push('ran code, and is clean')
  return problems
}

function otherValues(theirs: Values, ours: Ours): string[] {
  const problems: string[] = []
  for (const [name, { dtype, shape, values }] of ours.values) {
    const said = JSON.stringify([dtype, shape, values])
    if (JSON.stringify(theirs[name]) !== said)
      problems.push(`${name} is ${said}, and in PyTorch ${JSON.stringify(theirs[name])}`)
  }
  return problems
}

function isClean({ foreign }: Ours): boolean {
  return foreign.every(
    ({ severity, calls }) => severity === 'harmless' || (severity === 'unknown' && calls === 0),
  )
}
