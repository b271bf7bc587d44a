/** Guards what is typed for what is meant: names of types, files in the wrong place or misspelt, networks and sections. */
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { runHere } from '../helpers/cli.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const folder = temporaryFolder()
const source = join(folder, 'moco_v2.pth.tar')
const backbone = join(folder, 'finished.pth')

beforeAll(() => {
  copyFileSync('fixtures/checkpoints/moco_v2.pth.tar', source)
  copyFileSync('fixtures/checkpoints/swav_released.pth.tar', backbone)
})

test.each([
  [[source, '--dry-run', '--dtype', 'half', '--json'], '"complete": true'],
  [[source, '--dry-run', '--selfsup', 'MoCo_v2', '--network', 'Key', '--arch', 'r50'], 'network key'],
])('%j is understood', async (args, said) => {
  const { code, out } = await runHere(...args)
  expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining(said) })
})

test.each([
  [[join(folder, 'nothing-like-it.pth'), backbone], `Did you mean: selfsup2mmdet ${backbone}`],
  [[join(folder, 'moco_v2.pth.tr'), join(folder, 'out.pth')], `Did you mean ${source}?`],
  [['inspect', join(folder, 'finnished.pth')], `Did you mean ${backbone}?`],
  [[source, '--out', 'x.pth'], 'The output is the second argument'],
  [['--list'], 'selfsup2mmdet methods'],
  [['diff', source], "The argument 'second' is missing."],
  [['verify', source, '--against'], '--against requires a value: <source>.'],
  [['-v'], 'Did you mean --version?'],
  [['', 'x.pth'], 'The name of the input is empty.'],
  [[source, ''], 'The name of the output is empty.'],
  [['config', source], `selfsup2mmdet ${source} backbone.pth --config config.py`],
  [[source, 'x.pth', '--dtype', 'fp61'], "There is no type 'fp61'."],
  [[source, 'x.pth', '--network', 'momentum'], "moco has no network 'momentum'. It has: query, key."],
  [[source, 'x.pth', '--selfsup', 'moco', '--network', 'kye'], 'Did you mean key?'],
  [[source, 'x.pth', '--section', 'state_dcit'], "Did you mean 'state_dict'? Then: --section state_dict"],
  [['inspect', source, '--section', 'state_dcit'], "Did you mean 'state_dict'? Then: --section state_dict"],
  [
    ['diff', source, source, '--section', 'state_dcit'],
    "Did you mean 'state_dict'? Then: --section state_dict",
  ],
])('%j is answered with what was meant', async (args, said) => {
  const { code, err } = await runHere(...args)
  expect({ code, err: err.replaceAll(/\s+/g, ' ') }).toMatchObject({
    code: 2,
    err: expect.stringContaining(said),
  })
})
