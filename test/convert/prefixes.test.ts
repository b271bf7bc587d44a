/** A network inside another module is recognised as it would be without the prefix, and reported with the names in the file. */
import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { sharedPrefixes } from '../../src/convert/prefixes.ts'
import { type Checkpoint, decideOrThrow } from '../../src/index.ts'
import { FOLDER, readList } from '../helpers/lists.ts'

function prefixed(checkpoint: Checkpoint, prefix: string): Checkpoint {
  const sections = new Map(
    [...checkpoint.sections].map(([path, state]) => [
      path,
      new Map([...state].map(([name, tensor]) => [prefix + name, tensor])),
    ]),
  )
  return { ...checkpoint, sections }
}

const lists = readdirSync(FOLDER)
  .filter(name => name.endsWith('.txt'))
  .map(name => readList(name))

/** Names that belong to another method with such a prefix: Bolts has SwAV's under `model.`. */
const TAKEN: Readonly<Record<string, readonly string[]>> = {
  'model.': ['bolts-swav'],
}

describe.each(lists)('$file', ({ checkpoint }) => {
  const plain = decideOrThrow(checkpoint)

  test.each(['model.', 'module.net.', 'model.module.network.'])('under %s', prefix => {
    const { match, plan, report } = decideOrThrow(prefixed(checkpoint, prefix))
    expect(report.complete).toBe(true)
    if (TAKEN[prefix]?.includes(match.method.name)) return
    expect([match.method.name, match.network?.name, match.section]).toEqual([
      plain.match.method.name,
      plain.match.network?.name,
      plain.match.section,
    ])
    const names = (fates: typeof plan.fates) => fates.map(fate => ['as' in fate ? fate.as : '', fate.name])
    expect(names(plan.fates)).toEqual(names(plain.plan.fates).map(([as, name]) => [as, prefix + name]))
  })
})

// lucidrains/byol-pytorch examples/lightning/train.py; ozanciga/self-supervised-histopathology README.md.
test.each([
  ['byol_lucidrains.resnet50.txt', 'learner.', 'byol-lucidrains'],
  ['backbone.resnet50.txt', 'model.resnet.', 'backbone'],
])('%s is published or trained under %s', (file, prefix, method) => {
  const { checkpoint } = lists.find(list => list.file === file)!
  const { match, report } = decideOrThrow(prefixed(checkpoint, prefix))
  expect([match.method.name, report.complete]).toEqual([method, true])
})

test.each<[string[], string[]]>([
  [['model.a', 'model.b'], ['model.']],
  [
    ['module.model.backbone.a', 'model.backbone.b'],
    ['model.', 'model.backbone.'],
  ],
  [['model.backbone.a', 'model.neck.b'], ['model.']],
  [['model.a', 'b'], []],
  [['trunk.a', 'trunk.b'], []],
  [['model.'], ['model.']],
  [[], []],
])('of %j: %j', (names, expected) => {
  expect(sharedPrefixes(names)).toEqual(expected)
})
