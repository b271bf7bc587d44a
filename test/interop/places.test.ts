/**
 * State dicts are found where real PyTorch has put them: in tuples, lists, under numbers, in objects; and the messages about
 * the rest.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openCheckpointFile } from '../../src/files/open.ts'
import { runHere } from '../helpers/cli.ts'
import { describePyTorch } from '../helpers/pytorch.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const PLACES = join(import.meta.dirname, '../../fixtures/places.py')
const where = temporaryFolder()

describePyTorch(({ pytorch, version }) => {
  const folder = join(where, version)
  mkdirSync(folder)
  const places: Record<string, string | null> = JSON.parse(pytorch.run(PLACES, folder))
  const path = (name: string) => join(folder, `${name}.pth`)
  const found = Object.entries(places).filter(([, section]) => section !== null) as [string, string][]

  test.each(found)('%s: in %s', async (name, section) => {
    const file = await openCheckpointFile(path(name))
    await file.close()
    expect(file.checkpoint.sections.get(section)?.size).toBe(122)
    const args = [path(name), '--dry-run', '--json']
    const alone = JSON.parse((await runHere(...args)).out)
    expect(alone).toMatchObject({ section, method: 'torchvision', kept: { tensors: 120 } })
    const named = JSON.parse((await runHere(...args, '--section', section)).out)
    expect(named).toMatchObject({ section, report: { complete: true } })
  })

  test.each([
    ['both', '--section 0 or --selfsup torchvision --section 1'],
    ['numbered-both-ways', "--section 0 or --selfsup torchvision --section '0#2'"],
    ['object', "'run' is a pickled object of class __main__.Training"],
    ['named-tuple', 'It is a pickled object of class __main__.Epoch'],
    ['model', '["model"]; torch.save(x.state_dict(), "state_dict.pth")'],
    ['whole-model', 'It is a pickled model of class resnet.ResNet'],
  ])('%s is refused, with what to do', async (name, said) => {
    const { code, err } = await runHere(path(name), '--dry-run')
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining(said) })
  })

  test('the printed code for a whole model works', async () => {
    const { err } = await runHere(path('model'), '--dry-run')
    const code = /python -c '(.*)'$/m.exec(err)![1]!
    const out = join(folder, 'state_dict.pth')
    pytorch.run(
      '-c',
      `import sys; sys.path.insert(0, ${JSON.stringify(join(PLACES, '../methods'))}); ${code.replace('state_dict.pth', out)}`,
    )
    expect((await runHere(out, '--dry-run')).out).toContain('ResNet-18, 120 of 120 tensors')
  })

  test('what is under an attribute is not loaded by MMDetection', async () => {
    const { code, err } = await runHere('verify', path('namespace'))
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining("they are in '@state_dict'") })
  })
})
