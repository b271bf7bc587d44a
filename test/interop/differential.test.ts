/**
 * No file gives other tensors than in PyTorch: for mutants that it loads with `weights_only=True`, our tensors are the same, or
 * we refuse. A short part with a fixed seed; DIFFERENTIAL=20000 makes that many mutants, DIFFERENTIAL_SEED others.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { memorySource } from '../../src/bytes/source.ts'
import { ToolError } from '../../src/errors.ts'
import { openCheckpoint } from '../../src/formats/index.ts'
import { byteLength, type Tensor } from '../../src/tensor/tensor.ts'
import { loadSeeds, spoiledArchive, spoiledStream } from '../helpers/fuzz-cases.ts'
import { HAND_MADE } from '../helpers/hand-made.ts'
import { mutate, mutatePickle, nudge, nudgePickle, pickleOf } from '../helpers/mutate.ts'
import { mutateTar, mutateTarFiles, randomStream } from '../helpers/mutate-containers.ts'
import { mutateZip } from '../helpers/mutate-zip.ts'
import { describePyTorch } from '../helpers/pytorch.ts'
import { randomIntegers } from '../helpers/random.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const MUTANTS = Number(process.env.DIFFERENTIAL ?? 400)
const SEED = Number(process.env.DIFFERENTIAL_SEED ?? 1)
const BATCH = 1000
const COPIED = 2 ** 20

const folder = temporaryFolder()
const all = await loadSeeds(['fixtures/torch', 'fixtures/unusual'], HAND_MADE)
const { files, archives: pieces, pickles } = all
const archives = files.filter(bytes => pickleOf(bytes) !== undefined)
const streams = files.filter(bytes => pickleOf(bytes) === undefined)
const { tars, tarFiles } = await loadSeeds(['fixtures/formats'])

interface Found {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly sha256: string
}

interface Theirs extends Found {
  readonly path: readonly string[]
  readonly strings: boolean
}

async function describeTensor(tensor: Tensor): Promise<Found> {
  const { dtype, shape } = tensor
  if (tensor.unreadable !== undefined) return { dtype, shape, sha256: 'refused' }
  if (byteLength(tensor) > COPIED) return { dtype, shape, sha256: 'large' }
  const hash = createHash('sha256')
  try {
    await tensor.copyTo(async chunk => void hash.update(chunk))
  } catch (error) {
    if (error instanceof ToolError) return { dtype, shape, sha256: 'refused' }
    throw error
  }
  return { dtype, shape, sha256: hash.digest('hex') }
}

/** By dotted path; undefined if the file is refused. */
async function ourTensors(bytes: Uint8Array): Promise<Map<string, Found> | undefined> {
  try {
    const checkpoint = await openCheckpoint(memorySource(bytes, 'mutant'))
    const found = new Map<string, Found>()
    for (const [section, state] of checkpoint.sections)
      for (const [name, tensor] of state)
        found.set(section === '' ? name : `${section}.${name}`, await describeTensor(tensor))
    await checkpoint.close()
    return found
  } catch (error) {
    if (error instanceof ToolError) return undefined
    throw error
  }
}

function differences(ours: ReadonlyMap<string, Found>, theirs: readonly Theirs[]): string[] {
  const theirsAt = (path: string): Theirs[] => theirs.filter(their => their.path.join('.') === path)
  const problems: string[] = []
  for (const [path, our] of ours) {
    if (our.sha256 === 'refused') continue
    const same = theirsAt(path).some(
      their =>
        their.dtype === our.dtype && String(their.shape) === String(our.shape) && their.sha256 === our.sha256,
    )
    if (!same)
      problems.push(`${JSON.stringify(path)}: ${JSON.stringify(our)} is ${JSON.stringify(theirsAt(path))}`)
  }
  // A single tensor is not a state dict, and we report that there is none.
  for (const { path, strings, sha256 } of theirs)
    if (strings && path.length > 0 && sha256.length === 64 && !ours.has(path.join('.')))
      problems.push(`${JSON.stringify(path.join('.'))} is not ours`)
  return problems
}

/** Most mutants are only slightly altered: a file that both refuse proves nothing. */
const MAKERS: readonly ((roll: (below: number) => number) => Uint8Array)[] = [
  roll => nudgePickle(archives[roll(archives.length)]!, roll),
  roll => nudgePickle(archives[roll(archives.length)]!, roll),
  roll => nudge(streams[roll(streams.length)]!, roll),
  roll => nudge(streams[roll(streams.length)]!, roll),
  roll => nudge(archives[roll(archives.length)]!, roll),
  roll => mutateZip(pieces[roll(pieces.length)]!, roll, files),
  roll => mutateZip(pieces[roll(pieces.length)]!, roll, files),
  roll => spoiledArchive(all, roll),
  roll => spoiledArchive(all, roll),
  roll => spoiledArchive(all, roll),
  roll => spoiledStream(all, roll),
  roll => spoiledStream(all, roll),
  roll => randomStream(roll),
  roll => mutatePickle(pickles[roll(pickles.length)]!, roll, pickles),
  roll => mutate(files[roll(files.length)]!, roll, files),
  roll => mutateTar(tars[roll(tars.length)]!, roll),
  roll => mutateTarFiles(tarFiles[roll(tarFiles.length)]!, roll, files),
]

describePyTorch(({ run, version }) => {
  const counts = { mutants: 0, theyAccept: 0, weAccept: 0, both: 0, tensors: 0 }
  const problems: string[] = []

  test(
    `${files.length} files, and ${MUTANTS} mutants: the same tensors, or none`,
    async () => {
      const roll = randomIntegers(SEED)
      await judgeBatch(files)
      for (let done = 0; done < MUTANTS; done += BATCH)
        await judgeBatch(
          Array.from({ length: Math.min(BATCH, MUTANTS - done) }, () => MAKERS[roll(MAKERS.length)]!(roll)),
        )
      expect(problems).toEqual([])
      // A test of refusals alone would prove nothing.
      expect(counts.both).toBeGreaterThan(MUTANTS / 10)
      expect(counts.tensors).toBeGreaterThan(counts.both)
    },
    60_000 + 500 * MUTANTS,
  )

  async function judgeBatch(mutants: readonly Uint8Array[]): Promise<void> {
    const where = join(folder, version)
    rmSync(where, { recursive: true, force: true })
    mkdirSync(where)
    for (const [index, bytes] of mutants.entries())
      writeFileSync(join(where, `${String(index).padStart(6, '0')}.pt`), bytes)
    const verdicts = run('fixtures/judge.py', where).trim().split('\n')
    expect(verdicts).toHaveLength(mutants.length)
    for (const [index, bytes] of mutants.entries()) await compare(bytes, JSON.parse(verdicts[index]!))
  }

  async function compare(bytes: Uint8Array, theirs: readonly Theirs[] | null): Promise<void> {
    const ours = await ourTensors(bytes)
    counts.mutants++
    if (theirs) counts.theyAccept++
    if (ours) counts.weAccept++
    if (!ours || !theirs) return
    counts.both++
    counts.tensors += theirs.length
    const found = differences(ours, theirs)
    if (found.length === 0) return
    if (process.env.DIFFERENTIAL) {
      mkdirSync('bench/data/differential', { recursive: true })
      writeFileSync(`bench/data/differential/${version}-${SEED}-${counts.mutants}.pt`, bytes)
    }
    problems.push(`mutant ${counts.mutants}: ${found.slice(0, 3).join('; ')}`)
  }

  afterAll(() => {
    if (process.env.DIFFERENTIAL) console.log(version, counts)
  })
})
