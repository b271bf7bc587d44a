/** Printed before vitest's summary in `.ci/run`: which files take longest and why, and that no test was skipped. */
import { existsSync } from 'node:fs'
import { relative } from 'node:path'
import type { Reporter, TestModule } from 'vitest/node'
import { SLOW } from '../tiers.ts'

const SHOWN = 15

/** Requirements that no package provides, by the words of the test and when it is skipped. */
const UNAVOIDABLE: readonly { readonly test: RegExp; readonly when: string; readonly is: boolean }[] = [
  {
    test: /a folder that may not be written to$/,
    when: 'root may write to any',
    is: process.getuid?.() === 0,
  },
  {
    test: /a disk that is full|an endless stream ends before the disk is full/,
    when: 'mounting a small disk needs a right that containers do not have',
    is: true,
  },
  {
    test: /needs PyTorch 2:/,
    when: 'no current PyTorch could be installed',
    is: !existsSync('.venv/bin/python'),
  },
]

export default class implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    console.log(`\n${slowest(modules)}\n`)
    const left = modules.flatMap(module =>
      [...module.children.allTests('skipped')].map(test => ({ file: fileOf(module), name: test.fullName })),
    )
    const missed = left.filter(({ file, name }) => {
      const reason = UNAVOIDABLE.find(({ test, is }) => is && test.test(name))
      console.log(`${reason ? 'left out' : 'NOT RUN '}  ${file}: ${name}${reason ? `: ${reason.when}` : ''}`)
      return !reason
    })
    if (missed.length === 0) return
    console.log('Here nothing may be skipped: install what these tests need (.ci/install-*).\n')
    process.exitCode = 1
  }
}

const fileOf = (module: TestModule): string => relative(process.cwd(), module.moduleId)

function slowest(modules: readonly TestModule[]): string {
  const times = modules
    .map(module => ({ module, seconds: module.diagnostic().duration / 1000 }))
    .sort((a, b) => b.seconds - a.seconds)
  const all = times.reduce((sum, { seconds }) => sum + seconds, 0)
  const rows = times.slice(0, SHOWN).map(({ module, seconds }) => {
    const file = fileOf(module)
    return `${seconds.toFixed(1).padStart(8)} s  ${module.project.name.padEnd(7)}  ${file}${why(file)}`
  })
  return [`The slowest of ${modules.length} files, which take ${all.toFixed(0)} s together:`, ...rows].join(
    '\n',
  )
}

function why(file: string): string {
  const reason = SLOW[file]
  return reason === undefined ? '' : ` (${reason})`
}
