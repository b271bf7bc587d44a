/** Opens the zip archives that `torch.save` writes since PyTorch 1.6, and those of TorchScript. */
import { copyRange } from '../../bytes/copy-range.ts'
import { type ByteSource, memorySource, subSource } from '../../bytes/source.ts'
import { damagedAdvice, FormatError, UnsupportedError } from '../../errors.ts'
import { decodePickle, type Pickle } from '../../pickle/decode.ts'
import { limitsFor, requirePickleSize } from '../../pickle/limits.ts'
import type { Checkpoint, TorchLoads } from '../../tensor/tensor.ts'
import { checkCrc, checkedChunks, expectEntry, openEntry, readEntry } from '../../zip/entry.ts'
import { METHOD } from '../../zip/layout.ts'
import { DAMAGED, type ZipArchive, type ZipEntry } from '../../zip/read.ts'
import type { OpenContext } from '../format.ts'
import { describePickle } from './checkpoint.ts'
import { RECORD } from './layout.ts'
import { folderOfRecords, REPACKED_NOTE } from './repacked.ts'
import { whenAsked, whichLoad } from './safety/loads.ts'
import { whyRefused } from './safety/weights-only.ts'
import { collectStorages, itemSize, type StorageAccess } from './tensors/storage.ts'
import { KeptStorages } from './tensors/storage-cache.ts'
import { checkVersion, hasOddAlignment, type Records, readByteOrder } from './zip-records.ts'

const NAME = 'PyTorch zip archive'

/** Whether an archive contains a checkpoint's pickle in any folder: then it is one, perhaps a damaged one. */
export function isTorchArchive({ entries }: ZipArchive): boolean {
  return entries.size === 0 || [...entries.keys()].some(name => name.split('/').at(-1) === RECORD.pickle)
}

/** @throws FormatError, UnsupportedError when a part is missing or damaged, or this is another kind of archive */
export async function openTorchZip(archive: ZipArchive, context: OpenContext): Promise<Checkpoint> {
  const { source } = archive
  const limits = limitsFor(source.size, context.limits)
  const { record, isRepacked } = records(archive)
  requirePickle(source, record)
  const script = record(RECORD.torchScript) !== undefined
  await checkVersion(archive, record)
  const entry = record(RECORD.pickle)!
  const name = `${source.name}!${entry.name}`
  requirePickleSize(name, entry.size, limits)
  const pickle = await decodePickle(await checkedSource(archive, entry), 0, undefined, limits)
  const entries = storageEntries(pickle, record, name)
  const kept = new KeptStorages(context)
  const storages = storageAccess(archive, entries, await readByteOrder(archive, record), kept)
  const isLost = script || isRepacked || (await hasOddAlignment(archive, record))
  const loads = whenAsked(() => (isLost ? 'never' : zipLoads(pickle, storages.bigEndian)))
  const checkpoint: Checkpoint = {
    format: script ? 'TorchScript archive' : NAME,
    get torchLoads() {
      return loads()
    },
    refusedByDefault: script ? 'it is a TorchScript archive' : whyRefused(pickle),
    era: ERAS.find(({ record: name }) => name === undefined || record(name))!.era,
    source: source.name,
    size: source.size,
    ...describePickle(pickle, storages, name),
    notes: [
      ...(isRepacked ? [REPACKED_NOTE] : []),
      ...(pickle.end < entry.size
        ? [`${entry.size - pickle.end} bytes after the pickle in ${name} are ignored`]
        : []),
    ],
    close: () => kept.close(),
  }
  return script ? requireTensors(checkpoint) : checkpoint
}

/** A larger pickle is read twice instead of kept in memory. */
const IN_MEMORY = 16 * 1024 * 1024

/** The bytes of an entry, after checking the checksum. */
async function checkedSource(archive: ZipArchive, entry: ZipEntry): Promise<ByteSource> {
  const source = await openEntry(archive, entry)
  // In a remote file, reading twice would mean fetching twice.
  if (entry.size <= IN_MEMORY || archive.source.expect)
    return memorySource(await readEntry(archive, entry, entry.size), source.name)
  checkCrc(entry, source.name, await copyRange(source, 0, source.size, async () => {}))
  return source
}

/** Records by the version of PyTorch that introduced them, the newest first (torch/serialization.py `_save`). */
const ERAS: readonly { readonly record?: string; readonly era: string }[] = [
  { record: RECORD.formatVersion, era: 'PyTorch 2.7 or later' },
  { record: RECORD.byteOrder, era: 'PyTorch 2.1 or later' },
  { era: 'PyTorch 1.6 to 2.0' },
]

const SLASH = '/'.charCodeAt(0)

/** PyTorch compares 511 bytes of a name, which must include the folder and its slash (inline_container.cc `getAllRecords`). */
const LONGEST_TOP = 511

/**
 * PyTorch requires one top folder for everything.
 * @throws FormatError when the records are neither there nor together in another folder
 */
function records({ source, entries }: ZipArchive): {
  readonly record: Records
  readonly isRepacked: boolean
} {
  const names = [...entries.keys()]
  const first = names[0]
  if (first === undefined)
    throw new FormatError({ source: source.name }, 'the archive has no entries.', DAMAGED)
  const top = first.slice(0, first.indexOf('/') + 1)
  const stray = names.find(name => top === '' || !name.startsWith(top))
  if (entries.get(first)!.rawName.indexOf(SLASH) >= LONGEST_TOP)
    throw new FormatError(
      { source: source.name },
      `the name of the top folder has more than ${LONGEST_TOP - 1} bytes.`,
      'PyTorch cannot read this file either: give the folder a shorter name.',
    )
  const folder = stray === undefined && entries.has(top + RECORD.pickle) ? undefined : folderOfRecords(names)
  if (folder !== undefined) {
    requireCase(source, names, folder)
    return { record: name => entries.get(folder + name), isRepacked: true }
  }
  if (stray !== undefined)
    throw new FormatError(
      { source: source.name },
      `expected a PyTorch archive, with everything in one top folder; found the entry ${JSON.stringify(stray)}.`,
      'If this is a zip of a checkpoint, unpack it first and convert the file inside.',
    )
  requireCase(source, names, top)
  return { record: name => entries.get(top + name), isRepacked: false }
}

/** @throws FormatError when a record's name differs only in case: PyTorch finds it under either name */
function requireCase(source: ByteSource, names: readonly string[], top: string): void {
  const known = new Map(SPECIAL.map(name => [top.toLowerCase() + name, top + name]))
  for (const name of names) {
    const before = known.get(name.toLowerCase())
    if (before !== undefined && before !== name)
      throw new FormatError(
        { source: source.name },
        `expected one record ${JSON.stringify(before)}, found ${JSON.stringify(name)}, which PyTorch treats as the same.`,
        'The archive was tampered with: download it again.',
      )
  }
}

const SPECIAL = [
  RECORD.pickle,
  RECORD.byteOrder,
  RECORD.version,
  RECORD.versionElsewhere,
  RECORD.torchScript,
  RECORD.formatVersion,
  RECORD.alignment,
]

function requirePickle(source: ByteSource, record: Records): void {
  if (record(RECORD.pickle)) return
  throw new FormatError(
    { source: source.name },
    `expected a PyTorch archive; this zip archive has no ${RECORD.pickle} in its top folder.`,
    'If this is a zip of a checkpoint, unpack it first and convert the file inside.',
  )
}

/** PyTorch 1.13 ignores the byte order (torch/serialization.py `_load`). */
function zipLoads(pickle: Pickle, bigEndian: boolean): TorchLoads {
  const loads = whichLoad('zip', pickle, whyRefused(pickle) !== undefined)
  return bigEndian && loads === 'always' ? 'lately' : loads
}

/** In a frozen module, or one with constants, the weights are part of the code. */
function requireTensors(checkpoint: Checkpoint): Checkpoint {
  if (checkpoint.sections.size > 0) return checkpoint
  throw new UnsupportedError(
    `${checkpoint.source} is a TorchScript archive whose module has no tensors: it was frozen, or its weights are constants of the code.`,
    'Use the checkpoint that it was made from, or script the module again without torch.jit.freeze.',
  )
}

/** The entry of every storage that the pickle refers to. */
function storageEntries(
  pickle: Awaited<ReturnType<typeof decodePickle>>,
  record: Records,
  source: string,
): ReadonlyMap<string, ZipEntry> {
  const entries = new Map<string, ZipEntry>()
  for (const [key, { type, count }] of collectStorages(pickle.persistent, source)) {
    requireNoNul(key, source)
    const name = RECORD.storage(key)
    const entry = record(name)
    if (!entry)
      throw new FormatError(
        { source },
        `expected the storage '${key}' in the record ${JSON.stringify(name)}, found no such record.`,
        'The archive is damaged or incomplete: download it again.',
      )
    const expected = count * itemSize(type)
    if (entry.size !== expected)
      throw new FormatError(
        { source },
        `expected ${expected} bytes (${count} × ${type}), found ${entry.size} in the record ${JSON.stringify(entry.name)}.`,
        damagedAdvice('archive'),
      )
    entries.set(key, entry)
  }
  return entries
}

/** In bytes: starting to inflate takes longer than reading these, and thousands of tensors may be views of them. */
const SMALL = 64 * 1024

/** @throws FormatError for a key with a NUL, where PyTorch truncates the record's name: it would read another record */
function requireNoNul(key: string, source: string): void {
  if (!key.includes('\0')) return
  throw new FormatError(
    { source },
    `the key of a storage has a NUL in it: ${JSON.stringify(key)}.`,
    'The archive was tampered with: PyTorch would read another storage in its place. Download it again.',
  )
}

function storageAccess(
  archive: ZipArchive,
  entries: ReadonlyMap<string, ZipEntry>,
  byteOrder: 'little' | 'big',
  kept: KeptStorages,
): StorageAccess {
  const checked = new Map<string, ByteSource>()

  function keep(key: string): Promise<ByteSource> {
    const entry = entries.get(key)!
    return kept.get(key, `${archive.source.name}!${entry.name}`, entry.size, () =>
      checkedChunks(archive, entry),
    )
  }

  async function check(key: string): Promise<ByteSource> {
    const entry = entries.get(key)!
    const source = await openEntry(archive, entry)
    checkCrc(entry, source.name, await copyRange(source, 0, source.size, async () => {}))
    checked.set(key, source)
    return source
  }

  /** Whether reading it again means fetching or inflating it again. */
  function isCostly(key: string): boolean {
    return archive.source.expect !== undefined || entries.get(key)!.method !== METHOD.stored
  }

  return {
    fileSize: archive.source.size,
    bigEndian: byteOrder === 'big',
    // The checksum needs the whole entry, even if only a part is wanted.
    expect(key) {
      if (!kept.has(key)) expectEntry(archive, entries.get(key)!)
    },
    async open(key) {
      const entry = entries.get(key)!
      const isSmall = entry.method !== METHOD.stored && entry.size <= SMALL
      const source = isSmall || kept.has(key) ? await keep(key) : await openEntry(archive, entry)
      return { source, check: crc => checkCrc(entry, source.name, crc) }
    },
    async openPart(key, offset, length) {
      const whole = isCostly(key) ? await keep(key) : (checked.get(key) ?? (await check(key)))
      return subSource(whole, offset, length, whole.name)
    },
  }
}
