/** Completion, in the shells themselves. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { METHODS } from '../../src/methods/index.ts'
import { runHere } from '../helpers/cli.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const folder = temporaryFolder()
const SHELLS = ['bash', 'zsh', 'fish'] as const
const has = (shell: string): boolean => spawnSync(shell, ['--version']).status === 0
for (const shell of SHELLS)
  if (!has(shell)) console.warn(`SKIPPED: ${shell} is not installed; its completion is not tried.`)

beforeAll(async () => {
  writeFileSync(join(folder, 'moco model.pth'), '')
  for (const shell of SHELLS) {
    const { code, out } = await runHere('completion', shell)
    expect(code).toBe(0)
    writeFileSync(join(folder, shell), out)
  }
})

const METHODS_OF_MOCO = METHODS.map(({ name }) => name).filter(name => name.startsWith('moco'))

function run(shell: string, script: string): string[] {
  const { stdout, stderr } = spawnSync(shell, ['-c', script], { cwd: folder, encoding: 'utf8' })
  expect(stderr).toBe('')
  return stdout.split('\n').filter(Boolean)
}

/** @param typed the words after the program's name; the last is the one to complete */
function inBash(...typed: readonly string[]): string[] {
  const list = ['selfsup2mmdet', ...typed].map(word => `'${word}'`).join(' ')
  return run(
    'bash',
    `source ./bash; COMP_WORDS=(${list}); COMP_CWORD=${typed.length}; _selfsup2mmdet; printf '%s\\n' "\${COMPREPLY[@]}"`,
  )
}

describe.skipIf(!has('bash'))('bash', () => {
  test.each([
    [['ver'], ['verify']],
    [['moco'], ['moco model.pth']],
    [
      ['in.pth', 'out.pth', '--selfsup', 'moco'],
      ['moco', 'moco-v3'],
    ],
    [
      ['in.pth', '--arch', 'resnet10'],
      ['resnet101', 'resnet101d', 'resnet101c', 'resnet101-mit'],
    ],
    [['in.pth', 'out.pth', '--dry'], ['--dry-run']],
    [['verify', 'x.pth', '--arch'], ['--arch']],
    [['config', 'swa'], ['swav']],
    [
      ['config', 'swav', '--schedule', 'ms'],
      ['ms-2x', 'ms-3x'],
    ],
    [['completion', 'z'], ['zsh']],
    [['verify', 'moco'], ['moco model.pth']],
    [['--v'], ['--verbose', '--version']],
    // Bash splits `--selfsup=dino` like this.
    [['in.pth', '--selfsup', '=', 'densecl'], ['densecl']],
    [
      ['in.pth', '--selfsup', '='],
      ['auto', ...METHODS.map(({ name }) => name)],
    ],
    // Zsh passes it like this.
    [['in.pth', '--selfsup=densecl'], ['--selfsup=densecl']],
  ])('%j', (typed, expected) => {
    expect(inBash(...typed)).toEqual(expected)
  })
})

test.skipIf(!has('zsh'))('zsh accepts its script', () => {
  const script = 'autoload -U compinit && compinit -u -D; source ./zsh; print $_comps[selfsup2mmdet]'
  expect(run('zsh', script).join('')).toContain('_selfsup2mmdet')
})

test.skipIf(!has('fish'))('fish', () => {
  const complete = (line: string): string[] =>
    run('fish', `source ./fish; complete -C '${line}'`).map(found => found.split('\t')[0]!)
  expect(complete('selfsup2mmdet ver')).toContain('verify')
  expect(complete('selfsup2mmdet in.pth --selfsup moco')).toEqual(['moco', 'moco-v3'])
  expect(complete('selfsup2mmdet config swa')).toEqual(['swav'])
  expect(complete('selfsup2mmdet config moco')).toEqual(METHODS_OF_MOCO)
  expect(complete('selfsup2mmdet in.pth --selfsup=dino')).toContain('--selfsup=dino')
  expect(complete('selfsup2mmdet --vers')).toContain('--version')
  expect(complete('selfsup2mmdet verify moco')).toEqual(['moco model.pth'])
})
