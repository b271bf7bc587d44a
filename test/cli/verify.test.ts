/** The verdict: good files pass, and every defect is named. */
import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { runHere } from '../helpers/cli.ts'
import { network, stateDict, writeExpanded } from '../helpers/expanded.ts'
import { SMALL_TENSORS, writeSmall } from '../helpers/small.ts'
import { temporaryFolder } from '../helpers/temporary.ts'
import { floats } from '../helpers/tensors.ts'
import { call, dict, torchZipBytes, tuple, vector } from '../helpers/torch-bytes.ts'
import { type Change, patched, writeVariant } from '../helpers/variants.ts'

const MOCO = join(import.meta.dirname, '../../fixtures/checkpoints/moco_v2.pth.tar')
const SWAV = join(import.meta.dirname, '../../fixtures/checkpoints/swav_released.pth.tar')
const fixture = (name: string): string => join(import.meta.dirname, `../../fixtures/torch/${name}`)
const folder = temporaryFolder()
const good = join(folder, 'good.pth')
const SMALL = writeSmall(folder)
const small = join(folder, 'small.pth')
const RESNET18 = writeExpanded(join(folder, 'resnet18.pth.tar'), {
  state_dict: stateDict(network('resnet18')),
})

beforeAll(async () => {
  expect((await runHere(MOCO, good)).code).toBe(0)
  expect((await runHere(SMALL, small)).code).toBe(0)
})

function folderFor(name: string): string {
  const path = join(folder, name)
  mkdirSync(path)
  return path
}

async function variant(change: Change): Promise<string> {
  const path = join(folder, `variant-${readdirSync(folder).length}.pth`)
  await writeVariant(good, path, change)
  return path
}

function setFloat(index: number, value: number): (bytes: Uint8Array) => void {
  return bytes => new DataView(bytes.buffer, bytes.byteOffset).setFloat32(4 * index, value, true)
}

describe('verify', () => {
  test('a converted file passes', async () => {
    const { code, out, err } = await runHere('verify', good)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toContain('ResNet-50: 318 of 318 tensors')
    expect(out).toContain('ok         MMDetection will load the whole backbone')
  })

  test('a converted file matches its source', async () => {
    const { code, out } = await runHere('verify', good, '--against', MOCO)
    expect(code).toBe(0)
    expect(out).toContain(`all 318 tensors are identical to ${MOCO}, bit for bit`)
  })

  test('the other network of the source does not match', async () => {
    const { code, out } = await runHere('verify', good, '--against', MOCO, '--network', 'key')
    expect(code).toBe(1)
    expect(out).toMatch(/conv1\.weight: \d+ of 9408 elements, max difference \S+/)
  })

  test("the Python script's four head tensors are named", async () => {
    const path = join(folder, 'script.pth')
    await runHere(MOCO, path, '--keep-head')
    const { code, out } = await runHere('verify', path)
    expect(code).toBe(1)
    expect(out).toContain('318 of 318 tensors, and 4 tensors that it does not have')
    for (const name of ['fc.0.weight', 'fc.0.bias', 'fc.2.weight', 'fc.2.bias']) expect(out).toContain(name)
  })

  test('a missing tensor is named', async () => {
    const { code, out } = await runHere('verify', await variant(state => state.delete('layer3.4.bn2.weight')))
    expect(code).toBe(1)
    expect(out).toContain('317 of 318')
    expect(out).toMatch(/missing:\n {13}layer3\.4\.bn2\.weight/)
    expect(out).not.toMatch(/^ok/m)
  })

  test('a tensor of a different shape is named', async () => {
    const { code, out } = await runHere('verify', await variant(state => state.set('bn1.bias', floats(1, 2))))
    expect(code).toBe(1)
    expect(out).toContain('bn1.bias: expected 64, found 2')
  })

  test.each<[string, string, (bytes: Uint8Array) => void, RegExp]>([
    ['one NaN', 'layer2.0.conv1.weight', setFloat(77, Number.NaN), /layer2\.0\.conv1\.weight: 1 of \d+, NaN/],
    ['an Inf', 'bn1.bias', setFloat(3, Number.NEGATIVE_INFINITY), /bn1\.bias: 1 of 64, Inf/],
    [
      'zeros',
      'layer1.0.conv2.weight',
      bytes => bytes.fill(0),
      /layer1\.0\.conv2\.weight: .*all weights are 0/,
    ],
    [
      'a variance below 0',
      'bn1.running_var',
      setFloat(0, -1),
      /bn1\.running_var: 1 of 64, a running variance below 0/,
    ],
  ])('%s is found', async (_, name, change, message) => {
    const { code, out } = await runHere('verify', await variant(state => patched(state, name, change)))
    expect(code).toBe(1)
    expect(out).toMatch(message)
  })

  test('a dead channel gives a warning', async () => {
    const path = await variant(state => patched(state, 'bn1.running_var', setFloat(0, 0)))
    const { code, out } = await runHere('verify', path)
    expect(code).toBe(0)
    expect(out).toContain('0 errors, 1 warning')
  })

  test('one flipped bit is found by comparing with the source', async () => {
    const path = await variant(state =>
      patched(state, 'layer4.2.conv3.weight', bytes => {
        bytes[1000]! ^= 1
      }),
    )
    expect((await runHere('verify', path)).code).toBe(0)
    const { code, out } = await runHere('verify', path, '--against', MOCO)
    expect(code).toBe(1)
    expect(out).toMatch(/layer4\.2\.conv3\.weight: 1 of 1048576 elements, max difference \S+/)
  })

  test('a detector is verified with its prefix', async () => {
    const path = await variant(state => {
      const all = [...state]
      state.clear()
      for (const [name, tensor] of all) state.set(`backbone.${name}`, tensor)
      state.set('neck.fpn.weight', floats(1))
    })
    expect((await runHere('verify', path, '--prefix', 'backbone.')).code).toBe(0)
    const without = await runHere('verify', path)
    expect(without.code).toBe(1)
    expect(without.err).toContain('--prefix')
    expect((await runHere('verify', path, '--prefix', 'trunk.')).err).toContain(
      "no tensor begins with 'trunk.'",
    )
  })

  test('a file that was not converted is reported as such', async () => {
    const { code, err } = await runHere('verify', MOCO)
    expect(code).toBe(1)
    expect(err).toContain('MMDetection would train from random weights. Convert the file first')
    const stated = await runHere('verify', MOCO, '--arch', 'resnet50')
    expect(stated.code).toBe(1)
    expect(stated.out).toContain('ResNet-50: 0 of')
  })

  test('as JSON', async () => {
    const { code, out } = await runHere('verify', good, '--against', MOCO, '--json')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      schema: 'selfsup2mmdet/verify/1',
      good: true,
      report: { architecture: 'resnet50', expected: 318, present: 318, complete: true },
      findings: [],
      against: { same: 318, equal: true },
    })
  })

  test('options for the source require a source', async () => {
    expect(await runHere('verify', good, '--selfsup', 'moco')).toMatchObject({ code: 2 })
    expect((await runHere('verify', good, '--arch', 'resnet51')).err).toContain('Did you mean resnet50?')
  })
})

describe('hashes', () => {
  test('--publish puts the hash into the name, and verify checks it', async () => {
    const where = folderFor('publish')
    const { code, out } = await runHere(SMALL, join(where, 'small.pth'), '--publish')
    expect(code).toBe(0)
    const [name] = readdirSync(where)
    expect(readdirSync(where)).toHaveLength(1)
    expect(name).toMatch(/^small-[0-9a-f]{8}\.pth$/)
    expect(out).toContain(name)
    const said = await runHere('verify', join(where, name!))
    expect(said.code).toBe(0)
    expect(said.out).toContain("which matches the file's SHA-256")
    copyFileSync(join(where, name!), join(where, 'small-00000000.pth'))
    const wrong = await runHere('verify', join(where, 'small-00000000.pth'))
    expect(wrong.code).toBe(1)
    expect(wrong.out).toContain('it is not the file that was published')
    expect((await runHere(SMALL, join(where, 'small.pth'), '--publish', '--no-clobber')).code).toBe(2)
    expect((await runHere(SMALL, join(where, 'small.pth.tar'), '--publish', '--json')).out).toContain(name)
  })

  test('--publish keeps the extension of safetensors, without which PyTorch would not recognise it', async () => {
    const where = folderFor('publish-safetensors')
    expect((await runHere(SMALL, join(where, 'small.safetensors'), '--publish')).code).toBe(0)
    const [name] = readdirSync(where)
    expect(name).toMatch(/^small-[0-9a-f]{8}\.safetensors$/)
    const said = await runHere('verify', join(where, name!))
    expect(said.code).toBe(0)
    expect(said.out).toContain("which matches the file's SHA-256")
  })

  test('safetensors with another extension, and another format with theirs, fail', async () => {
    const where = folderFor('misnamed')
    await runHere(SMALL, join(where, 'small.safetensors'))
    copyFileSync(join(where, 'small.safetensors'), join(where, 'small.pth'))
    copyFileSync(small, join(where, 'good.safetensors'))
    for (const name of ['small.pth', 'good.safetensors']) {
      const { code, out } = await runHere('verify', join(where, name))
      expect(code).toBe(1)
      expect(out).toContain(
        'PyTorch reads a file as safetensors only if its name ends in .safetensors: rename it',
      )
      expect(JSON.parse((await runHere('verify', join(where, name), '--json')).out)).toMatchObject({
        torchLoads: 'misnamed',
        good: false,
      })
    }
  })

  test('a date at the end of a name is not a hash', async () => {
    const path = join(folder, 'small-20210831.pth')
    copyFileSync(small, path)
    const { code, out } = await runHere('verify', path)
    expect(code).toBe(0)
    expect(out).not.toContain('hash')
  })

  test('--publish leaves folders and the file at the plain name alone, and a dry run has no hash to name', async () => {
    const where = folderFor('careful')
    const inside = join(where, 'inside')
    mkdirSync(inside)
    expect(await runHere(SMALL, inside, '--publish')).toMatchObject({ code: 2 })
    expect(readdirSync(where)).toEqual(['inside'])
    const plain = join(where, 'small.pth')
    copyFileSync(SWAV, plain)
    expect((await runHere(SMALL, plain, '--publish')).code).toBe(0)
    expect(readFileSync(plain)).toEqual(readFileSync(SWAV))
    expect(readdirSync(where)).toHaveLength(3)
    const dry = await runHere(SMALL, join(where, 'dry.pth'), '--publish', '--dry-run')
    expect(dry.out).toContain('dry.pth, with the first 8 digits of its SHA-256 in the name')
    expect(readdirSync(where)).toHaveLength(3)
  })

  test('--sha256 refuses a different file before anything is written', async () => {
    const where = folderFor('sha256')
    const hash = createHash('sha256').update(readFileSync(SMALL)).digest('hex')
    const out = join(where, 'out.pth')
    expect((await runHere(SMALL, out, '--sha256', '0'.repeat(64))).err).toContain(`found ${hash}`)
    expect((await runHere(SMALL, out, '--sha256', '0'.repeat(64))).code).toBe(3)
    expect((await runHere(SMALL, out, '--sha256', 'abc')).code).toBe(2)
    expect(readdirSync(where)).toEqual([])
    expect((await runHere(SMALL, out, '--sha256', hash.toUpperCase())).code).toBe(0)
    expect((await runHere(SMALL, out, '--sha256', hash.slice(0, 8))).code).toBe(0)
  })
})

describe('--dtype', () => {
  test('casts weights, and running statistics only with --dtype-all', async () => {
    const [some, all] = [join(folder, 'half.pth'), join(folder, 'all.pth')]
    await runHere(RESNET18, some, '--dtype', 'float16')
    await runHere(RESNET18, all, '--dtype', 'bfloat16', '--dtype-all')
    const dtypes = async (path: string) => {
      const { out } = await runHere('inspect', path, '--json')
      const { entries } = JSON.parse(out).sections[0]
      return Object.fromEntries(
        entries.map((entry: { name: string; dtype: string }) => [entry.name, entry.dtype]),
      )
    }
    expect(await dtypes(some)).toMatchObject({
      'conv1.weight': 'float16',
      'bn1.running_var': 'float32',
      'bn1.num_batches_tracked': 'int64',
    })
    expect(await dtypes(all)).toMatchObject({
      'conv1.weight': 'bfloat16',
      'bn1.running_var': 'bfloat16',
      'bn1.num_batches_tracked': 'int64',
    })
    expect((await runHere('verify', some)).code).toBe(0)
    expect(await runHere('verify', some, '--against', RESNET18, '--dtype', 'float16')).toMatchObject({
      code: 0,
    })
    const other = ['--dtype-all', '--dtype', 'float16']
    expect(await runHere('verify', some, '--against', RESNET18, ...other)).toMatchObject({ code: 1 })
  })

  test('a cast file is compared bit for bit, with and without the option', async () => {
    const path = join(folder, 'proven.pth')
    await runHere(SMALL, path, '--dtype', 'bfloat16')
    const proven = await runHere('verify', path, '--against', SMALL, '--dtype', 'bfloat16')
    expect(proven.code).toBe(0)
    expect(proven.out).toContain(
      `all ${SMALL_TENSORS} tensors are identical to ${SMALL} cast to bfloat16, bit for bit`,
    )
    const unsaid = await runHere('verify', path, '--against', SMALL)
    // A cast is recognised, and compared as if the option had been given.
    expect(unsaid.code).toBe(0)
    expect(unsaid.out).toContain(
      `all ${SMALL_TENSORS} tensors are identical to ${SMALL} cast to bfloat16, bit for bit`,
    )
    expect(await runHere('verify', path, '--against', SMALL, '--dtype-all')).toMatchObject({ code: 2 })
    expect(await runHere('verify', path, '--dtype', 'bfloat16')).toMatchObject({ code: 2 })
  })

  test('other types and --dtype-all alone are refused', async () => {
    const out = join(folder, 'never.pth')
    expect(await runHere(MOCO, out, '--dtype', 'int8')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/The types are: float32, float16, bfloat16\.\n/),
    })
    expect((await runHere(MOCO, out, '--dtype-all')).err).toContain('requires --dtype')
  })
})

describe('diff', () => {
  test.each([
    ['torch1.13-legacy-dtypes.pt', 'torch2.13-zip-dtypes.pt', 12],
    ['torch1.13-zip-layouts.pt', 'torch2.13-legacy-layouts.pt', 14],
    ['torch1.13-legacy-cuda.pt', 'torch2.13-zip-flat.pt', 7],
  ])('%s and %s contain the same', async (first, second, tensors) => {
    expect(await runHere('diff', fixture(first), fixture(second))).toEqual({
      code: 0,
      out: `all ${tensors} tensors are identical, bit for bit\n`,
      err: '',
    })
  })

  test('files without tensors do not count as equal', async () => {
    const path = join(folder, 'empty.pth')
    writeFileSync(path, torchZipBytes({ value: dict({ epoch: 3 }) }))
    const { code, out, err } = await runHere('diff', path, path)
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toContain('contains a dict of 1, but no tensors: there is nothing to compare')
  })

  test('names, shapes and values', async () => {
    const path = await variant(state => {
      state.delete('bn1.weight')
      state.set('extra', floats(1))
      state.set('bn1.bias', floats(1, 2))
      patched(state, 'conv1.weight', setFloat(0, 1e6))
    })
    const { code, out } = await runHere('diff', good, path)
    expect(code).toBe(1)
    expect(out).toContain(`only in ${good}:\n    bn1.weight`)
    expect(out).toContain(`only in ${path}:\n    extra`)
    expect(out).toContain('bn1.bias: float32 64 and float32 2')
    expect(out).toMatch(/conv1\.weight: 1 of 9408 elements, max difference 1\.00e\+6/)
    expect(JSON.parse((await runHere('diff', good, path, '--json')).out)).toMatchObject({
      schema: 'selfsup2mmdet/diff/1',
      same: 315,
      equal: false,
    })
  })

  test('tensors that cannot be read are listed, and the others compared', async () => {
    const path = join(folder, 'quantized.pth')
    const q = call('torch._utils._rebuild_qtensor', null, 0, tuple(2), tuple(1))
    writeFileSync(
      path,
      torchZipBytes({ value: dict({ q, w: vector('0', 1) }), storages: { 0: new Uint8Array(4) } }),
    )
    const { code, out } = await runHere('diff', path, path)
    expect({ code, out }).toEqual({
      code: 1,
      out: expect.stringMatching(/not compared:\n.*: part of a quantized tensor/),
    })
  })

  test('sections of one file', async () => {
    const { code, err } = await runHere('diff', MOCO, MOCO, '--section', 'model')
    expect(code).toBe(2)
    expect(err).toContain("It has: 'state_dict'")
    const apart = await runHere('diff', MOCO, good, '--section', 'state_dict')
    expect(apart.code).toBe(1)
    expect(apart.out).toContain("begin with 'module.encoder_q.' and are compared without it")
    expect((await runHere('diff', MOCO, MOCO)).code).toBe(0)
  })
})
