/** Names that stand for others, or are wrong: types, misplaced or misspelt files, networks and sections. */
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { OPTIONS } from '../../src/cli/options-elsewhere.ts'
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
  [[join(folder, 'moco_v2'), backbone], `Did you mean ${source}?`],
  [[join(folder, 'no', 'moco_v2.pth.tar'), backbone], `There is no folder ${join(folder, 'no')}.`],
  [['inspect', join(folder, 'moco_v2')], `Did you mean ${source}?`],
  [['verify', join(folder, 'no', 'moco.pth')], `There is no folder ${join(folder, 'no')}.`],
  [['inspect', 'MoCo_v2'], 'MoCo_v2 is the name of a method, not of a file.'],
  [['verify', 'swav'], 'swav is the name of a method, not of a file.'],
  [['verify', backbone, source], `Did you mean: selfsup2mmdet verify ${backbone} --against ${source}`],
  [['config', 'moco', backbone], `Did you mean: selfsup2mmdet config moco --checkpoint ${backbone}`],
  [['config', backbone, 'moco'], `Did you mean: selfsup2mmdet config moco --checkpoint ${backbone}`],
  [['config', '--checkpoint', backbone], 'or backbone to have it read from the checkpoint'],
  [[source, 'x.pth', '--gpus', '4'], "Unknown option '--gpus'. It is an option of config."],
  [['config', 'moco', '--section', 'x'], 'an option of convert, verify, probe, inspect and diff.'],
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
])('the answer to %j says what was probably meant', async (args, said) => {
  const { code, err } = await runHere(...args)
  expect({ code, err: err.replaceAll(/\s+/g, ' ') }).toMatchObject({
    code: 2,
    err: expect.stringContaining(said),
  })
})

test.each(Object.keys(OPTIONS))('the options of %s are the ones that its help lists', async command => {
  const { out } = await runHere(command, '--help')
  const listed = [...out.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, option]) => option)
  expect(OPTIONS[command]!.split(' ')).toEqual(listed.filter(option => option !== '--help'))
})
