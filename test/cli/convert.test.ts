/** What a user sees and gets: output, exit codes, and no files left behind after an error. */

import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { convertFile } from '../../src/files/convert.ts'
import { openCheckpoint } from '../../src/formats/index.ts'
import { openFile } from '../../src/node/file-source.ts'
import { runBinary, runHere } from '../helpers/cli.ts'
import { openForTest } from '../helpers/open.ts'
import { SMALL_TENSORS, writeSmall } from '../helpers/small.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const fixture = (name: string): string => join(import.meta.dirname, `../../fixtures/${name}`)
const MOCO = fixture('checkpoints/moco_v2.pth.tar')
const SWAV = fixture('checkpoints/swav_released.pth.tar')
const folder = temporaryFolder()
const SMALL = writeSmall(folder)
const OTHER = writeSmall(folder, 'openmmlab')
let number = 0
const output = (): string => join(folder, `out-${number++}.pth`)

async function names(path: string): Promise<string[]> {
  const file = await openFile(path)
  const checkpoint = await openCheckpoint(file)
  await file.close()
  return [...checkpoint.sections.get('state_dict')!.keys()]
}

describe('a conversion', () => {
  test.each([
    ['MoCo v2 in a legacy stream', 'moco_v2.pth.tar', 'moco'],
    ['MoCo v1 saved without module.', 'moco_v1_without_module.pth.tar', 'moco'],
    ['SwAV as released, flat', 'swav_released.pth.tar', 'swav'],
    ['SwAV from training, in a zip archive', 'swav_training.pth.tar', 'swav'],
  ])('of %s gives 318 tensors', async (_, file, method) => {
    const out = output()
    const ran = await runHere(fixture(`checkpoints/${file}`), out)
    expect(ran).toMatchObject({ code: 0, err: '' })
    expect(ran.out.trimEnd().split('\n')).toHaveLength(5)
    expect(ran.out).toContain(method)
    expect(ran.out).toContain('ResNet-50, 318 of 318 tensors')
    expect(await names(out)).toHaveLength(318)
  })

  test('gives the right values the right names', async () => {
    const out = output()
    await runHere(MOCO, out, '--selfsup', 'moco')
    const [before, after] = [
      await openCheckpoint(await openForTest(MOCO)),
      await openCheckpoint(await openForTest(out)),
    ]
    const from = before.sections.get('state_dict')!
    for (const [name, tensor] of after.sections.get('state_dict')!)
      expect(await firstBytes(tensor), name).toEqual(await firstBytes(from.get(`module.encoder_q.${name}`)!))
  })

  test('gives the same bytes whatever the files are called', async () => {
    const [a, b] = [output(), output()]
    const copy = join(folder, 'another name.bin')
    copyFileSync(SMALL, copy)
    await runHere(SMALL, a)
    await runHere(copy, b)
    expect(readFileSync(a).equals(readFileSync(b))).toBe(true)
  })

  test('recognises its own output, and writes it again unchanged', async () => {
    const [a, b] = [output(), output()]
    await runHere(OTHER, a)
    const again = await runHere(a, b)
    expect(again.out).toMatch(/recognised +backbone/)
    expect(await names(b)).toEqual(await names(a))
  })

  test('keeps the head on request', async () => {
    const out = output()
    const ran = await runHere(MOCO, out, '--keep-head')
    expect(ran.code).toBe(0)
    expect((await names(out)).filter(name => name.startsWith('fc.'))).toEqual([
      'fc.0.weight',
      'fc.0.bias',
      'fc.2.weight',
      'fc.2.bias',
    ])
    expect(await runHere(SWAV, output(), '--keep-head')).toMatchObject({ code: 2 })
  })

  test('takes the other network on request', async () => {
    const out = output()
    expect((await runHere(MOCO, out, '--network', 'key')).out).toContain('network key')
    const [before, after] = [
      await openCheckpoint(await openForTest(MOCO)),
      await openCheckpoint(await openForTest(out)),
    ]
    expect(await firstBytes(after.sections.get('state_dict')!.get('conv1.weight')!)).toEqual(
      await firstBytes(before.sections.get('state_dict')!.get('module.encoder_k.conv1.weight')!),
    )
  })

  test('lists the fate of every tensor on a dry run, and writes nothing', async () => {
    const out = output()
    const ran = await runHere(MOCO, out, '--dry-run')
    expect(ran.code).toBe(0)
    expect(ran.out.split('\n').filter(line => /^(keep|drop) /.test(line))).toHaveLength(646)
    expect(ran.out).toMatch(/^drop {2}module\.queue +float32 +128×65536 +dictionary of negatives$/m)
    expect(existsSync(out)).toBe(false)
  })

  test('prints JSON, and nothing else, with --json', async () => {
    const result = JSON.parse((await runHere(MOCO, output(), '--json')).out)
    expect(result).toMatchObject({
      schema: 'selfsup2mmdet/convert/1',
      method: 'moco',
      network: 'query',
      kept: { tensors: 318 },
      report: { complete: true, expected: 318, present: 318 },
    })
    const failed = await runHere(MOCO, output(), '--selfsup', 'swav', '--json')
    expect(JSON.parse(failed.out)).toMatchObject({ error: { kind: 'MismatchError', exitCode: 1 } })
  })

  test('is silent with --quiet', async () => {
    expect(await runHere(SWAV, output(), '--quiet')).toEqual({ code: 0, out: '', err: '' })
  })
})

async function firstBytes(tensor: { copyTo(write: (chunk: Uint8Array) => Promise<void>): Promise<number> }) {
  let first: string | undefined
  const enough = new Error('the rest is not read')
  await tensor
    .copyTo(async chunk => {
      first ??= Buffer.from(chunk.subarray(0, 64)).toString('hex')
      throw enough
    })
    .catch(error => {
      if (error !== enough) throw error
    })
  return first
}

/** Runs a conversion that must fail, and checks that it leaves the folder unchanged. */
async function failing(args: readonly string[], code: number): Promise<string> {
  const before = readdirSync(folder)
  const ran = await runHere(...args)
  expect(ran.err).not.toContain('Internal error')
  expect(ran.code).toBe(code)
  expect(ran.out).toBe('')
  expect(readdirSync(folder)).toEqual(before)
  return ran.err
}

describe('bad input', () => {
  const file = (name: string, content: string | Uint8Array): string => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }

  test.each([
    ['text', 'just some text\n', 3, 'a text file'],
    ['a web page', '<!DOCTYPE html><html><body>404</body></html>', 3, 'a web page'],
    ['nothing', '', 3, 'an empty file'],
    ['an image', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), 3, 'a PNG image'],
    ['an LFS pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:00\n', 3, 'git lfs pull'],
    ['gzip', new Uint8Array([0x1f, 0x8b, 8, 0, 0]), 3, 'damaged or cut short'],
    ['a plain pickle', new Uint8Array([0x80, 2, 0x7d, 0x2e]), 4, 'a pickle of something other'],
  ])('%s', async (name, content, code, words) => {
    expect(await failing([file(`${name}.pth`, content), output()], code)).toContain(words)
  })

  test.each(['checkpoints/moco_v2.pth.tar', 'checkpoints/swav_training.pth.tar'])(
    '%s, truncated anywhere',
    async name => {
      const whole = readFileSync(fixture(name))
      for (const part of [0.001, 0.1, 0.3, 0.6, 0.9, 0.99, 0.99999]) {
        const cut = file('cut.pth', whole.subarray(0, Math.floor(whole.length * part)))
        const err = await failing([cut, output()], 3)
        expect(err).toContain(String(Math.floor(whole.length * part)))
      }
    },
  )

  test('a truncated legacy stream: how much of the storages is missing', async () => {
    const whole = readFileSync(MOCO)
    const err = await failing([file('cut.pth', whole.subarray(0, whole.length - 100)), output()], 3)
    expect(err).toContain(`end at byte ${whole.length}`)
    expect(err).toContain('100 bytes are missing')
  })

  test('one flipped bit in a zip archive', async () => {
    const bytes = readFileSync(fixture('checkpoints/swav_training.pth.tar'))
    const name = bytes.indexOf('swav_training.pth/data/0')
    const nameLength = bytes.readUInt16LE(name - 4)
    const start = name + nameLength + bytes.readUInt16LE(name - 2)
    bytes[start] = bytes[start]! ^ 1
    expect(await failing([file('flipped.pth', bytes), output()], 3)).toContain('CRC-32')
  })

  test('the wrong method', async () => {
    expect(await failing([MOCO, output(), '--selfsup', 'swav'], 1)).toContain('looks like moco')
    expect(await failing([SWAV, output(), '--selfsup', 'moco'], 1)).toContain('looks like swav')
    expect(await failing([SWAV, output(), '--selfsup', 'swaw'], 2)).toContain('Did you mean swav?')
  })

  test('a different architecture from the given one', async () => {
    const err = await failing([SWAV, output(), '--arch', 'resnet101'], 1)
    expect(err).toContain('contains a ResNet-50, not a ResNet-101.\nUse --arch resnet50, or omit --arch.')
    expect(await failing([SWAV, output(), '--arch', 'resnet51'], 2)).toContain('Did you mean resnet50?')
  })

  test('checkpoints without a known backbone', async () => {
    const err = await failing([fixture('torch/torch1.13-zip-layouts.pt'), output()], 1)
    expect(err).toContain("'state_dict' with 14 tensors")
  })

  test('invalid paths', async () => {
    expect(await failing([join(folder, 'none.pth'), output()], 2)).toContain('There is no file')
    expect(await failing([folder, output()], 2)).toContain('is a folder')
    expect(await failing([SWAV, folder], 2)).toContain('is a folder')
    expect(await failing([SWAV, join(folder, 'no', 'where.pth')], 2)).toContain('does not exist')
    expect(await failing([SWAV], 2)).toContain('output file is missing')
    expect(await failing([SWAV, output(), '--unknown'], 2)).toContain('Unknown option')
  })

  test('the input as output, under any name', async () => {
    const input = join(folder, 'input.pth')
    copyFileSync(SWAV, input)
    symlinkSync(input, join(folder, 'symbolic.pth'))
    linkSync(input, join(folder, 'hard.pth'))
    for (const name of ['input.pth', 'symbolic.pth', 'hard.pth'])
      expect(await failing([input, join(folder, name)], 2)).toContain('the same file')
    expect(readFileSync(input).equals(readFileSync(SWAV))).toBe(true)
  })

  test('the input, the output or a shard as the path of another output', async () => {
    const [input, out, spare] = [join(folder, 'side.pth'), output(), output()]
    copyFileSync(MOCO, input)
    const before = readFileSync(input)
    const never = 'the input is never overwritten'
    expect(await failing([input, out, '--config', input], 2)).toContain(never)
    expect(await failing([input, out, '--config', join(folder, '.', basename(out))], 2)).toContain(
      'of its own',
    )
    expect(await failing(['probe', input, '--filters', input], 2)).toContain(never)
    expect(await failing(['probe', input, '--report', input], 2)).toContain(never)
    expect(await failing(['probe', input, '--report', spare, '--filters', spare], 2)).toContain('of its own')
    expect(await failing(['config', 'moco', '--checkpoint', input, '--out', input], 2)).toContain(never)
    const shards = [1, 2].map(number => `model-0000${number}-of-00002.safetensors`)
    for (const name of [...shards, 'model.safetensors.index.json'])
      copyFileSync(fixture(`formats/${name}`), join(folder, name))
    const [index, shard] = ['model.safetensors.index.json', shards[1]!].map(name => join(folder, name))
    expect(await failing([index!, shard!, '--keep', '*=*'], 2)).toContain(never)
    expect(readFileSync(input).equals(before)).toBe(true)
    expect(readFileSync(shard!).equals(readFileSync(fixture(`formats/${basename(shard!)}`)))).toBe(true)
    expect([out, spare].filter(path => existsSync(path))).toEqual([])
  })

  test('an existing config with --no-clobber', async () => {
    const [out, config] = [output(), file('kept.py', 'mine')]
    expect(await failing([SWAV, out, '--config', config, '--no-clobber'], 2)).toContain('already exists')
    expect(readFileSync(config, 'utf8')).toBe('mine')
    expect(existsSync(out)).toBe(false)
  })

  test('an existing output with --no-clobber', async () => {
    const out = file('kept.pth', 'mine')
    expect(await failing([SWAV, out, '--no-clobber'], 2)).toContain('already exists')
    expect(readFileSync(out, 'utf8')).toBe('mine')
  })

  test.skipIf(process.getuid?.() === 0)('a folder that may not be written to', async () => {
    const locked = join(folder, 'locked')
    mkdirSync(locked)
    chmodSync(locked, 0o555)
    expect(await failing([SWAV, join(locked, 'out.pth')], 5)).toContain('Cannot write')
  })
})

describe('the output', () => {
  test('replaces a file completely, keeps its mode, and leaves a symbolic link a link', async () => {
    const target = join(folder, 'target.pth')
    writeFileSync(target, '', { mode: 0o600 })
    const link = join(folder, 'link.pth')
    symlinkSync(target, link)
    for (const input of [OTHER, SMALL]) expect((await runHere(input, link)).code).toBe(0)
    expect(await names(target)).toHaveLength(SMALL_TENSORS)
    expect(statSync(target).mode & 0o777).toBe(0o600)
  })
})

describe('an existing file at the output path', () => {
  const copied = (name: string): string => {
    const path = join(folder, `copy-${number++}-${basename(name)}`)
    copyFileSync(fixture(name), path)
    return path
  }

  test.each([
    ['a second checkpoint, as from a glob', 'checkpoints/swav_released.pth.tar'],
    ['one in a zip archive', 'checkpoints/swav_training.pth.tar'],
    ['one in an archive', 'formats/stored.zip'],
  ])('%s stays, unless --overwrite is given', async (_, name) => {
    const path = copied(name)
    const said = await failing([SMALL, path], 2)
    expect(said.replaceAll(/\s+/g, ' ')).toContain(
      `${path} is a checkpoint that selfsup2mmdet did not write, and would be replaced. The output is the last argument: give it another name. To convert several inputs on the command line: --out-dir.`,
    )
    expect(readFileSync(path).equals(readFileSync(fixture(name)))).toBe(true)
    expect((await runHere(SMALL, path, '--overwrite')).code).toBe(0)
    expect(await names(path)).toHaveLength(SMALL_TENSORS)
  })

  test('a safetensors checkpoint stays', async () => {
    const path = copied('formats/net.safetensors')
    expect(await failing([SMALL, path], 2)).toContain('did not write')
  })

  test('a checkpoint behind a link stays', async () => {
    const [path, link] = [copied('checkpoints/swav_released.pth.tar'), join(folder, `link-${number++}.pth`)]
    symlinkSync(path, link)
    expect(await failing([SMALL, link], 2)).toContain('did not write')
    expect(readFileSync(path).equals(readFileSync(SWAV))).toBe(true)
  })

  test('a checkpoint that cannot be read stays', async () => {
    const path = join(folder, `detectron-${number++}.pkl`)
    writeFileSync(path, '\x80\x02}.', 'latin1')
    expect(await failing([SMALL, path], 2)).toContain('did not write')
  })

  test('any other file stays too, even if it only looks like a checkpoint; an empty one is replaced', async () => {
    const empty = join(folder, `other-${number++}.pth`)
    writeFileSync(empty, '')
    expect(await runHere(SMALL, empty)).toMatchObject({ code: 0, err: '' })
    for (const content of ['notes', '\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.']) {
      const path = join(folder, `other-${number++}.pth`)
      writeFileSync(path, content, 'latin1')
      expect(await failing([SMALL, path], 2)).toContain('not a backbone that selfsup2mmdet wrote')
      expect(readFileSync(path, 'latin1')).toBe(content)
      expect(await runHere(SMALL, path, '--overwrite')).toMatchObject({ code: 0, err: '' })
      expect(await names(path)).toHaveLength(SMALL_TENSORS)
    }
  })

  test.each(['zip', 'legacy', 'safetensors'])(
    'our own output (%s) is replaced, even if the method differs',
    async format => {
      const path = join(folder, `own-${number++}.${format === 'safetensors' ? format : 'pth'}`)
      for (const [input, method] of [
        [OTHER, 'openmmlab'],
        [SMALL, 'backbone'],
      ] as const) {
        expect(await runHere(input, path, '--format', format)).toMatchObject({ code: 0, err: '' })
        const { facts } = await openCheckpoint(await openForTest(path))
        expect(facts.get('meta.method') ?? facts.get('method')).toBe(method)
      }
    },
  )

  test('--publish writes to another path: a checkpoint at the given one is left alone', async () => {
    const path = copied('checkpoints/swav_released.pth.tar')
    for (const _ of [1, 2]) expect((await runHere(SMALL, path, '--publish')).code).toBe(0)
    expect(readFileSync(path).equals(readFileSync(SWAV))).toBe(true)
  })

  test('with --out-dir, only that one input fails', async () => {
    const where = join(folder, `many-${number++}`)
    mkdirSync(where)
    copyFileSync(SWAV, join(where, 'small-backbone.pth'))
    const { code, out, err } = await runHere(SMALL, OTHER, '--out-dir', where)
    expect({ code, out, err }).toMatchObject({
      code: 2,
      out: expect.stringContaining('1 of 2 inputs converted'),
    })
    expect(err).toContain('did not write')
    expect(readFileSync(join(where, 'small-backbone.pth')).equals(readFileSync(SWAV))).toBe(true)
  })

  test('the library replaces it only on request', async () => {
    const path = copied('checkpoints/swav_released.pth.tar')
    await expect(convertFile(SMALL, path)).rejects.toThrow('already exists')
    await expect(convertFile(SMALL, path, { overwrite: 'own' })).rejects.toThrow('did not write')
    await convertFile(SMALL, path, { overwrite: true })
    expect(await names(path)).toHaveLength(SMALL_TENSORS)
  })

  test('--overwrite and --no-clobber contradict each other', async () => {
    expect(await failing([SMALL, output(), '--overwrite', '--no-clobber'], 2)).toContain('cannot be combined')
  })
})

describe('the shipped program', () => {
  test('converts, and prints its version', () => {
    const out = output()
    expect(runBinary([SMALL, out]).code).toBe(0)
    expect(runBinary(['--version']).out).toMatch(/^\d+\.\d+\.\d+\n$/)
    expect(runBinary(['--help']).out).toContain('selfsup2mmdet moco_v2_800ep_pretrain.pth.tar')
    expect(runBinary([]).code).toBe(2)
  })
})

test('a reader that stops early does no harm', () => {
  const binary = join(import.meta.dirname, '../../bin/selfsup2mmdet.js')
  const command = `"${process.execPath}" "${binary}" inspect "${MOCO}" --json | head -c 10; echo " $(echo "\${PIPESTATUS[0]}")"`
  const ran = spawnSync('bash', ['-c', command], { encoding: 'utf8' })
  expect(ran.stderr).toBe('')
  expect(ran.stdout).toMatch(/ 0\n$/)
})
