/** Our output in each format: real PyTorch and the official safetensors library find the same tensors in all of them. */
import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { memorySink } from '../../src/bytes/sink.ts'
import { UnsupportedError } from '../../src/errors.ts'
import { ARCHITECTURES } from '../../src/families/index.ts'
import { openCheckpointFile } from '../../src/files/open.ts'
import { WRITERS } from '../../src/formats/index.ts'
import { createFile } from '../../src/node/file-sink.ts'
import type { StateDict } from '../../src/tensor/tensor.ts'
import { runHere } from '../helpers/cli.ts'
import { describePyTorch, type PyTorch } from '../helpers/pytorch.ts'
import { randomBytes } from '../helpers/random.ts'
import { temporaryFolder } from '../helpers/temporary.ts'
import { tensorOf } from '../helpers/tensors.ts'

const LOAD = join(import.meta.dirname, '../../fixtures/load.py')
const MAKE = join(import.meta.dirname, '../../fixtures/formats.py')
const FOLDER = 'fixtures/formats'
const folder = temporaryFolder()

const EXTENSIONS = { zip: 'pth', legacy: 'pth', safetensors: 'safetensors' } as const
const SMALL = ARCHITECTURES.find(({ name }) => name === 'convnext-atto')!
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
    run('-c', 'import importlib.metadata; importlib.metadata.version("safetensors")')
    return true
  } catch {
    return false
  }
}

/** What a script prints about files, one line for each: in one process, because PyTorch takes long to start. */
const said = ({ run }: PyTorch, ...args: readonly string[]): string[] =>
  run(LOAD, ...args)
    .trim()
    .split('\n')

describePyTorch(({ pytorch }) => {
  test('finds the same tensors in archives and streams, and the complete backbone in both', async () => {
    const net = await stateOf(join(FOLDER, 'net.safetensors'))
    const paths: string[] = []
    for (const format of ['zip', 'legacy'] as const) {
      const whole = join(folder, `${format}-${pytorch.version}.pth`)
      const ran = await runHere('fixtures/checkpoints/moco_v2.pth.tar', whole, '--format', format)
      expect(ran.code, ran.err).toBe(0)
      paths.push(await write(net, format, 'net'), whole)
    }
    const [netZip, wholeZip, netLegacy, wholeLegacy] = said(pytorch, ...paths)
    for (const found of [netZip, netLegacy]) expect(JSON.parse(found!)).toEqual(described('described.json'))
    expect(wholeLegacy).toBe(wholeZip)
    expect(Object.keys(JSON.parse(wholeLegacy!))).toHaveLength(318)
  })

  test('reads the ancient archives in the fixtures as described', () => {
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
  test('finds the same tensors, and would have written the same bytes', async () => {
    const whole = join(folder, 'swav.safetensors')
    const ran = await runHere('fixtures/checkpoints/swav_released.pth.tar', whole)
    expect(ran).toMatchObject({ code: 0 })
    expect(ran.out).toMatch(/^wrote .*swav\.safetensors, .* safetensors$/m)
    const small = await Promise.all(
      ['net.safetensors', 'every-type.safetensors'].map(async name =>
        write(await stateOf(join(FOLDER, name)), 'safetensors', name),
      ),
    )
    const lines = said(pytorch, '--again', ...small, whole)
    expect(lines.filter((_, index) => index % 2 === 1)).toEqual(Array(3).fill('the same bytes'))
    const [net, everyType, backbone] = lines.filter((_, index) => index % 2 === 0).map(one => JSON.parse(one))
    expect(net).toEqual(described('described.json'))
    expect(everyType).toEqual(described('every-type.json'))
    expect(Object.keys(backbone)).toHaveLength(318)
  })

  test('its own files are unchanged when written again', async () => {
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

  /** A small backbone in which all tensors differ. */
  const source = join(folder, 'varied.pth')
  const state = new Map(
    SMALL.tensors().map(({ name, shape }, index) => {
      const count = shape.reduce((product, size) => product * size, 1)
      return [
        name,
        tensorOf('float32', new Float32Array(randomBytes(index, 4 * count).buffer), shape, 2 ** 20),
      ]
    }),
  )
  beforeAll(async () => {
    const sink = await createFile(source)
    await WRITERS.zip(state, {}, sink)
    await sink.finish()
  })

  test.each(PAIRS)('%s → %s keeps every bit', async (from, to) => {
    const first = join(folder, `${from}-${to}-1.${EXTENSIONS[from]}`)
    const second = join(folder, `${from}-${to}-2.${EXTENSIONS[to]}`)
    await runHere(source, first, '--format', from)
    const again = await runHere(first, second, '--format', to)
    expect(again.out).toMatch(/recognised +backbone/)
    expect(await runHere('diff', first, second)).toEqual({
      code: 0,
      out: `all ${state.size} tensors are identical, bit for bit\n`,
      err: '',
    })
    const verdict = await runHere('verify', second, '--against', source)
    expect(verdict.out).toContain(`all ${state.size} tensors are identical to`)
  })

  test('equal tensors give equal bytes', async () => {
    const state = await stateOf(join(FOLDER, 'net.safetensors'))
    for (const format of FORMATS) {
      const bytes = readFileSync(await write(state, format, 'one'))
      expect(Buffer.compare(readFileSync(await write(state, format, 'two')), bytes), format).toBe(0)
    }
  })
})

describe('what a format cannot store', () => {
  test('types that PyTorch cannot read back from a stream', async () => {
    const state = await stateOf(join(FOLDER, 'every-type.safetensors'))
    const writing = WRITERS.legacy(state, {}, memorySink())
    await expect(writing).rejects.toThrow(UnsupportedError)
    await expect(writing).rejects.toThrow(/is of type uint64, which PyTorch cannot read back/)
  })

  test('types that safetensors does not have, and its reserved name', async () => {
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
    [['x.safetensors', '--config', 'x.py'], /A config needs a PyTorch file/],
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
