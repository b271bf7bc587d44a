/**
 * The pages on URLs, formats, many checkpoints and limits: commands do what the page says, and limits are those in the code.
 */
import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { FormatError, MismatchError, SystemError, UnsupportedError, UsageError } from '../src/errors.ts'
import { writeDetector } from './helpers/detector-lists.ts'
import { serve } from './helpers/http-server.ts'
import { PYTHON } from './helpers/python.ts'
import { temporaryFolder } from './helpers/temporary.ts'

const fixture = (name: string): string => join(import.meta.dirname, `../fixtures/checkpoints/${name}`)
const folder = temporaryFolder()
const programs = join(folder, 'bin')
mkdirSync(programs)
writeFileSync(
  join(programs, 'selfsup2mmdet'),
  `#!/bin/sh\nexec "${process.execPath}" "${join(import.meta.dirname, '../bin/selfsup2mmdet.js')}" "$@"\n`,
)
// Prints its arguments.
writeFileSync(join(programs, 'scontrol'), '#!/bin/sh\necho "scontrol $*" >&2\n')
for (const name of readdirSync(programs)) chmodSync(join(programs, name), 0o755)

function blocks(document: string, language: string): string[] {
  const pattern = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm')
  return [...readFileSync(document, 'utf8').matchAll(pattern)].map(found => found[1]!)
}

/** A folder like the one in the pages. */
function workplace(): string {
  const where = mkdtempSync(join(folder, 'work-'))
  for (const name of ['checkpoints', 'backbones']) mkdirSync(join(where, name))
  copyFileSync(fixture('moco_v2.pth.tar'), join(where, 'checkpoints/moco.pth.tar'))
  copyFileSync(fixture('swav_released.pth.tar'), join(where, 'checkpoints/swav.pth.tar'))
  const inputs = ['moco.pth.tar', 'swav.pth.tar', 'none.pth.tar'].map(name =>
    join(where, 'checkpoints', name),
  )
  writeFileSync(join(where, 'inputs.txt'), `${inputs.join('\n')}\n`)
  return where
}

interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Does not block this process, which may be serving files. */
function shell(script: string, cwd: string, env: object = {}): Promise<Ran> {
  const path = `${programs}:${process.env.PATH}`
  const child = spawn('bash', ['-c', script], { cwd, env: { ...process.env, PATH: path, ...env } })
  let [out, err] = ['', '']
  child.stdout.on('data', chunk => {
    out += chunk
  })
  child.stderr.on('data', chunk => {
    err += chunk
  })
  return new Promise(resolve => child.on('close', code => resolve({ code, out, err })))
}

const backbones = (where: string): string[] => readdirSync(join(where, 'backbones')).sort()

describe('docs/many.md', () => {
  const [alone, parallel] = blocks('docs/many.md', 'sh') as [string, string]

  test('the program alone', async () => {
    const where = workplace()
    const ran = await shell(alone, where)
    expect(ran).toMatchObject({ code: 0, err: '' })
    expect(ran.out.split('\n').sort()).toEqual(blocks('docs/many.md', 'text')[0]!.split('\n').sort())
    expect(backbones(where)).toEqual(['moco.pth', 'swav.pth'])
  })

  const isThere = spawnSync('parallel', ['--version'], { encoding: 'utf8' }).stdout?.startsWith(
    'GNU parallel',
  )
  if (!isThere && process.env.REQUIRE_PARALLEL === '1') throw new Error('GNU parallel is not installed')
  if (!isThere)
    console.warn('SKIPPED: GNU parallel is not installed; its command in docs/many.md is not run.')

  test.skipIf(!isThere)('GNU parallel', async () => {
    const where = workplace()
    writeFileSync(join(where, 'checkpoints/bad.pth.tar'), 'no checkpoint')
    // Its exit code is the number of failed jobs.
    expect(await shell(parallel, where)).toMatchObject({ code: 1 })
    expect(backbones(where)).toEqual(['moco.pth', 'swav.pth'])
    const lines = readFileSync(join(where, 'verdicts.jsonl'), 'utf8').trimEnd().split('\n')
    expect(lines.map(line => JSON.parse(line).schema).sort()).toEqual([
      'selfsup2mmdet/convert/1',
      'selfsup2mmdet/convert/1',
      'selfsup2mmdet/error/1',
    ])
    const log = readFileSync(join(where, 'convert.log'), 'utf8').trimEnd().split('\n').slice(1)
    expect(log.map(line => line.split('\t')[6]).sort()).toEqual(['0', '0', '3'])
  })

  test('a Slurm array', async () => {
    const where = workplace()
    const [script] = blocks('docs/many.md', 'bash') as [string]
    const task = (id: string, env: object = {}) =>
      shell(script, where, { SLURM_ARRAY_TASK_ID: id, SLURM_JOB_ID: '7', ...env })
    expect(await task('2')).toEqual({
      code: 0,
      out: '',
      err: expect.stringContaining('1 of 1 input converted'),
    })
    expect(backbones(where)).toEqual(['swav.pth'])
    expect(JSON.parse(readFileSync(join(where, 'verdict-2.json'), 'utf8')).method).toBe('swav')
    // Line 3 names a missing file: no reason to retry. A server that does not respond is one, up to three times.
    expect(await task('3')).toMatchObject({ code: 2, err: expect.not.stringContaining('scontrol') })
    writeFileSync(join(where, 'inputs.txt'), 'http://127.0.0.1:59997/x.pth\n')
    expect(await task('1')).toMatchObject({ code: 5, err: expect.stringContaining('scontrol requeue 7') })
    const last = await task('1', { SLURM_RESTART_COUNT: '3' })
    expect(last).toMatchObject({ code: 5, err: expect.not.stringContaining('scontrol') })
  })

  test('a Kubernetes Job', async () => {
    const where = workplace()
    const [job] = blocks('docs/many.md', 'yaml') as [string]
    const [, script] = /args:\n +- \|\n((?: {14}.*\n)+)/.exec(job)!
    const ran = await shell(script!.replaceAll('/data', where), '/', { JOB_COMPLETION_INDEX: '1' })
    expect(ran.code).toBe(0)
    expect(backbones(where)).toEqual(['swav.pth'])
    expect(await shell(script!.replaceAll('/data', where), '/', { JOB_COMPLETION_INDEX: '2' })).toMatchObject(
      { code: 2 },
    )
  })

  test('all agree on which exit codes are worth a retry', () => {
    const codes = [
      new MismatchError('', '', {}),
      new UsageError(''),
      new FormatError({ source: '' }, ''),
      new UnsupportedError(''),
    ].map(({ exitCode }) => exitCode)
    expect(new SystemError('', '').exitCode).toBe(5)
    const [job] = blocks('docs/many.md', 'yaml') as [string]
    expect(job).toContain(`values: [${[...codes, 70].join(', ')}]`)
    expect(readFileSync('docs/many.md', 'utf8')).toContain(`| ${codes.join(', ')} | no`)
  })
})

test('docs/formats.md: every command, one after the other', async () => {
  const where = workplace()
  copyFileSync(fixture('moco_v2.pth.tar'), join(where, 'moco_v2.pth.tar'))
  const [script] = blocks('docs/formats.md', 'sh') as [string]
  const ran = await shell(`set -e\n${script}`, where)
  expect(ran).toMatchObject({ code: 0, err: '' })
  expect(ran.out).toContain('container   safetensors')
  expect(ran.out.trimEnd().split('\n').at(-1)).toBe('all 318 tensors are identical, bit for bit')
})

/**
 * Stands in for MMDetection's script: reads the config in the same way, and checks that its paths exist, relative to the folder
 * in which it was started.
 */
const TRAIN = `import json, os, pathlib, sys
sys.path.insert(0, '${join(import.meta.dirname, '../fixtures/mmdet')}')
import evaluate
config = sys.argv[1]
text = pathlib.Path(config).read_text()
generation = '3' if 'mask-rcnn_r50_fpn.py' in text else '2'
facts = json.loads((evaluate.HERE / f'{generation}.json').read_text())
for base in evaluate.execute(text)['_base_']:
    where = os.path.normpath(os.path.join(os.path.dirname(config), base))
    assert base.startswith('mmdet::') or where.startswith('configs/_base_/'), where
value = evaluate.evaluate(text, facts['bases'])
init = value['model']['backbone']['init_cfg']
assert init['type'] == 'Pretrained' and os.path.getsize(init['checkpoint']) > 94e6
print('trains', value['model']['type'], generation, value['model']['backbone']['norm_cfg']['type'], *sys.argv[2:])
`

if (!PYTHON) console.warn('SKIPPED: no Python is installed; the way to a detector is not gone.')

test.skipIf(!PYTHON)(
  'docs/mmdetection.md: every command, one after the other, until training starts',
  async () => {
    const where = workplace()
    copyFileSync(fixture('moco_v2.pth.tar'), join(where, 'moco_v2_800ep_pretrain.pth.tar'))
    writeDetector(join(where, 'soco_fpn_400ep.pth'), 'soco_fpn_r50')
    for (const name of ['configs/selfsup_pretrain', 'projects/ViTDet/configs', 'tools', 'bin'])
      mkdirSync(join(where, name), { recursive: true })
    writeFileSync(join(where, 'tools/train.py'), TRAIN)
    writeFileSync(join(where, 'tools/dist_train.sh'), 'exec python tools/train.py "$1" "$2"\n')
    writeFileSync(join(where, 'bin/python'), `#!/bin/sh\nexec '${PYTHON}' "$@"\n`)
    writeFileSync(join(where, 'bin/mim'), '#!/bin/sh\nshift 2\nexec python tools/train.py "$@"\n')
    for (const name of ['python', 'mim']) chmodSync(join(where, 'bin', name), 0o755)
    const path = `${join(where, 'bin')}:${programs}:${process.env.PATH}`
    const script = blocks('docs/mmdetection.md', 'sh').join('')
    expect(script.split('\n').length).toBeGreaterThan(9)
    const more = 'python tools/train.py configs/selfsup_pretrain/mask_rcnn_moco.py\n'
    const ran = await shell(`set -e\n${script}${more}`, where, { PATH: path })
    expect(ran).toMatchObject({ code: 0, err: '' })
    expect(ran.out.split('\n').filter(line => line.startsWith('trains'))).toEqual([
      'trains MaskRCNN 3 SyncBN 8',
      'trains MaskRCNN 3 SyncBN',
      'trains MaskRCNN 3 SyncBN --gpus 8 --launcher pytorch',
      'trains MaskRCNN 2 SyncBN',
    ])
  },
)

test('docs/urls.md: every command', async () => {
  const { url, requests } = await serve(readFileSync(fixture('moco_v2.pth.tar')))
  const { host, origin } = new URL(url)
  const lines = blocks('docs/urls.md', 'sh')[0]!.trimEnd().split('\n')
  expect(lines).toHaveLength(4)
  for (const line of lines) {
    const where = workplace()
    const before = requests.length
    const script = line.replaceAll('https://', 'http://').replaceAll('example.org', host)
    expect(await shell(script, where, { HF_ENDPOINT: origin }), line).toMatchObject({ code: 0 })
    expect(requests.length).toBeGreaterThan(before)
    if (line.includes('moco.pth')) expect(readFileSync(join(where, 'moco.pth')).length).toBeGreaterThan(94e6)
  }
  const authorizations = requests.map(({ headers }) => headers.authorization?.split(' ')[0])
  expect(new Set(authorizations)).toEqual(new Set([undefined, 'Basic', 'Bearer']))
})

test('SECURITY.md: every limit in the code, with its value', () => {
  const limits = readFileSync('SECURITY.md', 'utf8')
    .split('<!-- limits -->')[1]!
    .split('<!-- /limits -->')[0]!
  // A table row with a file, then the constants in it.
  const documented = limits
    .split(/^\| (?=[a-z-]+\/)/m)
    .flatMap(part =>
      [...part.matchAll(/^\| `(MAX_\w+)` \| ([\d,]+)/gm)].map(
        ([, name, value]) =>
          `src/${part.slice(0, part.indexOf(' '))} ${name} = ${Number(value!.replaceAll(',', ''))}`,
      ),
    )
  const inCode = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts'))
    .flatMap(file =>
      [
        ...readFileSync(join('src', file), 'utf8').matchAll(/^ *(?:export )?const (MAX_\w+)[^=]*= (.+)$/gm),
      ].map(
        ([, name, product]) =>
          `src/${file} ${name} = ${product!.split('*').reduce((all, factor) => all * Number(factor.replaceAll('_', '')), 1)}`,
      ),
    )
  expect(inCode.length).toBeGreaterThan(20)
  expect(documented.sort()).toEqual(inCode.sort())
})
