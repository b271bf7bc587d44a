/** The commands that only read, inspect and methods; and rules given by hand. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { memorySource } from '../../src/bytes/source.ts'
import { openCheckpoint } from '../../src/formats/index.ts'
import { METHODS } from '../../src/methods/index.ts'
import { runHere } from '../helpers/cli.ts'
import { openForTest } from '../helpers/open.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const fixture = (name: string): string => join(import.meta.dirname, `../../fixtures/${name}`)
const MOCO = fixture('checkpoints/moco_v2.pth.tar')
const SWAV = fixture('checkpoints/swav_training.pth.tar')
const folder = temporaryFolder()

describe('inspect', () => {
  test('draws what is kept and dropped, also if nothing is recognised; never over its input', async () => {
    const [drawn, unknown] = [join(folder, 'parts.svg'), join(folder, 'unknown.svg')]
    expect((await runHere('inspect', MOCO, '--picture', drawn)).code).toBe(0)
    expect(readFileSync(drawn, 'utf8')).toMatch(
      /^<svg [\s\S]*moco_v2\.pth\.tar, 105\.6 kB[\s\S]*kept: ResNet-50, network query/,
    )
    await runHere('inspect', fixture('torch/torch2.13-zip-flat.pt'), '--picture', unknown)
    expect(readFileSync(unknown, 'utf8')).toContain('tensors at the top level')
    const copy = join(folder, 'copy.pth.tar')
    copyFileSync(MOCO, copy)
    expect((await runHere('inspect', copy, '--picture', copy)).code).toBe(2)
  })

  test('prints container, era, facts, method, architecture and tensors', async () => {
    const { code, out } = await runHere('inspect', MOCO)
    expect(code).toBe(0)
    expect(out).toContain('PyTorch legacy stream (PyTorch 0.1.10 to 1.5')
    expect(out).toContain('epoch = 800, arch = resnet50')
    expect(out).toContain("moco in 'state_dict', network query")
    expect(out).toContain('ResNet-50, 318 of 318 tensors')
    expect(out).toContain('[state_dict] 646 tensors')
    expect(out).toContain('… and 634 more')
    expect((await runHere('inspect', SWAV)).out).toContain('PyTorch zip archive (PyTorch 1.6 to 2.0)')
    expect((await runHere('inspect', fixture('torch/torch2.13-zip-flat.pt'))).out).toContain(
      'PyTorch 2.7 or later',
    )
  })

  test('shows only what was requested', async () => {
    const { out } = await runHere('inspect', MOCO, '--filter', 'queue')
    expect(out.split('\n').filter(line => line.startsWith('  '))).toHaveLength(2)
    expect(out).not.toContain('more')
    expect(out).toContain('[state_dict] 2 of 646 tensors')
    const typo = await runHere('inspect', MOCO, '--section', 'state_dct')
    expect(typo).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining("Did you mean 'state_dict'?"),
    })
    const one = await runHere('inspect', fixture('torch/torch1.13-zip-beside.pt'), '--section', 'parameters')
    expect(one.out).toContain('[parameters] 2 tensors')
    expect(one.out).not.toContain('[state_dict]')
  })

  test('lists the names in the file, and what is not run', async () => {
    const { out } = await runHere('inspect', fixture('torch/torch1.13-legacy-beside.pt'))
    expect(out).toMatch(/foreign +.*argparse\.Namespace \(\d call/)
  })

  test('prints the same as JSON', async () => {
    const told = JSON.parse((await runHere('inspect', MOCO, '--json')).out)
    expect(told).toMatchObject({
      schema: 'selfsup2mmdet/inspect/1',
      method: 'moco',
      architecture: 'resnet50',
    })
    expect(told.sections[0].entries).toHaveLength(646)
    const unknown = JSON.parse(
      (await runHere('inspect', fixture('torch/torch1.13-zip-dtypes.pt'), '--json')).out,
    )
    expect((await runHere('inspect', fixture('torch/torch1.13-zip-dtypes.pt'))).out).toMatch(
      /\nmethod +does not match any known method/,
    )
    expect(unknown).toMatchObject({ method: null, sections: [{ path: 'state_dict', tensors: 12 }] })
  })

  test('reads a few hundred kilobytes, regardless of the size', async () => {
    const file = await openForTest(MOCO)
    let read = 0
    await openCheckpoint({
      ...memorySource(new Uint8Array(0), 'none'),
      size: file.size,
      name: 'counted',
      read: (offset, into) => {
        read += into.length
        return file.read(offset, into)
      },
    })
    await file.close()
    expect(read).toBeLessThan(400_000)
  })
})

describe('methods', () => {
  test('lists all, in text and as JSON with their sources', async () => {
    const { out } = await runHere('methods')
    for (const { name } of METHODS) expect(out).toMatch(new RegExp(`^${name} `, 'm'))
    const told = JSON.parse((await runHere('methods', '--json')).out)
    expect(told.methods).toHaveLength(METHODS.length)
    for (const method of told.methods) expect(method.code.commit).toMatch(/^[0-9a-f]{40}$/)
  })

  test('shows one in full, and suggests one for a typo', async () => {
    expect((await runHere('methods', 'moco')).out).toContain('drop encoder_q.fc.*: projection head')
    const slip = await runHere('methods', 'mocco')
    expect(slip).toMatchObject({ code: 2 })
    expect(slip.err).toContain('Did you mean moco?')
  })
})

describe('rules given by hand', () => {
  // All is decided and verified, but 94 MB are not written.
  const DRY = '--dry-run'
  const rules = ['--drop', 'encoder_q.fc.*', '--keep', 'encoder_q.*=*', '--drop', '*']

  test('convert what they keep, verified as usual', async () => {
    const ran = await runHere(MOCO, join(folder, 'out.pth'), ...rules)
    expect(ran.code).toBe(0)
    expect(ran.out).toContain('318 of 318')
    expect((await runHere(MOCO, DRY, '--section', 'state_dict', ...rules)).code).toBe(0)
  })

  test('apply in the order of the command line', async () => {
    const ran = await runHere(MOCO, DRY, '--drop', '*', '--keep', 'encoder_q.*=*')
    expect(ran.code).toBe(1)
  })

  test('may come from a file with the format of a method', async () => {
    const file = join(folder, 'rules.json')
    writeFileSync(
      file,
      JSON.stringify({
        sections: ['state_dict'],
        rules: [
          { drop: 'encoder_q.fc.*', because: 'projection head' },
          { keep: 'encoder_q.*', as: '*' },
          { drop: '*', because: 'not needed' },
        ],
      }),
    )
    expect((await runHere(MOCO, DRY, '--rules', file)).code).toBe(0)
    for (const [text, words] of [
      ['{', 'expected JSON'],
      ['[]', 'expected the file to be an object'],
      ['{"rules": [{"keep": "a"}]}', 'expected rules[0].as to be a text'],
      ['{"rules": [{"drop": "a", "because": "b"}]}', 'do not keep any tensor'],
      ['{"rules": [{"keep": "a*b*", "as": "*"}]}', 'more than one *'],
      ['{"sections": "x", "rules": []}', 'sections'],
    ] as const) {
      writeFileSync(file, text)
      const ran = await runHere(MOCO, DRY, '--rules', file)
      expect(ran.code).toBe(2)
      expect(ran.err).toContain(words)
    }
  })

  test('are refused if they leave a tensor without a fate, or an incomplete backbone', async () => {
    const open = await runHere(MOCO, DRY, '--keep', 'encoder_q.*=*')
    expect(open).toMatchObject({ code: 1 })
    expect(open.err).toContain("--drop '*'")
    expect(await runHere(MOCO, DRY, '--keep', 'encoder_q.layer*=layer*', '--drop', '*')).toMatchObject({
      code: 1,
    })
    // Given with a method, rules extend it.
    expect(await runHere(MOCO, DRY, '--selfsup', 'moco', ...rules)).toMatchObject({ code: 0 })
    expect(await runHere(MOCO, DRY, '--section', 'nowhere', ...rules)).toMatchObject({ code: 2 })
    expect(await runHere(MOCO, DRY, '--section', 'state_dict')).toMatchObject({ code: 0 })
    expect(await runHere(MOCO, DRY, '--keep', 'no equals sign')).toMatchObject({ code: 2 })
  })
})
