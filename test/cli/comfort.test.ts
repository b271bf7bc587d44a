/** Comfort on the command line: prefixes are recognised, lists can be shown in full, progress, and what a bug report needs. */
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { expect, test, vi } from 'vitest'
import type { Io } from '../../src/cli/io.ts'
import { progressBar } from '../../src/cli/progress.ts'
import { VERSION } from '../../src/convert/version.ts'
import { runHere, runWith } from '../helpers/cli.ts'
import { expanded, network, stateDict, writeExpanded } from '../helpers/expanded.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const folder = temporaryFolder()
const write = (name: string, names: Parameters<typeof stateDict>[0]): string =>
  writeExpanded(join(folder, name), { state_dict: stateDict(names) })

const backbone = write('backbone.pth', network('resnet18'))
const detector = write('epoch_12.pth', { ...network('resnet18', 'backbone.'), 'neck.w': expanded([1]) })
const wrapped = write('wrapped.pth', network('resnet18', 'model.'))

test('diff recognises a prefix, and says so', async () => {
  const found = await runHere('diff', backbone, detector)
  expect(found.out).toBe(
    `names in ${detector} begin with 'backbone.' and are compared without it; its 1 other tensor is not compared\nall 120 tensors are identical, bit for bit\n`,
  )
  // A tensor that is not compared means that the files differ.
  expect(found.code).toBe(1)
  expect(JSON.parse((await runHere('diff', detector, backbone, '--json')).out)).toMatchObject({
    same: 120,
    equal: false,
    prefix: { in: 'first', prefix: 'backbone.', others: 1 },
  })
  expect((await runHere('diff', backbone, wrapped)).code).toBe(0)
})

test('diff and inspect can list everything', async () => {
  const other = write('other.pth', network('resnet18', '', 'FloatStorage'))
  expect((await runHere('diff', backbone, other)).out).toContain('… and 10 more')
  const all = (await runHere('diff', backbone, other, '--all')).out
  expect(all.match(/num_batches_tracked: int64 scalar and float32 scalar/g)).toHaveLength(20)
  expect((await runHere('inspect', backbone)).out).toContain('… and 108 more: --all lists them')
  expect((await runHere('inspect', backbone, '--all')).out).toContain('layer4.1.bn2.running_var')
})

test('a given method is accepted for a bare backbone, unless the file names another one', async () => {
  const ran = await runHere(backbone, '--dry-run', '--json', '--selfsup', 'vicreg')
  expect(JSON.parse(ran.out).because).toBe("it has MMDetection's names; trained with vicreg, as specified")
  const moco = join(folder, 'moco.pth')
  await runHere(join(import.meta.dirname, '../../fixtures/checkpoints/moco_v2.pth.tar'), moco)
  const refused = await runHere(moco, '--dry-run', '--selfsup', 'vicreg')
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('does not look like vicreg')])
  const half = join(folder, 'half.pth')
  expect((await runHere(moco, half, '--dtype', 'float16')).code).toBe(0)
  const verdict = await runHere('verify', half, '--against', moco, '--json')
  expect(JSON.parse(verdict.out)).toMatchObject({
    castTo: 'float16',
    against: { equal: true, same: 318 },
  })
  expect((await runHere('verify', half, '--against', moco)).out).toContain(
    `all 318 tensors are identical to ${moco} cast to float16, bit for bit`,
  )
})

test('a bar shows percent, speed and time left, if the terminal is wide enough', () => {
  vi.useFakeTimers()
  try {
    const draw = (errColumns: number): string => {
      let text = ''
      const io = { errIsTerminal: true, errColumns, env: {}, err: (more: string) => (text = more) }
      const bar = progressBar(io as unknown as Io, 200e6)
      vi.advanceTimersByTime(2000)
      bar.add(50e6)
      return stripVTControlCharacters(text).replaceAll('\r', '')
    }
    expect(draw(120)).toBe(
      `${'█'.repeat(7)}${'░'.repeat(23)} 25 %, 50.0 MB of 200.0 MB, 25.0 MB/s, 6.0 s left`,
    )
    expect(draw(60)).toBe('25 %, 50.0 MB of 200.0 MB, 25.0 MB/s, 6.0 s left')
  } finally {
    vi.useRealTimers()
  }
})

test('env prints what a bug report needs, and no secrets', async () => {
  const secret = 'hf_abcdef'
  const { code, out } = await runWith({ HF_TOKEN: secret, https_proxy: 'http://user:pw@host' }, 'env')
  expect(code).toBe(0)
  expect(out).toContain(`selfsup2mmdet ${VERSION}`)
  expect(out).toContain(process.version)
  expect(out).toContain('HTTPS_PROXY=set, HF_TOKEN=set')
  expect(out).not.toMatch(/hf_abc|user:pw/)
  expect(JSON.parse((await runHere('env', '--json')).out)).toMatchObject({
    schema: 'selfsup2mmdet/env/1',
    node: process.version,
    optional: { pngjs: true },
  })
})

test('help has bold headings if colours are on', async () => {
  const { out } = await runWith({ FORCE_COLOR: '1' }, '--help')
  for (const heading of ['Usage:', 'Examples:', 'Options:', 'Commands:', 'Exit codes:', 'Documentation:'])
    expect(out).toContain(`\x1b[1m${heading}\x1b[22m`)
  expect((await runHere('--help')).out).not.toContain('\x1b')
})

test('PowerShell completion has the words of all commands', async () => {
  const { code, out } = await runHere('completion', 'powershell')
  expect(code).toBe(0)
  expect(out).toContain('Register-ArgumentCompleter -Native -CommandName selfsup2mmdet')
  expect(out).toMatch(/'verify' = @\{\n {4}Flags = @\('--arch', /)
  expect(out).toMatch(/'--selfsup' = @\('auto', 'a2mim', /)
  // All brackets are closed.
  for (const [open, close] of ['{}', '()', '[]'] as const)
    expect(out.split(open!).length).toBe(out.split(close!).length)
})

test('a checkpoint for images with 13 channels is converted, verified, probed, compared and configured', async () => {
  const names = { ...network('resnet18'), 'conv1.weight': expanded([64, 13, 7, 7]) }
  const source = write('sentinel.pth', names)
  const out = join(folder, 'sentinel-backbone.pth')
  expect((await runHere(source, out)).code).toBe(0)
  const verified = await runHere('verify', out, '--against', source, '--json')
  expect(JSON.parse(verified.out)).toMatchObject({ report: { complete: true }, against: { equal: true } })
  expect(JSON.parse(verified.out).health).toBeDefined()
  expect((await runHere('probe', out)).out).toMatch(/^stem .* 41 k /m)
  expect((await runHere('diff', source, out)).code).toBe(0)
  expect((await runHere('config', 'moco', '--checkpoint', out)).out).toContain('in_channels=13')
  const forward = await runHere('probe', out, '--forward')
  expect([forward.code, forward.err]).toEqual([4, expect.stringContaining('13 channels')])
})
