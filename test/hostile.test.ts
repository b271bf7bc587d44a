/**
 * The promise that no code in a checkpoint runs, with attacks that do run in PyTorch (fixtures/hostile.py): each ends in the
 * right tensors with a warning, or in a typed error, and nothing else happens.
 */
import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ToolError } from '../src/errors.ts'
import { convertFile } from '../src/files/convert.ts'
import { openCheckpointFile } from '../src/files/open.ts'
import type { Severity } from '../src/tensor/tensor.ts'
import { runBinary, runHere } from './helpers/cli.ts'
import { describePyTorch } from './helpers/pytorch.ts'
import { temporaryFolder } from './helpers/temporary.ts'
import { bytesOf } from './helpers/tensors.ts'

const FOLDER = join(import.meta.dirname, '../fixtures/invalid/')
const SCRIPT = join(import.meta.dirname, '../fixtures/hostile.py')
const files = readdirSync(FOLDER).filter(name => name.endsWith('.pth'))

/** The refused files, and the messages. All others open, and the names in them are listed. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  'as-storage-key': /expected a string as storage key/,
  'before-a-broken-opcode': /expected a pickle opcode, found byte 0xff/,
  'long-bytes': /ends in the middle of an item/,
  'long-number': /expected the length of a number, found -1/,
  'long-text': /ends in the middle of an item/,
  'setitem-on-a-string': /expected a dict to set items of/,
  'stream-keys': /the list of storage keys as a plain value, found posix\.system/,
  'stream-machine': /the description of the machine as a plain value, found posix\.system/,
  'stream-magic': /the magic number as a plain value, found __builtin__\.(open|eval)/,
  'stream-protocol': /the protocol version as a plain value, found posix\.system/,
}

/** The worst severity in files that open, if it is not `dangerous`. */
const WORST: Readonly<Record<string, Severity | undefined>> = {
  'after-stop': undefined,
  'build-slots': 'dangerous',
  deep: undefined,
  'extension-4': 'suspicious',
  extension: 'suspicious',
  laughs: undefined,
  'holds-itself': undefined,
  'load-from-bytes': 'suspicious',
  'numpy-load': 'suspicious',
  'pickle-loads': 'suspicious',
  'prototype-global': 'unknown',
  'prototype-keys': undefined,
  'prototype-tensors': undefined,
  'torch-load': 'suspicious',
}

const ORDER: readonly Severity[] = ['dangerous', 'suspicious', 'unknown', 'harmless']

describe('each attack', () => {
  test.each(files.map(file => basename(file, '.pth')))('%s', async name => {
    const opened = await openCheckpointFile(join(FOLDER, `${name}.pth`)).catch((error: unknown) => error)
    const refused = REFUSED[name]
    if (refused) {
      expect(opened).toBeInstanceOf(ToolError)
      expect((opened as ToolError).message).toMatch(refused)
      return
    }
    const { checkpoint, close } = opened as Awaited<ReturnType<typeof openCheckpointFile>>
    const worst = ORDER.find(severity => checkpoint.foreign.some(one => one.severity === severity))
    expect(worst).toBe(name in WORST ? WORST[name] : 'dangerous')
    // The valid part is unchanged.
    for (const state of checkpoint.sections.values())
      for (const tensor of state.values())
        expect([...new Float32Array((await bytesOf(tensor)).slice().buffer)]).toEqual([1, 2, 3])
    await close()
    expect({}).not.toHaveProperty('polluted')
  })

  test('leaves nothing behind, whatever the command', () => {
    const cwd = temporaryFolder()
    for (const file of [...files, 'whole-backbone.pth.tar']) {
      const path = join(FOLDER, file)
      for (const args of [
        ['inspect', path],
        [path, 'out.pth', '--dry-run'],
      ]) {
        const { code, err } = runBinary(args, { cwd })
        expect(code, `${file}: ${err}`).toBeLessThanOrEqual(5)
      }
      expect(readdirSync(cwd), file).toEqual([])
    }
  }, 120_000)
})

describe('a valid backbone beside an attack', () => {
  const path = join(FOLDER, 'whole-backbone.pth.tar')
  const folder = temporaryFolder()

  test('is converted, with a warning, and the output is clean', async () => {
    const out = join(folder, 'out.pth')
    const ran = await runHere(path, out)
    expect(ran.code).toBe(0)
    expect(ran.err).toMatch(
      /^warning: loading this file with PyTorch would run posix\.system\. Nothing was run here/,
    )
    const { checkpoint, close } = await openCheckpointFile(out)
    await close()
    expect(checkpoint.foreign).toEqual([])
    expect((await runHere('verify', out)).code).toBe(0)
  })

  test('is refused with --strict, and nothing is written', async () => {
    const ran = await runHere(path, join(folder, 'strict.pth'), '--strict')
    expect(ran.code).toBe(3)
    expect(ran.err).toMatch(/the pickle names posix\.system, which would run code if PyTorch loaded it/)
    expect(readdirSync(folder)).not.toContain('strict.pth')
  })

  test.each(['enum-eval', 'path-write-text', 'cuda-pickle', 'builtins-loader', 'collections-sys'])(
    '%s is refused with --strict too',
    async name => {
      const run = convertFile(join(FOLDER, `${name}.pth`), join(folder, 'x.pth'), {
        strict: true,
        overwrite: true,
      })
      await expect(run).rejects.toThrow(/which would run code if PyTorch loaded it/)
    },
  )

  test('--strict refuses a call of something unknown, but not a class that is only named', async () => {
    const convert = (name: string) =>
      convertFile(join(FOLDER, `${name}.pth`), join(folder, 'x.pth'), { strict: true, overwrite: true })
    await expect(convert('prototype-global')).rejects.toThrow(
      /__proto__\.constructor, which is not known to be harmless and would be called/,
    )
    await expect(convert('deep')).rejects.not.toThrow(/the pickle names/)
  })

  test('--strict does not mention a checkpoint without such names', async () => {
    const ran = await runHere(
      'fixtures/checkpoints/swav_training.pth.tar',
      join(folder, 'clean.pth'),
      '--strict',
    )
    expect(ran).toMatchObject({ code: 0, err: '' })
  })

  test('inspect and verify report it', async () => {
    expect((await runHere('inspect', path)).out).toMatch(
      /^dangerous +posix\.system \(1 call\): PyTorch would run it/m,
    )
    const verdict = await runHere('verify', path)
    expect(verdict.out).toMatch(/^danger +the pickle names posix\.system/m)
    expect(verdict.code).toBe(1)
  })
})

describePyTorch(({ pytorch }) => {
  test('runs the attacks if allowed, and not with weights_only', () => {
    const said = pytorch
      .run(SCRIPT, '--judge')
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(said).toHaveLength(files.length + 1)
    // The corpus is alive: these files are really dangerous.
    expect(said.filter(({ ran }) => ran).length).toBeGreaterThanOrEqual(25)
    // Nothing that it considers safe is dangerous for us.
    for (const { name, safe } of said)
      if (safe === 'loads') expect(WORST[name.replace('.pth', '')] ?? 'harmless', name).toBe('harmless')
  }, 300_000)
})
