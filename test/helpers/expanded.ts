/**
 * Checkpoints of whole networks in a few kilobytes: each tensor is one number, expanded (strides of 0), in PyTorch's own
 * format for such tensors.
 */
import { writeFileSync } from 'node:fs'
import { ARCHITECTURES } from '../../src/families/index.ts'
import type { PickleValue } from '../../src/pickle/values.ts'
import { call, dict, floats, storage, tensor, torchZipBytes } from './torch-bytes.ts'

/** Tensors by name, as pickle values. */
export type Names = Readonly<Record<string, PickleValue>>

export function expanded(shape: readonly number[], type = 'FloatStorage', key = type): PickleValue {
  return tensor(
    storage(key, type, 1),
    shape,
    shape.map(() => 0),
  )
}

/** A network under a prefix. @param counters the storage type of its BatchNorm counters */
export function network(architecture: string, prefix = '', counters = 'LongStorage'): Names {
  const specs = ARCHITECTURES.find(({ name }) => name === architecture)!.tensors()
  return Object.fromEntries(
    specs.map(({ name, shape, kind }) => [
      prefix + name,
      expanded(shape, kind === 'int64' ? counters : 'FloatStorage'),
    ]),
  )
}

/** An OrderedDict, like a state dict: the same value for the same object. */
export function stateDict(names: Names): PickleValue {
  const made = call('collections.OrderedDict')
  for (const [name, value] of Object.entries(names)) made.ownEntries().set(name, value)
  return made
}

/** @param sections by key, or a whole pickle */
export function writeExpanded(
  path: string,
  sections: Readonly<Record<string, PickleValue>> | Uint8Array,
): string {
  const bytes = torchZipBytes({
    value: sections instanceof Uint8Array ? (sections as never) : dict(sections),
    storages: { FloatStorage: floats(1), LongStorage: new Uint8Array(8) },
  })
  writeFileSync(path, bytes)
  return path
}
