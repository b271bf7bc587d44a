/** Zip archives: written by `torch.save` since PyTorch 1.6, or archives that contain a checkpoint. */
import { copyRange } from '../bytes/copy-range.ts'
import { count } from '../bytes/count.ts'
import { readBytes } from '../bytes/source.ts'
import { FormatError } from '../errors.ts'
import { checkCrc, checkedChunks, openEntry } from '../zip/entry.ts'
import { METHOD } from '../zip/layout.ts'
import { readZip, type ZipArchive, type ZipEntry } from '../zip/read.ts'
import { openOnly, type Packed, unowned } from './archive.ts'
import type { Format, OpenContext, OwnedSource } from './format.ts'
import { ZIP_MAGIC } from './torch/layout.ts'
import { isTorchArchive, openTorchZip } from './torch/read-zip.ts'

export const zip: Format = {
  name: 'zip archive',
  sniff: head => ZIP_MAGIC.every((byte, index) => head[index] === byte),
  async open(source, context) {
    const archive = await readZip(source)
    requireNoNul(archive)
    if (isTorchArchive(archive)) return openTorchZip(archive, context)
    const entries = [...archive.entries.values()].filter(({ name }) => !name.endsWith('/'))
    if (entries.length > MAX_FILES)
      throw new FormatError(
        { source: source.name },
        `expected a PyTorch archive, or a zip archive that contains a checkpoint; found a zip archive of ${count(entries.length, 'file')}.`,
        'If there is a checkpoint inside, unpack it and convert that file.',
      )
    return openOnly(
      source,
      'zip archive',
      entries.map(entry => packed(archive, entry, context)),
      context,
    )
  },
}

/** @throws FormatError for a NUL in a name: PyTorch's reader truncates names there, and would find another entry */
function requireNoNul({ source, entries }: ZipArchive): void {
  const odd = [...entries.keys()].find(name => name.includes('\0'))
  if (odd === undefined) return
  throw new FormatError(
    { source: source.name },
    `an entry's name contains a NUL byte: ${JSON.stringify(odd)}.`,
    'The archive was tampered with: PyTorch would read another entry in its place. Download it again.',
  )
}

/** People who pack a checkpoint add a README and some code. */
const MAX_FILES = 1000

function packed(archive: ZipArchive, entry: ZipEntry, context: OpenContext): Packed {
  return {
    name: entry.name,
    async head(length) {
      return readBytes(await openEntry(archive, entry), 0, Math.min(length, entry.size))
    },
    open: () => openPacked(archive, entry, context),
  }
}

/** Deflated files are unpacked first; stored ones are read in place after their checksum is verified. */
async function openPacked(archive: ZipArchive, entry: ZipEntry, context: OpenContext): Promise<OwnedSource> {
  const source = await openEntry(archive, entry)
  if (entry.method !== METHOD.stored) return context.spool(source.name, checkedChunks(archive, entry))
  // For a remote file, this would fetch everything to use only a part.
  if (!source.expect) checkCrc(entry, source.name, await copyRange(source, 0, source.size, async () => {}))
  return unowned(source)
}
