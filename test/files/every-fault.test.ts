/**
 * Any failing system call in a conversion ends in a typed error, with the old file unchanged and nothing beside it: every
 * single call, for every container that is read and every format that is written, on a real disk.
 */

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { architecture, type Family } from '../../src/families/family.ts'
import { expanded, stateDict, writeExpanded } from '../helpers/expanded.ts'
import { FAULTS, type Fault, failAt, type Place, whatHappened } from '../helpers/failing-fs.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

vi.mock('node:fs', async original => {
  const { failingFs } = await import('../helpers/failing-fs.ts')
  return failingFs(await original())
})

const { convertFile, methodByHand, openCheckpointFile, ToolError } = await import('../../src/index.ts')
type Options = NonNullable<Parameters<typeof convertFile>[2]>

const OLD = 'the old file'
const folder = temporaryFolder()
/** For unpacked data; nothing may stay there. */
const temporary = join(folder, 'tmp')
mkdirSync(temporary)
vi.stubEnv('TMPDIR', temporary)
afterAll(() => vi.unstubAllEnvs())

/** Written in several blocks, with syncing started in between: the others fit into one. */
const LARGE = writeExpanded(join(folder, 'large.pth'), {
  state_dict: stateDict({ 'a.weight': expanded([2300, 1000]), 'b.weight': expanded([10]) }),
})

/** The smallest checkpoint of each container, as PyTorch and others write them. */
const CHECKPOINTS = [
  LARGE,
  ...[
    'unusual/torch2.13-zip-metadata.pt',
    'unusual/torch1.13-legacy-metadata.pt',
    'unusual/torch2.13-zip-shared.pt',
    'unusual/torch1.13-legacy-shared.pt',
    'formats/ancient.pth.tar',
    'formats/net.safetensors',
    'formats/model.safetensors.index.json',
    'formats/pytorch_model.bin.index.json',
    'formats/script.pt',
    'formats/compressed.pth.tar.gz',
    'formats/folder.tar',
    'formats/folder.tar.gz',
    'formats/stored.zip',
    'formats/deflated.zip',
    'formats/big-endian.pth',
  ].map(name => `fixtures/${name}`),
]
/** Reading and writing do not depend on each other. */
const CASES: readonly (readonly [path: string, about: string, options: Options, old: string | undefined])[] =
  [
    ...CHECKPOINTS.map(path => [path, 'over another file', { format: 'zip', overwrite: true }, OLD] as const),
    [LARGE, 'as a stream', { format: 'legacy', overwrite: true }, OLD],
    [LARGE, 'as safetensors', { format: 'safetensors', overwrite: true }, OLD],
    [LARGE, 'where no file is', { format: 'zip', overwrite: 'own' }, undefined],
    [LARGE, 'where no file may be', { format: 'zip' }, undefined],
    [LARGE, 'with a hash in the name', { format: 'zip', publish: true }, undefined],
  ]

/** Rules that keep everything in the checkpoint, and a network that consists of exactly these tensors. */
async function everythingOf(path: string): Promise<Options> {
  const file = await openCheckpointFile(path)
  const [section, state] = [...file.checkpoint.sections].sort(([, a], [, b]) => b.size - a.size)[0]!
  const specs = [...state]
    .filter(([, { unreadable }]) => unreadable === undefined)
    .map(
      ([name, { shape, dtype }]) => ({ name, shape, kind: dtype === 'int64' ? 'int64' : 'float' }) as const,
    )
  await file.close()
  const toy: Family = {
    name: 'toy',
    title: 'Toy',
    look: { firstLayer: '', stages: [], initial: 'he' },
    spellings: [{ name: 'toy', code: '', has: [], rules: [{ keep: '*', as: '*' }] }],
    architectures: () => [architecture({ name: 'toy', title: 'Toy', family: 'toy', facts: {} }, () => specs)],
  }
  const home = { class: 'Toy', code: '', spelling: 'toy', prefix: '', section: 'state_dict' } as const
  const target = { name: 'toy', title: 'Toy', homes: { toy: home } }
  const method = methodByHand({ sections: [section], rules: [{ keep: '*', as: '*' }] })
  return { method, arch: 'toy', knowledge: { families: [toy], targets: [target] } }
}

/** The files in the target's folder: each is the old one, the complete new one, or broken. */
function contentOf(where: string, whole: Buffer): Record<string, string> {
  return Object.fromEntries(
    readdirSync(where).map(name => {
      const bytes = readFileSync(join(where, name))
      return [name, bytes.toString() === OLD ? 'old' : bytes.equals(whole) ? 'whole' : 'broken']
    }),
  )
}

interface Ended extends ReturnType<typeof whatHappened> {
  readonly error: unknown
}

/** Every call that was made, with all possible faults. */
function faultsIn(counts: ReadonlyMap<string, number>): (readonly [Place, Fault])[] {
  return [...counts].flatMap(([call, count]) =>
    Array.from({ length: count }, (_, at) =>
      FAULTS[call]!.map(fault => [{ call, at }, fault] as const),
    ).flat(),
  )
}

/** The number of faults for each kind of call. */
const tried = new Map<string, number>()

/** Failures of these must be reported: the others (closing a file after reading, asking for free space) lose nothing. */
const TOLD = ['readSync', 'write', 'writeSync', 'fdatasync', 'fsync', 'fchmodSync', 'renameSync']

test.each(CASES)('%s, %s', async (path, about, given, old) => {
  const where = join(folder, `${basename(path)}-${about}`)
  mkdirSync(where)
  const target = join(where, given.format === 'safetensors' ? 'out.safetensors' : 'out.pth')
  const options = { ...(await everythingOf(path)), ...given }

  async function convertWith(place?: Place, fault?: Fault): Promise<Ended> {
    failAt()
    for (const name of readdirSync(where)) rmSync(join(where, name))
    if (old !== undefined) writeFileSync(target, old)
    failAt(place, fault)
    const error = await convertFile(path, target, options).then(
      () => undefined,
      (error: unknown) => error,
    )
    const happened = whatHappened()
    failAt()
    return { error, ...happened }
  }

  const { counts } = await convertWith()
  const [name = ''] = readdirSync(where)
  const whole = readFileSync(join(where, name))
  const before = old === undefined ? {} : { [basename(target)]: 'old' }
  for (const [place, fault] of faultsIn(counts)) {
    const { error, hasFailed } = await convertWith(place, fault)
    if (hasFailed) tried.set(place.call, (tried.get(place.call) ?? 0) + 1)
    const what = `${fault} at ${place.call} ${place.at}`
    if (error !== undefined) expect(error, what).toBeInstanceOf(ToolError)
    else if (hasFailed && (fault === 'EIO' || fault === 'ENOSPC'))
      expect(TOLD, what).not.toContain(place.call)
    expect(contentOf(where, whole), what).toEqual(error === undefined ? { [name]: 'whole' } : before)
    expect(readdirSync(temporary), what).toEqual([])
  }
})

test('every call that can fail was made', () => {
  expect([...tried.keys()].sort()).toEqual(Object.keys(FAULTS).sort())
  if (process.env.FAULTS) console.log('faults tried:', Object.fromEntries(tried))
})
