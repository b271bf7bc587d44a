/** Guards what we write in each format: real PyTorch and the official safetensors library find the same tensors in all. */
import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { memorySink } from '../../src/bytes/sink.ts'
import { UnsupportedError } from '../../src/errors.ts'
import { openCheckpointFile } from '../../src/files/open.ts'
import { WRITERS } from '../../src/formats/index.ts'
import { createFile } from '../../src/node/file-sink.ts'
import type { StateDict } from '../../src/tensor/tensor.ts'
import { runHere } from '../helpers/cli.ts'
import { describePyTorch, type PyTorch } from '../helpers/pytorch.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const LOAD = join(import.meta.dirname, '../../fixtures/load.py')
const MAKE = join(import.meta.dirname, '../../fixtures/formats.py')
const FOLDER = 'fixtures/formats'
const folder = temporaryFolder()

const EXTENSIONS = { zip: 'pth', legacy: 'pth', safetensors: 'safetensors' } as const
const FORMATS = ['zip', 'legacy', 'safetensors'] as const

async function stateOf(path: string): Promise<StateDict> {
  const file = await openCheckpointFile(path)
  onTestFinished(() => file.close())
  return file.checkpoint.sections.get('state_dict') ?? file.checkpoint.sections.get('')!
}

async function write(state: StateDict, format: keyof typeof WRITERS, name: string): Promise<string> {
  const path = join(folder, `${name}-${format}.${EXTENSIONS[format]}`)
  const sink = await createFile(path, { overwrite: true })
  await WRITERS[format](state, { format: 'pt', selfsup2mmdet: '1', method: 'moco' }, sink)
  await sink.finish()
  return path
}

const described = (name: string): object => JSON.parse(readFileSync(join(FOLDER, name), 'utf8'))

function hasSafetensors({ run }: PyTorch): boolean {
  try {
    run('-c', 'import safetensors.torch')
    return true
  } catch {
    return false
  }
}

describePyTorch(({ pytorch }) => {
  test.each(['zip', 'legacy'] as const)('finds in a %s file what was written', async format => {
    const path = await write(await stateOf(join(FOLDER, 'net.safetensors')), format, 'net')
    expect(JSON.parse(pytorch.run(LOAD, path))).toEqual(described('described.json'))
  })

  test('reads the whole backbone in the older stream, as in the archive', async () => {
    const paths = ['a', 'b'].map(name => join(folder, `${name}-${pytorch.version}.pth`))
    for (const [index, format] of (['zip', 'legacy'] as const).entries())
      expect(
        (await runHere('fixtures/checkpoints/moco_v2.pth.tar', paths[index]!, '--format', format)).code,
      ).toBe(0)
    const [zip, legacy] = pytorch
      .run(LOAD, ...paths)
      .trim()
      .split('\n')
    expect(legacy).toBe(zip)
    expect(Object.keys(JSON.parse(legacy!))).toHaveLength(318)
  })

  test('reads the ancient archives that the fixtures hold as described', () => {
    expect(pytorch.run(MAKE, '--check')).toMatch(
      /^ancient\.pth\.tar: as described\nancient-view\.pth\.tar: as described/,
    )
  })
})

const JUDGE = {
  name: 'the safetensors library, with PyTorch $version',
  only: hasSafetensors,
  missing: 'the official safetensors library',
}

describePyTorch(({ pytorch }) => {
  test.each([
    ['net.safetensors', 'described.json'],
    ['every-type.safetensors', 'every-type.json'],
  ])('finds in what was written of %s what it wrote itself', async (from, expected) => {
    const path = await write(await stateOf(join(FOLDER, from)), 'safetensors', from)
    expect(JSON.parse(pytorch.run(LOAD, path))).toEqual(described(expected))
    expect(pytorch.run(LOAD, '--again', path)).toBe('the same bytes\n')
  })

  test('finds the whole backbone, and would have written the same bytes', async () => {
    const path = join(folder, 'swav.safetensors')
    const ran = await runHere('fixtures/checkpoints/swav_released.pth.tar', path)
    expect(ran).toMatchObject({ code: 0 })
    expect(ran.out).toMatch(/^wrote .*swav\.safetensors, .* safetensors$/m)
    expect(Object.keys(JSON.parse(pytorch.run(LOAD, path)))).toHaveLength(318)
    expect(pytorch.run(LOAD, '--again', path)).toBe('the same bytes\n')
  })

  test('its own files come out as they went in', async () => {
    for (const name of ['net', 'every-type']) {
      const original = join(FOLDER, `${name}.safetensors`)
      const sink = memorySink()
      await WRITERS.safetensors(await stateOf(original), { format: 'pt' }, sink)
      expect(Buffer.compare(sink.bytes(), readFileSync(original)), name).toBe(0)
    }
  })
}, JUDGE)

describe('round trips', () => {
  const PAIRS = FORMATS.flatMap(from => FORMATS.map(to => [from, to] as const))

  test.each(PAIRS)('%s → %s keeps every bit', async (from, to) => {
    const first = join(folder, `${from}-${to}-1.${EXTENSIONS[from]}`)
    const second = join(folder, `${from}-${to}-2.${EXTENSIONS[to]}`)
    await runHere('fixtures/checkpoints/moco_v2.pth.tar', first, '--format', from)
    const again = await runHere(first, second, '--format', to)
    expect(again.out).toMatch(/recognised +backbone/)
    expect(await runHere('diff', first, second)).toEqual({
      code: 0,
      out: 'all 318 tensors are identical, bit for bit\n',
      err: '',
    })
    const verdict = await runHere('verify', second, '--against', 'fixtures/checkpoints/moco_v2.pth.tar')
    expect(verdict.out).toContain('all 318 tensors are identical to')
  })

  test('equal tensors give equal bytes', async () => {
    const state = await stateOf(join(FOLDER, 'net.safetensors'))
    for (const format of FORMATS) {
      const bytes = readFileSync(await write(state, format, 'one'))
      expect(Buffer.compare(readFileSync(await write(state, format, 'two')), bytes), format).toBe(0)
    }
  })
})

describe('what a format cannot hold', () => {
  test('types that PyTorch cannot read back from a stream', async () => {
    const state = await stateOf(join(FOLDER, 'every-type.safetensors'))
    const writing = WRITERS.legacy(state, {}, memorySink())
    await expect(writing).rejects.toThrow(UnsupportedError)
    await expect(writing).rejects.toThrow(/is of type uint64, which PyTorch cannot read back/)
  })

  test('types that safetensors has not, and the name that it keeps for itself', async () => {
    const state = await stateOf('fixtures/torch/torch2.13-zip-dtypes.pt')
    const tensor = state.get('complex128')!
    const write = (name: string, one: typeof tensor) =>
      WRITERS.safetensors(new Map([[name, one]]), {}, memorySink())
    await expect(write('a', tensor)).rejects.toThrow(
      /a is of type complex128, which safetensors files cannot hold/,
    )
    await expect(write('__metadata__', state.get('float32')!)).rejects.toThrow(
      /A tensor is called __metadata__/,
    )
  })
})

describe('names and formats', () => {
  const from = 'fixtures/checkpoints/swav_released.pth.tar'

  test.each([
    [
      ['x.safetensors', '--format', 'zip'],
      /has the name of a safetensors file, but would be a PyTorch zip archive/,
    ],
    [
      ['x.safetensors', '--format', 'legacy'],
      /has the name of a safetensors file, but would be a PyTorch stream/,
    ],
    [['x.pth', '--format', 'safetensors'], /would be a safetensors file, but its name/],
    [['x.safetensors', '--config', 'x.py'], /MMDetection configs name a PyTorch file/],
    [['x.pth', '--format', 'onnx'], /There is no format 'onnx'/],
  ])('%j is refused', async ([output, ...options], message) => {
    const ran = await runHere(from, join(folder, output!), ...options)
    expect(ran.code).toBe(2)
    expect(ran.err).toMatch(message)
  })

  test('many at once, as safetensors', async () => {
    const out = join(folder, 'many')
    mkdirSync(out)
    const ran = await runHere(from, '--out-dir', out, '--format', 'safetensors')
    expect(ran.code).toBe(0)
    expect(statSync(join(out, 'swav_released.safetensors')).size).toBeGreaterThan(94_000_000)
  })
})
