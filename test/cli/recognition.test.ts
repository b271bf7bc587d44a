/** Checkpoints that are nearly right: each ends in a backbone, or in advice that works. */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { encodePickle } from '../../src/pickle/encode.ts'
import { runHere } from '../helpers/cli.ts'
import { expanded, network, stateDict, writeExpanded } from '../helpers/expanded.ts'
import { bytesOf, text } from '../helpers/pickle-bytes.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const fixture = (name: string): string => join(import.meta.dirname, '../../fixtures/checkpoints', name)
const SWAV = fixture('swav_released.pth.tar')
const folder = temporaryFolder()
let number = 0
const fresh = (extension = '.pth'): string => join(folder, `${number++}${extension}`)
const RESNET = network('resnet18')
const CLASSIFIER = { 'fc.weight': expanded([10, 512]), 'fc.bias': expanded([10]) }

const write = (sections: Readonly<Record<string, Readonly<Record<string, unknown>>>>): string =>
  writeExpanded(
    fresh(),
    Object.fromEntries(Object.entries(sections).map(([key, names]) => [key, stateDict(names as never)])),
  )

/** Runs the command that an error suggests, as a shell would, but with a different output. */
async function follow(err: string): Promise<number> {
  const line = err.split('\n').find(candidate => candidate.startsWith('  selfsup2mmdet '))!
  const ran = spawnSync('bash', ['-c', `printf '%s\\0' ${line.slice('  selfsup2mmdet '.length)}`])
  const args = ran.stdout.toString().split('\0').slice(0, -1)
  expect(args[1]).toBe('backbone.pth')
  return (await runHere(args[0]!, fresh(), ...args.slice(2))).code
}

describe('the advice works as printed', () => {
  test('for a network of an unknown method', async () => {
    const input = write({ net: network('resnet18', "it's.encoder."), other: { x: expanded([1]) } })
    const { code, err } = await runHere(input, fresh())
    expect(code).toBe(1)
    expect(await follow(err)).toBe(0)
  })

  test('for rules that match nothing', async () => {
    const input = write({ state_dict: network('resnet18', 'module.trunk.') })
    const { code, err } = await runHere(input, fresh(), '--keep', 'encoder.*=*', '--drop', '*')
    expect(code).toBe(1)
    expect(err).toContain(
      `${input}: the rules do not keep any tensor: no tensor of section 'state_dict' matches keep 'encoder.*=*'`,
    )
    expect(await follow(err)).toBe(0)
    // The printed name is a pattern that works.
    expect((await runHere(input, fresh(), '--keep', 'module.trunk.*=*', '--drop', '*')).code).toBe(0)
  })

  test('for counters of a different type', async () => {
    const input = write({ state_dict: { ...network('resnet18', '', 'FloatStorage'), ...CLASSIFIER } })
    const { code, err } = await runHere(input, fresh())
    expect(code).toBe(1)
    expect(err).toContain('a backbone is complete without them')
    expect(await follow(err)).toBe(0)
  })

  test('for a --drop that comes too late', async () => {
    const input = write({
      state_dict: { ...network('resnet18', 'enc.'), 'enc.fc.weight': expanded([2, 512]) },
    })
    const late = ['--keep', 'enc.*=*', '--drop', 'enc.fc.*', '--drop', '*']
    const { code, err } = await runHere(input, fresh(), ...late)
    expect(code).toBe(1)
    expect(err).toContain("put drop 'enc.fc.*' before keep 'enc.*=*'")
    const [keep, drop] = [late.slice(0, 2), late.slice(2)]
    expect((await runHere(input, fresh(), ...drop.slice(0, 2), ...keep)).code).toBe(0)
    expect((await runHere(input, fresh(), ...keep, '--drop', '*')).err).toContain(
      'drop what is unexpected before',
    )
  })

  test('for a file without a ResNet', async () => {
    const { err } = await runHere(write({ model: { a: expanded([1]) } }), fresh())
    expect(err).toContain('It does not contain a network that can be converted')
  })
})

test.each<[string, Readonly<Record<string, unknown>>, string]>([
  ["CIFAR's stem", { ...RESNET, 'conv1.weight': expanded([64, 3, 3, 3]) }, 'this is a 3×3 one, as for CIFAR'],
  [
    "CLIP's ResNet",
    {
      ...network('resnet18', 'visual.'),
      'visual.conv2.weight': expanded([1]),
      'visual.conv3.weight': expanded([1]),
      'visual.attnpool.k_proj.weight': expanded([1]),
    },
    "CLIP's variant of ResNet",
  ],
])('%s is named in the error', async (_, names, words) => {
  const { code, err } = await runHere(write({ state_dict: names }), fresh())
  expect(code).toBeGreaterThan(0)
  expect(err).toContain(words)
})

test('a Vision Transformer beside a ResNet is no reason to refuse the ResNet', async () => {
  const vit = { cls_token: expanded([1]), 'blocks.0.attn.qkv.weight': expanded([1]) }
  const input = write({ teacher: vit, student: RESNET })
  const options = [
    [],
    ['--section', 'student'],
    ['--section', 'student', '--keep', '*=*'],
    ['--selfsup', 'backbone', '--section', 'student'],
  ]
  for (const given of options)
    expect(await runHere(input, fresh(), ...given)).toMatchObject({ code: 0, err: '' })
  expect((await runHere(write({ teacher: vit }), fresh())).err).toContain(
    'contains an unusual Vision Transformer',
  )
})

test('a dictionary that is saved under two keys is found under both', async () => {
  const names = encodePickle(stateDict(RESNET)).slice(2, -1)
  const both = ['\x80\x02}(', text('model'), names, 'q\x01', text('state_dict'), 'h\x01u.']
  const input = writeExpanded(fresh(), bytesOf(...both))
  expect(await runHere(input, fresh())).toMatchObject({ code: 0, err: '' })
  expect((await runHere('verify', input)).code).toBe(0)
})

test('another ResNet that was not kept is reported, with the option that keeps it', async () => {
  const named = { ...RESNET, ...CLASSIFIER }
  const { code, err, out } = await runHere(
    write({ model: named, ema: named, odd: network('resnet18', 'x.') }),
    fresh(),
  )
  expect(code).toBe(0)
  expect(out).toContain("torchvision in 'model'")
  expect(err).toContain(
    "note: another ResNet is in 'ema' and was not kept; to keep it instead: --section ema\n",
  )
  expect(err).toContain("to keep it instead, on the command line: --section odd --keep 'x.conv1.*=conv1.*'")
  const other = await runHere(write({ model: named, ema: named }), fresh(), '--section', 'ema')
  expect(other).toMatchObject({ code: 0, err: '' })
  expect(other.out).toContain("torchvision in 'ema'")
})

test('a network that MMDetection cannot build is converted with a note, and fails verification', async () => {
  const out = fresh()
  const converted = await runHere(write({ state_dict: network('wide_resnet50_2') }), out)
  expect(converted.code).toBe(0)
  expect(converted.err).toContain('note: MMDetection has no Wide-ResNet-50-2: the file is complete')
  const verified = await runHere('verify', out)
  expect(verified.code).toBe(1)
  expect(verified.out).toContain('MMDetection has no Wide-ResNet-50-2: the file is complete, but you need')
  expect(verified.out).not.toMatch(/^ok/m)
  expect(JSON.parse((await runHere('verify', out, '--json')).out)).toMatchObject({
    good: false,
    buildable: false,
    report: { complete: true },
  })
}, 120_000)

describe('the origin of a backbone', () => {
  test.each(['.pth', '.safetensors'])('is kept through conversions of %s', async extension => {
    const [first, second, config] = [fresh(extension), fresh(), fresh('.py')]
    await runHere(SWAV, first)
    const again = await runHere(first, second, '--config', config)
    expect(again).toMatchObject({ code: 0, err: '' })
    expect(again.out).toContain('converted from a swav checkpoint')
    expect(readFileSync(config, 'utf8')).toContain('SwAV')
    expect((await runHere('inspect', second)).out).toContain('meta.method = swav')
    if (extension === '.pth') expect(readFileSync(second).equals(readFileSync(first))).toBe(true)
  })

  test('rules given by hand include how images were normalised', async () => {
    const [rules, config] = [fresh('.json'), fresh('.py')]
    const normalisation = { mean: [0, 0, 0], std: [1, 1, 1], order: 'rgb' }
    writeFileSync(rules, JSON.stringify({ rules: [{ keep: '*', as: '*' }], normalisation, style: 'caffe' }))
    const ran = await runHere(write({ state_dict: RESNET }), fresh(), '--rules', rules, '--config', config)
    expect(ran).toMatchObject({ code: 0, err: '' })
    expect(readFileSync(config, 'utf8')).toMatch(/std=\[255(\.0)?, 255/)
    expect(readFileSync(config, 'utf8')).toContain("style='caffe'")
  })
})
