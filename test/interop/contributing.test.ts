/** The first steps of CONTRIBUTING.md: the builder that `npm run new-method` creates runs in PyTorch. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { describePyTorch } from '../helpers/pytorch.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const folder = temporaryFolder()

describePyTorch(({ python }) => {
  test('a new method has a name list', () => {
    const copy = join(folder, python.replace(/\W+/g, '-'))
    mkdirSync(join(copy, 'src/methods'), { recursive: true })
    cpSync('scripts/new-method.js', join(copy, 'scripts/new-method.js'))
    for (const file of ['build.py', 'resnet.py'])
      cpSync(join('fixtures/methods', file), join(copy, 'fixtures/methods', file))
    execFileSync(process.execPath, ['scripts/new-method.js', 'toy-clr'], { cwd: copy })
    execFileSync(resolve(python), ['-B', 'fixtures/methods/build.py', 'list', 'toy_clr'], { cwd: copy })
    const list = readFileSync(join(copy, 'fixtures/methods/toy_clr.resnet50.txt'), 'utf8')
    expect(list).toContain('\n[state_dict]\nmodule.encoder.conv1.weight float32 64x3x7x7\n')
    expect(list).toContain('\nmodule.projector.weight float32 128x2048\n')
  })
})
