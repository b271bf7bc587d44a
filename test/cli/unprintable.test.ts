/** No name controls the terminal: names of files, sections, tensors and classes, and arguments, in all output. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Call, Global } from '../../src/pickle/values.ts'
import { runWith } from '../helpers/cli.ts'
import { expanded, type Names, network, stateDict, writeExpanded } from '../helpers/expanded.ts'
import { bytesOf, text } from '../helpers/pickle-bytes.ts'
import { temporaryFolder } from '../helpers/temporary.ts'
import { dict, torchZipBytes, tuple } from '../helpers/torch-bytes.ts'

/**
 * Clears the screen, sets the title, colours (as one byte), reverses direction, ends lines: ESC, OSC, C1, bidi, LF, CR, DEL,
 * LS, tags.
 */
const EVIL = 'e\x1b[2J\x1b]0;t\x07\x9b31m\u202e\u2066\nINJECTED\r\x7f\u2028\u{e0041}<script>l'
const STEERING = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

const folder = join(temporaryFolder(), EVIL)
mkdirSync(folder)
const path = (name: string, ending = 'pth'): string => join(folder, `${name}-${EVIL}.${ending}`)

/** Facts and a class with such names, beside the tensors; without line breaks, which would end the name of a class. */
const LINE = EVIL.replaceAll('\n', '')
const beside = { [EVIL]: EVIL, made: new Call(new Global(LINE, LINE), tuple(EVIL)) }
const write = (name: string, sections: Readonly<Record<string, Names>>): string =>
  writeExpanded(path(name), {
    ...beside,
    ...Object.fromEntries(Object.entries(sections).map(([key, names]) => [key, stateDict(names)])),
  })

const BACKBONE = write('backbone', { state_dict: network('resnet18') })
const MORE = write('more', { state_dict: { ...network('resnet18'), [EVIL]: expanded([2]) } })
const SHAPED = write('shaped', {
  state_dict: { ...network('resnet18'), 'conv1.weight': expanded([2, 2]), [`layer1.${EVIL}`]: expanded([2]) },
})
const PREFIXED = write('prefixed', {
  [EVIL]: network('resnet18', `${EVIL}.`),
  other: network('resnet18', 'net.'),
})
const STRANGE = write('strange', {
  [EVIL]: { [EVIL]: expanded([3, 4]), b: expanded([1]) },
  second: { [EVIL]: expanded([1]) },
})
const SPARSE = path('sparse')
writeFileSync(
  SPARSE,
  torchZipBytes({
    value: dict({ [EVIL]: new Call(new Global('torch._utils', '_rebuild_sparse_tensor'), tuple(EVIL)) }),
  }),
)
const GARBAGE = path('garbage')
writeFileSync(GARBAGE, EVIL)
const BROKEN = path('broken')
writeFileSync(BROKEN, readFileSync(BACKBONE).subarray(0, 5000))
const NO_PICKLE = path('no-pickle')
writeFileSync(NO_PICKLE, torchZipBytes({ value: bytesOf('\x80\x02}', text(EVIL), 'N\xff') as never }))
const INDEX = path('index')
writeFileSync(INDEX, JSON.stringify({ weight_map: { [EVIL]: `${EVIL}.bin` } }))
const RULES = path('rules')
writeFileSync(
  RULES,
  JSON.stringify({
    sections: [EVIL],
    rules: [
      { keep: `${EVIL}.*`, as: '*' },
      { drop: '*', because: EVIL },
    ],
  }),
)
const BAD_RULES = path('bad-rules')
writeFileSync(BAD_RULES, JSON.stringify({ rules: [{ keep: EVIL, as: 3, [EVIL]: EVIL }] }))
const IMAGES = join(folder, 'images')
mkdirSync(IMAGES)
for (const name of ['a', 'b']) writeFileSync(join(IMAGES, `${name}${EVIL}.png`), '\x89PNG\r\n\x1a\nnone')
const OUT = path('out')
const REPORT = path('report', 'html')
const CONFIG = path('config', 'py')
const MISSING = path('missing')
const SAID = `--${EVIL}`

const FILES = {
  BACKBONE,
  MORE,
  SHAPED,
  PREFIXED,
  STRANGE,
  SPARSE,
  GARBAGE,
  BROKEN,
  NO_PICKLE,
  INDEX,
  MISSING,
  folder,
}

/** Every command with every kind of file; of commands that read all of it, one example is enough. */
const ON_FILES = Object.entries(FILES).flatMap(([name, file]) =>
  [
    ['convert', file, '--dry-run'],
    ['inspect', file, '--filter', ''],
    ['verify', file],
    ['diff', file, STRANGE],
    ['diff', STRANGE, file],
    ['probe', file, '--report', REPORT],
  ].map(args => [`${args[0]} ${name} ${args.slice(2).filter(arg => arg.startsWith('--'))}`, args] as const),
)

/** Everything that is typed. */
const TYPED: readonly (readonly string[])[] = [
  [EVIL],
  [SAID],
  ['help', EVIL],
  ['convert', MORE, OUT, '--verbose'],
  ['convert', MORE, STRANGE, MISSING, '--out-dir', path('many')],
  ['verify', BACKBONE, '--against', SHAPED],
  ['verify', BACKBONE, '--against', STRANGE],
  ['diff', BACKBONE, SHAPED],
  ['convert', BACKBONE, OUT, '--config', CONFIG],
  ['convert', BACKBONE, OUT, '--publish'],
  ['convert', PREFIXED, OUT, '--section', EVIL, '--keep', `${EVIL}.*=*`],
  ['convert', PREFIXED, OUT, '--rules', RULES, '--verbose'],
  ...[
    '--selfsup',
    '--network',
    '--section',
    '--arch',
    '--keep',
    '--drop',
    '--rules',
    '--format',
    '--dtype',
    '--sha256',
    '--mmdet',
    '--limits',
    '--jobs',
  ].map(option => ['convert', BACKBONE, OUT, option, EVIL]),
  ['convert', BACKBONE, OUT, '--rules', BAD_RULES],
  ['convert', BACKBONE, OUT, '--rules', GARBAGE],
  ['convert', BACKBONE, OUT, '--strict'],
  ['convert', BACKBONE, OUT, '--no-clobber'],
  ['convert', BACKBONE, BACKBONE],
  ['convert', BACKBONE, `${OUT}/below`],
  ['convert', BACKBONE],
  ['convert', BACKBONE, OUT, EVIL],
  ['convert', BACKBONE, BACKBONE, '--out-dir', OUT],
  ['convert', `https://${EVIL}`, OUT],
  ['convert', `http://127.0.0.1:1/${EVIL}`, OUT],
  ['convert', `${EVIL}://x`, OUT],
  ['convert', `hf://${EVIL}`, OUT],
  ['inspect', BACKBONE, '--section', EVIL],
  ['inspect', STRANGE, '--section', EVIL],
  ['inspect', STRANGE],
  ['inspect', BACKBONE, '--filter', EVIL],
  ['inspect', BACKBONE, SAID],
  ['verify', BACKBONE, '--arch', EVIL],
  ['verify', BACKBONE, '--prefix', EVIL],
  ['verify', BACKBONE, '--selfsup', EVIL],
  ['diff', STRANGE, STRANGE, '--section', EVIL, '--section', 'second'],
  ['diff', BACKBONE, SHAPED, '--section', EVIL],
  ['diff', '-', '-'],
  ['probe', BACKBONE, '--filters', path('filters', 'png')],
  ['probe', BACKBONE, '--images', EVIL],
  ['probe', BACKBONE, '--forward', '--images', EVIL],
  ['probe', BACKBONE, '--forward', '--images', IMAGES],
  ['probe', BACKBONE, '--network', EVIL],
  ['config', EVIL],
  ['config', 'moco', '--checkpoint', EVIL, '--data-root', EVIL, '--base', EVIL],
  ['config', 'moco', '--out', CONFIG],
  ['config', 'moco', '--out', `${CONFIG}/below`],
  ...['--mmdet', '--detector', '--schedule', '--recipe', '--arch', '--gpus', '--classes'].map(option => [
    'config',
    'moco',
    option,
    EVIL,
  ]),
  ['methods', EVIL],
  ['completion', EVIL],
]

const ALL = [
  ...ON_FILES,
  ...TYPED.map(args => [args.join(' ').replaceAll(folder, '').replaceAll(EVIL, '…'), args] as const),
]

describe.each(ALL)('%s', (_, args) => {
  test.each([[], ['--json']])('%s', async (...json) => {
    const { code, out, err } = await runWith({}, ...args, ...json)
    for (const said of [out, err]) {
      expect(STEERING.exec(said)).toBeNull()
      expect(said).not.toMatch(/^INJECTED/m)
    }
    expect(code).toBeLessThan(70)
    // With several inputs, there is one line of JSON for each.
    for (const one of out.startsWith('{"') ? out.trim().split('\n') : out.startsWith('{') ? [out] : [])
      JSON.parse(one)
  })
})

test('the test files are what they should be', async () => {
  expect(await runWith({}, 'convert', BACKBONE, OUT)).toMatchObject({ code: 0 })
  expect((await runWith({}, 'inspect', STRANGE)).out).toContain('INJECTED')
})

test('text files that are written are free of them too', () => {
  const written = readdirSync(folder).filter(name => /^(report|config)/.test(name))
  expect(written).toHaveLength(2)
  for (const name of written) {
    const said = readFileSync(join(folder, name), 'utf8')
    expect(STEERING.exec(said), name).toBeNull()
    expect(said).not.toMatch(/INJECTED.*<script>l|^INJECTED/m)
  }
})
