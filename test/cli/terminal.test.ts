/** A real terminal of 80 columns, and a narrow one; and Ctrl-C there leaves no files. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
// @ts-expect-error: a script without types
import { canRecord } from '../../scripts/recordings.js'
import { METHODS } from '../../src/methods/index.ts'
import { temporaryFolder } from '../helpers/temporary.ts'
import { HAS_TMUX, openTerminal, until } from '../helpers/tmux.ts'

const root = join(import.meta.dirname, '../../')
const program = `'${process.execPath}' '${join(root, 'bin/selfsup2mmdet.js')}'`
const moco = `'${join(root, 'fixtures/checkpoints/moco_v2.pth.tar')}'`

/** Without tmux, which shows a screen: everything written to a terminal of this width, except for the bar. */
function inColumns(columns: number, line: string, cwd: string) {
  const command = `stty cols ${columns} rows 40 && exec ${program} ${line}`
  return spawnSync('script', ['-qec', command, '/dev/null'], {
    encoding: 'utf8',
    cwd,
    env: { ...process.env, CI: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

/** Redrawn on the same line. */
const BAR = /\r[\d.]+ [kM]B/

describe.skipIf(!HAS_TMUX)('a terminal of 80 columns', { timeout: 30_000 }, () => {
  const folder = temporaryFolder()
  const terminal = openTerminal(folder, 80)
  afterAll(() => terminal.close())

  test('shows a conversion in colours, wrapped between words', async () => {
    terminal.run(`${program} ${moco} out.pth`)
    expect(await terminal.code()).toBe(0)
    const screen = await until(() => terminal.screen().includes('--out config.py') && terminal.screen())
    expect(screen).toContain('\x1b[32mcomplete')
    const lines = stripVTControlCharacters(screen).split('\n')
    expect(lines).toContain('kept        318 tensors, 94.2 MB; dropped 328, 163.5 MB: network key (318),')
    expect(lines).toContain('            encoder_k.*, encoder_q.fc.*')
  })

  test('shows an error in red, and nothing but the error', async () => {
    terminal.run(`${program} nothing.pth out2.pth`)
    expect(await terminal.code()).toBe(2)
    const screen = await until(() => terminal.screen().includes('current folder') && terminal.screen())
    expect(screen).toContain('\x1b[31mUsageError')
    expect(stripVTControlCharacters(screen)).toMatch(
      /^UsageError: There is no file nothing\.pth\.\nCheck the path; it is relative to the current folder\./,
    )
  })

  test('has no colours if NO_COLOR is set', async () => {
    terminal.run(`NO_COLOR=1 ${program} ${moco} plain.pth`)
    expect(await terminal.code()).toBe(0)
    const screen = await until(() => terminal.screen().includes('--out config.py') && terminal.screen())
    expect(screen).not.toContain('\x1b')
  })

  test('shows a bar while bytes come slowly, and clears it', async () => {
    terminal.run(`(head -c 90000 ${moco}; sleep 0.9; tail -c +90001 ${moco}) | ${program} - piped.pth`)
    expect(await terminal.code()).toBe(0)
    const screen = await until(() => terminal.screen().includes('--out config.py') && terminal.screen())
    expect(stripVTControlCharacters(terminal.written())).toMatch(BAR)
    expect(stripVTControlCharacters(screen)).toMatch(/^note: standard input .*\nread/)
  })

  describe.skipIf(!canRecord())('breaks no line of any command within a word', () => {
    const swav = `'${join(root, 'fixtures/checkpoints/swav_released.pth.tar')}'`
    const stranger = `'${join(root, 'fixtures/invalid/whole-backbone.pth.tar')}'`
    const many = `'${join(root, 'fixtures/torch/torch1.13-legacy-beside.pt')}'`

    test.each([
      ['methods', 0],
      ...METHODS.map(({ name }): [string, number] => [`methods ${name}`, 0]),
      ['verify m.pth', 0],
      ['verify m.pth --arch resnet101', 1],
      ['verify m.pth --against swav', 1],
      ['verify moco', 1],
      ['probe moco', 1],
      ['diff moco swav', 1],
      ['diff m.pth s.pth', 1],
      ['diff moco m.pth', 1],
      ['inspect moco', 0],
      ['inspect moco --filter layer4', 0],
      ['inspect stranger', 0],
      ['inspect many', 0],
      ['moco out.pth --dry-run', 0],
      ['moco out.pth --verbose', 0],
      ['stranger out.pth', 0],
      ['moco out.pth --selfsup swav', 1],
      ['moco out.pth --arch resnet101', 1],
      ['moco swav --out-dir many-of-them', 0],
      ['typo.pth', 2],
      ['inspect moco --section nowhere', 2],
    ])('%s', (line, expected) => {
      const made = makeInputs()
      const ran = inColumns(80, line, made)
      expect(ran.status, ran.stdout).toBe(expected)
      for (const shown of stripVTControlCharacters(ran.stdout).split(/\r?\n/))
        expect(shown.length <= 80 || !shown.trim().includes(' '), shown).toBe(true)
    })

    /** Short names for inputs, like those of users. */
    function makeInputs(): string {
      const where = join(folder, 'inputs')
      if (existsSync(where)) return where
      mkdirSync(where)
      for (const [name, from] of Object.entries({ moco, swav, stranger, many }))
        symlinkSync(from.slice(1, -1), join(where, name))
      for (const line of ['moco m.pth -q', 'swav s.pth -q']) expect(inColumns(80, line, where).status).toBe(0)
      return where
    }
  })

  test('Ctrl-C in the middle leaves no file', async () => {
    const before = readdirSync(folder)
    const from = terminal.written().length
    terminal.run(`(cat ${moco}; sleep 0.9; echo; sleep 60) | ${program} - stopped.pth`)
    await until(() => BAR.test(stripVTControlCharacters(terminal.written().slice(from))))
    terminal.press('C-c')
    expect(await terminal.code()).toBe(130)
    const known = [...before, 'code', 'raw'].sort()
    expect(readdirSync(folder).sort()).toEqual([...new Set(known)])
  })
})

describe.skipIf(!HAS_TMUX)('a terminal of 34 columns', { timeout: 30_000 }, () => {
  const folder = temporaryFolder()
  const terminal = openTerminal(folder, 34)
  afterAll(() => terminal.close())

  test('breaks no word that fits on a line', async () => {
    terminal.run(`${program} ${moco} o.pth --dry-run 2>&1`)
    expect(await terminal.code()).toBe(0)
    const lines = stripVTControlCharacters(terminal.screen()).split('\n')
    expect(lines).toContain('            projection head (4),')
  })
})
