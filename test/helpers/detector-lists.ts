/** Name lists of detectors (fixtures/detectors, written and explained by its build.py). */
import { readdirSync, readFileSync } from 'node:fs'
import type { Checkpoint, Tensor } from '../../src/tensor/tensor.ts'
import { expanded, stateDict, writeExpanded } from './expanded.ts'
import { type Expected, expandLines, parseLine, sectionsOf } from './family-lists.ts'
import { checkpointWith } from './lists.ts'
import { patternTensor } from './tensors.ts'

const FOLDER = new URL('../../fixtures/detectors/', import.meta.url)

/** The names of all lists of a kind. */
export function detectorLists(kind: 'sources' | 'targets'): string[] {
  return readdirSync(new URL(kind, FOLDER)).map(file => file.replace(/\.txt$/, ''))
}

/** The content of a checkpoint, with values that depend on the names. */
export function readDetectorSource(name: string): Checkpoint {
  return checkpointWith(name, sectionsOf(linesOf(`sources/${name}.txt`)))
}

/** The tensors of a detector in MMDetection, in the order of its `state_dict()`. */
export function readDetectorClass(name: string): ReadonlyMap<string, Expected> {
  return new Map(
    linesOf(`targets/${name}.txt`)
      .map(parseLine)
      .map(({ name, ...expected }) => [name, expected]),
  )
}

/** The state dict of such a detector, as a checkpoint of MMDetection. */
export function trained(name: string): Checkpoint {
  const state = new Map<string, Tensor>(
    [...readDetectorClass(name)].map(([key, { dtype, shape }]) => [key, patternTensor(dtype, shape, key)]),
  )
  return checkpointWith(name, new Map([['state_dict', state]]))
}

/** The lines of `recognised.tsv`. */
export function detectorTable(): string[][] {
  return readFileSync(new URL('recognised.tsv', FOLDER), 'utf8')
    .trimEnd()
    .split('\n')
    .filter(line => !line.startsWith('#'))
    .map(line => line.split('\t'))
}

function linesOf(path: string): string[] {
  const lines = readFileSync(new URL(path, FOLDER), 'utf8').trimEnd().split('\n')
  return expandLines(lines.filter(line => !line.startsWith('#')))
}

/** A file of a few kilobytes with the content of a list, under the key that its code uses. */
export function writeDetector(path: string, name: string): string {
  const [[section, state]] = [...readDetectorSource(name).sections] as [[string, ReadonlyMap<string, Tensor>]]
  const names = [...state].map(([key, { dtype, shape }]) => [
    key,
    expanded(shape, dtype === 'int64' ? 'LongStorage' : 'FloatStorage'),
  ])
  return writeExpanded(path, { [section]: stateDict(Object.fromEntries(names)) })
}
