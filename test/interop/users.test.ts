/**
 * Checkpoints that users' scripts and frameworks save, written by real PyTorch: a backbone, or an error in which every line to
 * paste works.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { runHere } from '../helpers/cli.ts'
import { describePyTorch } from '../helpers/pytorch.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const USERS = join(import.meta.dirname, '../../fixtures/users.py')
const where = temporaryFolder()

/** Splits a line into words like a shell. */
function words(line: string): string[] {
  return execFileSync('sh', ['-c', `for word in ${line}; do printf '%s\\0' "$word"; done`], {
    encoding: 'utf8',
  })
    .split('\0')
    .slice(0, -1)
}

/** All options that an error suggests for the same file: in lines to paste, or after "Choose one". */
function advised(err: string): string[][] {
  const lines = err.match(/^ {2}selfsup2mmdet .*$/gm) ?? []
  const choices = /Choose one: (.*)\.$/m.exec(err.replaceAll('\n', ' ').trim())?.[1]?.split(' or ') ?? []
  return [...lines.map(line => words(line.trim()).slice(3)), ...choices.map(words)]
}

describePyTorch(({ pytorch, version }) => {
  const folder = join(where, version)
  let outcomes: Record<string, string>
  beforeAll(() => {
    mkdirSync(folder)
    outcomes = JSON.parse(pytorch.run(USERS, folder).trim().split('\n').at(-1)!)
  })
  const those = (outcome: string) =>
    Object.entries(outcomes).flatMap(([name, its]) => (its === outcome ? [join(folder, name)] : []))

  test('what needs no options is converted', async () => {
    expect(those('taken').length).toBeGreaterThan(9)
    for (const path of those('taken')) {
      const { code, out, err } = await runHere(path, '--dry-run')
      expect(code, `${path}: ${err}`).toBe(0)
      expect(out).toMatch(/ResNet-18, 1[02]0 of 1[02]0 tensors/)
    }
  })

  test('what needs options is converted with the suggested ones', async () => {
    expect(those('advised').length).toBeGreaterThan(4)
    for (const path of those('advised')) {
      const { code, err } = await runHere(path, '--dry-run')
      expect(code, path).toBe(1)
      const all = advised(err)
      expect(all.length, err).toBeGreaterThan(0)
      for (const options of all) {
        const ran = await runHere(path, '--dry-run', ...options)
        expect(ran.code, `${path} ${options.join(' ')}: ${ran.err}`).toBe(0)
      }
    }
  })

  test('what cannot be converted is refused by verify and probe too, and no suggestion fails', async () => {
    for (const path of those('refused')) {
      const { code, err } = await runHere(path, '--dry-run')
      expect([1, 4], path).toContain(code)
      expect(advised(err), err).toEqual([])
      expect(err, path).not.toMatch(/--selfsup|rebuild_tensor/)
      for (const command of ['verify', 'probe'])
        expect((await runHere(command, path)).code, path).toBeGreaterThan(0)
      expect((await runHere('inspect', path)).err, path).not.toContain('Internal error')
    }
  })

  test('counters that are numbers are reported by convert, verify and inspect', async () => {
    const path = join(folder, 'counters.pth')
    expect((await runHere(path, '--dry-run')).err).toContain(
      'note: bn1.num_batches_tracked and 19 more counters are left out: the first is 5, not a tensor',
    )
    const verdict = JSON.parse((await runHere('verify', path, '--json')).out)
    expect(Object.values(verdict.oddCounters)).toEqual(Array(20).fill('5'))
    expect((await runHere('verify', path)).out).toContain('20 counters of a different type')
    expect((await runHere('inspect', path)).out).toContain(
      'bn1.num_batches_tracked is 5, not a tensor, nor are 19 others',
    )
  })

  test('the suggested command joins a folder of torch.distributed.checkpoint', async () => {
    if (!outcomes.distributed) return
    const { err } = await runHere(join(folder, 'distributed'), '--dry-run')
    const line = /^ {2}python (-m .*)$/m.exec(err)![1]!
    const target = join(folder, 'together.pth')
    pytorch.run(...words(line).map(word => (word === 'checkpoint.pth' ? target : word)))
    expect((await runHere(target, '--dry-run')).out).toContain('ResNet-18, 120 of 120 tensors')
    expect((await runHere(join(folder, 'distributed/.metadata'), '--dry-run')).err).toContain(line)
  })

  test('the error for a folder names the checkpoints in it', async () => {
    const { code, err } = await runHere(folder, '--dry-run')
    expect(code).toBe(2)
    expect(err).toContain(join(folder, 'channels-last.pth'))
  })
})
