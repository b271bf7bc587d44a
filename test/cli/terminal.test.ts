/** Guards what a person sees: in a real terminal of 80 columns, and a narrow one; and that Ctrl-C there leaves nothing. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../helpers/temporary.ts'
import { HAS_TMUX, openTerminal, until } from '../helpers/tmux.ts'

const root = join(import.meta.dirname, '../../')
const program = `'${process.execPath}' '${join(root, 'bin/selfsup2mmdet.js')}'`
const moco = `'${join(root, 'fixtures/checkpoints/moco_v2.pth.tar')}'`

/** Drawn again and again in one line. */
const BAR = /\r[\d.]+ [kM]B/

describe.skipIf(!HAS_TMUX)('a terminal of 80 columns', { timeout: 30_000 }, () => {
  const folder = temporaryFolder()
  const terminal = openTerminal(folder, 80)
  afterAll(() => terminal.close())

  test('shows a conversion in colours, folded between words', async () => {
    terminal.run(`${program} ${moco} out.pth`)
    expect(await terminal.code()).toBe(0)
    const screen = await until(() => terminal.screen().includes('--out config.py') && terminal.screen())
    expect(screen).toContain('\x1b[32mcomplete')
    const lines = stripVTControlCharacters(screen).split('\n')
    expect(lines).toContain('kept        318 tensors, 94.2 MB; dropped 328, 163.5 MB: network key (318),')
    expect(lines).toContain('            encoder_k.conv1.weight, encoder_q.fc.*, queue')
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

  test('has no colours where NO_COLOR is set', async () => {
    terminal.run(`NO_COLOR=1 ${program} ${moco} plain.pth`)
    expect(await terminal.code()).toBe(0)
    const screen = await until(() => terminal.screen().includes('--out config.py') && terminal.screen())
    expect(screen).not.toContain('\x1b')
  })

  test('a bar while bytes come slowly, which is wiped away', async () => {
    terminal.run(`(head -c 90000 ${moco}; sleep 0.9; tail -c +90001 ${moco}) | ${program} - piped.pth`)
    expect(await terminal.code()).toBe(0)
    const screen = await until(() => terminal.screen().includes('--out config.py') && terminal.screen())
    expect(stripVTControlCharacters(terminal.written())).toMatch(BAR)
    expect(stripVTControlCharacters(screen)).toMatch(/^note: standard input .*\nread/)
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

  test('breaks no word that fits a line', async () => {
    terminal.run(`${program} ${moco} o.pth --dry-run 2>&1`)
    expect(await terminal.code()).toBe(0)
    const lines = stripVTControlCharacters(terminal.screen()).split('\n')
    expect(lines).toContain('            projection head (4),')
  })
})
