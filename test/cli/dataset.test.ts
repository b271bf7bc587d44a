/** `--classes`: numbers, names, annotations; and mistakes that would be one strange class. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseClasses } from '../../src/cli/classes.ts'
import { datasetUnder } from '../../src/cli/dataset.ts'
import { UsageError } from '../../src/errors.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const folder = temporaryFolder()
// In COCO's format; categories are in the order of the file, not of their ids.
const annotations = JSON.stringify({
  images: [],
  annotations: [],
  categories: [
    { id: 3, name: 'cow' },
    { id: 1, name: 'brown bear' },
    { id: 2, name: "farmer's dog" },
  ],
})
const NAMES = ['cow', 'brown bear', "farmer's dog"]
const file = join(folder, 'mine.json')
writeFileSync(file, annotations)
const root = join(folder, 'cattle')
mkdirSync(join(root, 'annotations'), { recursive: true })
writeFileSync(join(root, 'annotations/instances_val2017.json'), annotations)

test.each([
  ['3', 3],
  ['cat,dog', ['cat', 'dog']],
  ["farmer's dog, person (sitting)", ["farmer's dog", 'person (sitting)']],
  ['annotations/mine.json', { file: 'annotations/mine.json' }],
])('--classes %s', (text, meant) => {
  expect(parseClasses(text)).toEqual(meant)
})

test.each([
  ["('cow','dog')", '--classes cow,dog?'],
  ['["cow", "dog"]', '--classes cow,dog?'],
  [`['cow', "farmer's dog"]`, `--classes 'cow,farmer'\\''s dog'?`],
  ['cow;dog', '--classes cow,dog?'],
  ['cow,cow', 'For example'],
  ['cow,', 'For example'],
  ['3.5', 'For example'],
  ['classes.txt', 'For example'],
])('--classes %s is refused', (text, advice) => {
  expect(() => parseClasses(text)).toThrow(UsageError)
  try {
    parseClasses(text)
  } catch (error) {
    expect((error as UsageError).advice).toContain(advice)
  }
})

test('the names are read from a file or the folder of the dataset, and a note says from which', async () => {
  const notes: string[] = []
  const tell = (note: string): number => notes.push(note)
  expect((await datasetUnder(undefined, { file }, tell)).classes).toEqual(NAMES)
  expect((await datasetUnder(root, { file }, tell)).classes).toEqual(NAMES)
  expect((await datasetUnder(root, 3, tell)).classes).toEqual(NAMES)
  expect(notes).toEqual([])
  expect((await datasetUnder(root, undefined, tell)).classes).toEqual(NAMES)
  expect(notes.pop()).toMatch(/val2017\.json has 3 classes: cow, brown bear, farmer's dog\.$/)
  expect(await datasetUnder(join(folder, 'nowhere'), undefined, tell)).toEqual({ classes: undefined })
  expect(notes.pop()).toMatch(/^there is no folder .*nowhere: the config is for COCO's 80 classes/)
  expect(await datasetUnder(folder, undefined, tell)).toEqual({ classes: undefined })
  expect(notes.pop()).toContain('does not contain annotations/instances_train2017.json')
})

test('files without class names, and a file as the folder, are refused', async () => {
  const other = join(folder, 'other.json')
  writeFileSync(other, '{"categories": []}')
  await expect(datasetUnder(undefined, { file: other }, () => {})).rejects.toThrow(
    'has no categories with names',
  )
  await expect(datasetUnder(undefined, { file: `${file}.json` }, () => {})).rejects.toThrow(
    'There is no file',
  )
  await expect(datasetUnder(file, undefined, () => {})).rejects.toMatchObject({
    message: expect.stringContaining('is a file, not the folder of a dataset'),
    advice: `To read the classes from it: --classes ${file}`,
  })
  await expect(datasetUnder(root, ['cow', 'horse'], () => {})).rejects.toThrow('does not have horse')
  await expect(datasetUnder(root, 2, () => {})).rejects.toThrow('--classes 2:')
})
