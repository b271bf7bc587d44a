/**
 * Three statements about odd checkpoints, for combinations of oddities: our values are PyTorch's, or we refuse; files that
 * `verify` accepts load in PyTorch with a complete backbone; and files that ran code never pass as clean. ODD=20000 makes that
 * many, ODD_SEED others.
 */
import { mkdirSync, mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { KNOWN } from '../../src/convert/knowledge.ts'
import { verifyBackbone } from '../../src/convert/verify.ts'
import { ToolError } from '../../src/errors.ts'
import { readLoaded } from '../../src/explain/as-mmdetection.ts'
import { ARCHITECTURES } from '../../src/families/index.ts'
import { convertFile } from '../../src/files/convert.ts'
import { openCheckpointFile } from '../../src/files/open.ts'
import { verifyFile } from '../../src/files/verify.ts'
import { dtypeFacts } from '../../src/tensor/dtype.ts'
import { type Checkpoint, elementCount, type Tensor } from '../../src/tensor/tensor.ts'
import { PYTORCHES } from '../helpers/pytorch.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const COUNT = Number(process.env.ODD ?? 400)
const SEED = Number(process.env.ODD_SEED ?? 1)

/** For many elements, the bytes of three. */
type Value = readonly [dtype: string, shape: readonly number[], bytes: string]
type Values = Readonly<Record<string, Value>>

interface Theirs {
  readonly name: string
  readonly full: Values | null
  readonly safe: Values | null
  readonly ran: boolean
  /** In a complete backbone, the tensors that are not written in the usual way. */
  readonly odd: readonly string[] | null
  /** The file says that its elements are big-endian. */
  readonly big: boolean
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
        const counts = { theyLoad: 0, weRead: 0, both: 0, ran: 0, backbones: 0, good: 0, strict: 0 }
        for (const line of lines) {
          const theirs: Theirs = JSON.parse(line)
          const ours = await judge(join(where, theirs.name), theirs)
          const loads = theirs.full !== null || theirs.safe !== null
          counts.theyLoad += Number(loads)
          counts.weRead += Number(ours !== undefined)
          counts.both += Number(loads && ours !== undefined)
          counts.ran += Number(theirs.ran)
          counts.backbones += Number(theirs.odd !== null)
          counts.good += Number(ours?.isGood ?? 0)
          counts.strict += Number(ours?.isStrict ?? 0)
          if (ours)
            problems.push(...differences(theirs, ours, version).map(problem => `${theirs.name}: ${problem}`))
        }
        if (process.env.ODD) console.log(version, counts, problems.length)
        expect(problems.slice(0, 20)).toEqual([])
        // A test of refusals alone would prove nothing.
        expect(counts.both).toBeGreaterThan(COUNT / 10)
        expect(counts.good).toBeGreaterThan(COUNT / 100)
        expect(counts.strict).toBeGreaterThan(COUNT / 100)
        expect(counts.ran).toBeGreaterThan(0)
      },
      60_000 + 100 * COUNT,
    )
  },
)

/**
 * One in this many is passed to `verify` itself, which reads all values; for the others, its verdict is computed without them.
 */
const WHOLE = 40

interface Ours {
  readonly values: ReadonlyMap<string, Value>
  readonly checkpoint: Checkpoint
  /** Whether `convert --strict` would write it. */
  readonly isStrict: boolean
  /** Whether `verify` would accept it, apart from its values. */
  readonly isGood: boolean
}

/** Undefined if the file is refused. */
async function judge(path: string, { odd, name }: Theirs): Promise<Ours | undefined> {
  const file = await orRefused(openCheckpointFile(path))
  if (!file) return undefined
  const { checkpoint } = file
  const values = await valuesOf(checkpoint, odd)
  await file.close()
  if (odd === null) return { values, checkpoint, isStrict: false, isGood: false }
  const strict = await orRefused(convertFile(path, `${path}.out.pth`, { strict: true, dryRun: true }))
  const isGood = isGoodButForValues(checkpoint)
  if (isGood && Number.parseInt(name, 10) % WHOLE === 0)
    expect((await verifyFile(path)).report.complete).toBe(true)
  return { values, checkpoint, isStrict: strict !== undefined, isGood }
}

async function valuesOf({ sections }: Checkpoint, odd: Theirs['odd']): Promise<Map<string, Value>> {
  const values = new Map<string, Value>()
  for (const [section, state] of sections)
    for (const [key, tensor] of state) {
      if (tensor.unreadable !== undefined || (odd && !odd.includes(key))) continue
      const path = section === '' ? key : `${section}.${key}`
      values.set(path, [tensor.dtype, tensor.shape, await bytesOf(tensor)])
    }
  return values
}

async function orRefused<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (error instanceof ToolError) return undefined
    throw error
  }
}

/** Like `verifyFile`. */
function isGoodButForValues(checkpoint: Checkpoint): boolean {
  if (!['always', 'lately'].includes(checkpoint.torchLoads)) return false
  if (checkpoint.foreign.some(({ severity }) => severity === 'dangerous')) return false
  try {
    const { state, others } = readLoaded(checkpoint, {}, KNOWN)
    return verifyBackbone(state, RESNET18, undefined, others).complete
  } catch (error) {
    if (error instanceof ToolError) return false
    throw error
  }
}

/** In the format of `fixtures/odd.py`. */
async function bytesOf(tensor: Tensor): Promise<string> {
  const { size } = dtypeFacts(tensor.dtype)
  const count = elementCount(tensor.shape)
  const bytes = Buffer.alloc(count * size)
  let filled = 0
  await tensor.copyTo(async chunk => {
    bytes.set(chunk, filled)
    filled += chunk.length
  })
  if (count <= 64) return bytes.toString('hex')
  const some = [0, Math.floor(count / 2), count - 1]
  return some.map(at => bytes.toString('hex', at * size, (at + 1) * size)).join('')
}

function differences(theirs: Theirs, ours: Ours, version: string): string[] {
  const { full, safe, big } = theirs
  // PyTorch 1.13 ignores the byte order.
  const comparable = big && version.startsWith('1.') ? [] : [full, safe]
  return [
    ...comparable.flatMap(values => (values ? otherValues(values, ours) : [])),
    ...otherVerdicts(theirs, ours, version.startsWith('1.')),
    ...(theirs.ran ? whatRan(ours) : []),
  ]
}

function otherVerdicts({ full, safe }: Theirs, { checkpoint, isGood }: Ours, isOld: boolean): string[] {
  const { torchLoads, foreign } = checkpoint
  const loads = (full ?? safe) !== null
  const mayLoad = torchLoads === 'always' || (torchLoads === 'lately' && !isOld)
  const isDangerous = foreign.some(({ severity }) => severity === 'dangerous')
  return [
    ...(mayLoad && !isDangerous && !loads ? [`${torchLoads}, and does not load`] : []),
    // A few files load only in 1.13, which ignores newer records.
    ...(torchLoads === 'never' && !isOld && loads ? ['loads all the same'] : []),
    ...(isGood && mayLoad && !isThere(full ?? safe) ? ['good, and the backbone is not there'] : []),
  ]
}

function whatRan({ checkpoint, isGood, isStrict }: Ours): string[] {
  return [
    ...(isClean(checkpoint) ? ['ran code, and is clean'] : []),
    ...(isGood ? ['ran code, and is good'] : []),
    ...(isStrict ? ['ran code, and --strict converts it'] : []),
  ]
}

const RESNET18 = ARCHITECTURES.find(({ name }) => name === 'resnet18')!

function isThere(values: Values | null): boolean {
  return RESNET18.tensors().every(({ name }) => values?.[name] ?? values?.[`state_dict.${name}`])
}

function otherValues(theirs: Values, { values }: Ours): string[] {
  const problems: string[] = []
  for (const [name, value] of values) {
    const said = JSON.stringify(value)
    if (JSON.stringify(theirs[name]) !== said)
      problems.push(`${name} is ${said}, and in PyTorch ${JSON.stringify(theirs[name])}`)
  }
  return problems
}

function isClean({ foreign }: Checkpoint): boolean {
  return foreign.every(
    ({ severity, calls }) => severity === 'harmless' || (severity === 'unknown' && calls === 0),
  )
}
