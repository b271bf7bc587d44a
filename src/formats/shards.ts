/**
 * Checkpoints in several files: an index (`pytorch_model.bin.index.json`, `model.safetensors.index.json`) says which file in
 * its folder contains which tensor. Source: huggingface/transformers, `load_sharded_checkpoint`.
 */
import { count } from '../bytes/count.ts'
import { type ByteSource, readBytes } from '../bytes/source.ts'
import { FormatError, UnsupportedError } from '../errors.ts'
import type { Checkpoint, StateDict, Tensor } from '../tensor/tensor.ts'
import type { Format, OpenContext, OwnedSource } from './format.ts'
import { requireModestExtent } from './json-limit.ts'

export const shards: Format = {
  name: 'sharded checkpoint',
  needsFolder: true,
  sniff: head => head[0] === 0x7b,
  open: openShards,
}

/** An index of 100,000 tensors takes 10 MB. */
const MAX_INDEX = 100 * 1024 * 1024

/** The largest published models have some two hundred. */
const MAX_SHARDS = 10_000

/** No separators, and no unpaired surrogates, which a URL cannot contain. */
const PLAIN_NAME = /^[^/\\\0\p{Surrogate}]+$/u

async function openShards(source: ByteSource, context: OpenContext): Promise<Checkpoint> {
  const index = await readIndex(source)
  const names = [...new Set(index.values())]
  const { beside } = context
  if (!beside)
    throw new UnsupportedError(
      `${source.name} is the index of a checkpoint in ${count(names.length, 'file')}, which must be in the same folder.`,
      'Use the path or URL of the index in the folder of these files.',
    )
  const opened: { name: string; file: OwnedSource; checkpoint: Checkpoint }[] = []
  async function close(): Promise<void> {
    for (const { checkpoint, file } of opened) {
      await checkpoint.close()
      await file.close()
    }
  }
  try {
    for (const name of names) {
      const file = await beside(name)
      try {
        opened.push({ name, file, checkpoint: await context.openInner(file) })
      } catch (error) {
        await file.close()
        throw error
      }
    }
    const tensors = new Map(opened.map(({ name, checkpoint }) => [name, tensorsOf(checkpoint)]))
    return {
      format: `${shards.name} of ${names.length} × ${opened[0]!.checkpoint.format}`,
      torchLoads: 'never',
      era: opened[0]!.checkpoint.era,
      source: source.name,
      size: opened.reduce((sum, { file }) => sum + file.size, source.size),
      sections: new Map([['', merge(source, index, tensors)]]),
      holds: count(index.size, 'tensor'),
      facts: new Map(),
      foreign: opened.flatMap(({ checkpoint }) => checkpoint.foreign),
      notes: opened.flatMap(({ name, checkpoint }) => checkpoint.notes.map(note => `${name}: ${note}`)),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** The file of each tensor. */
async function readIndex(source: ByteSource): Promise<ReadonlyMap<string, string>> {
  if (source.size > MAX_INDEX) throw noIndex(source, `${source.size} bytes, more than an index has`)
  const bytes = await readBytes(source, 0, source.size)
  requireModestExtent(bytes, 'the index', source.name)
  const text = new TextDecoder().decode(bytes)
  const map = weightMap(source, text)
  const entries = Object.entries(map ?? {})
  if (!map || entries.length === 0) throw noIndex(source, 'no weight_map, or an empty one')
  // Files outside the index's folder are not allowed.
  for (const [, file] of entries)
    if (typeof file !== 'string' || !PLAIN_NAME.test(file) || file === '.' || file === '..')
      throw noIndex(source, `${JSON.stringify(file)} instead of a file name`)
  if (new Set(Object.values(map)).size > MAX_SHARDS) throw noIndex(source, `more than ${MAX_SHARDS} files`)
  return new Map(entries as [string, string][])
}

function weightMap(source: ByteSource, text: string): object | undefined {
  let root: unknown
  try {
    root = JSON.parse(text)
  } catch (error) {
    throw noIndex(source, `text that is not JSON: ${(error as Error).message}`)
  }
  const map: unknown = (root as { weight_map?: unknown }).weight_map
  if (map === undefined) throw noIndex(source, describeJson(root as object))
  return typeof map === 'object' && map !== null && !Array.isArray(map) ? map : undefined
}

/** Describes JSON that servers send instead of a file, and JSON files that come with checkpoints. */
function describeJson(root: object): string {
  const said = ['error', 'message', 'detail', 'errors'].find(key => Object.hasOwn(root, key))
  const value = said === undefined ? undefined : (root as Record<string, unknown>)[said]
  if (value !== undefined)
    return `the error of a server: ${JSON.stringify(value)?.slice(0, 200)} (download the file again)`
  if ('model_type' in root || 'architectures' in root) return 'the configuration of a model'
  return 'other JSON'
}

function tensorsOf({ sections, source }: Checkpoint): StateDict {
  const state = sections.get('')
  if (state && sections.size === 1) return state
  throw new FormatError(
    { source },
    `expected a file of tensors by name, found sections ${[...sections.keys()].map(path => `'${path}'`).join(', ') || 'none'}.`,
    'The index belongs to other files: download all of them again.',
  )
}

/** @throws FormatError when the index and the files contradict each other */
function merge(
  source: ByteSource,
  index: ReadonlyMap<string, string>,
  files: ReadonlyMap<string, StateDict>,
): StateDict {
  const merged = new Map<string, Tensor>()
  for (const [name, file] of index) {
    const tensor = files.get(file)?.get(name)
    if (!tensor) throw disagree(source, `the index says that ${name} is in ${file}, but it is not`)
    merged.set(name, tensor)
  }
  for (const [file, state] of files)
    for (const name of state.keys())
      if (index.get(name) !== file)
        throw disagree(source, `${file} contains ${name}, but the index does not list it there`)
  return merged
}

function disagree(source: ByteSource, problem: string): FormatError {
  return new FormatError(
    { source: source.name },
    `${problem}.`,
    'The index and the files are from different versions: download all of them again.',
  )
}

function noIndex(source: ByteSource, found: string): FormatError {
  return new FormatError(
    { source: source.name },
    `expected the index of a checkpoint in several files, with a weight_map; found ${found}.`,
    'Check that this is the file you mean.',
  )
}
