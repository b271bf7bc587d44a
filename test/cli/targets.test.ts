/** Guards a ViT on its way to two loaders: each file is held against its source as converted for the same one. */
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { writeBackbone } from '../../src/convert/decide.ts'
import { decideOrThrow } from '../../src/explain/decide.ts'
import { WRITERS } from '../../src/formats/index.ts'
import { createFile } from '../../src/node/file-sink.ts'
import { runHere } from '../helpers/cli.ts'
import { readSource } from '../helpers/family-lists.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const folder = temporaryFolder()
const path = (name: string): string => join(folder, name)
const source = readSource('dino_vits16_pretrain')

beforeAll(async () => {
  const sink = await createFile(path('source.pth'))
  await WRITERS.zip(source.sections.get('')!, {}, sink, { section: 'state_dict' })
  await sink.finish()
  for (const target of ['mmdetection', 'vitdet'])
    await writeBackbone(decideOrThrow(source, { target }), await createFile(path(`${target}.pth`)))
})

test.each([
  ['mmdetection', 150],
  ['vitdet', 147],
])('a file for %s is verified against its source', async (target, tensors) => {
  const { out } = await runHere('verify', path(`${target}.pth`), '--against', path('source.pth'))
  expect(out).toContain(`ViT-S: ${tensors} of ${tensors} tensors`)
  expect(out.replace(/\s+/g, ' ')).toContain(
    `all ${tensors} tensors are identical to ${path('source.pth')}, bit for bit`,
  )
})

test('other names of an architecture are understood, also of a variant', async () => {
  const { out, err } = await runHere('verify', path('mmdetection.pth'), '--arch', 'ViT-S/16')
  expect(err).toBe('')
  expect(out).toContain('ViT-S: 150 of 150 tensors')
})

test('a config for the other loader is refused as such', async () => {
  const config = ['config', 'dino', '--checkpoint', path('mmdetection.pth')]
  expect((await runHere(...config)).out).toContain("type='mmpretrain.VisionTransformer'")
  expect(await runHere(...config, '--target', 'vitdet')).toMatchObject({
    code: 1,
    err: expect.stringMatching(
      /mmdetection\.pth was converted for mmdetection, not for vitdet\.\nConvert the source again for that target, or leave --target out\.\n$/,
    ),
  })
})

test('two files without common names: the line that compares a backbone with its source', async () => {
  const { code, out } = await runHere('diff', path('mmdetection.pth'), path('source.pth'))
  expect(code).toBe(1)
  const line = /^ {2}selfsup2mmdet (verify .*)$/m.exec(out)?.[1]
  expect(line).toBe(`verify ${path('mmdetection.pth')} --against ${path('source.pth')}`)
})
