/** Texts and pictures end in a checksum of everything before it, which shows whether they were edited. */
import { concat } from '../bytes/concat.ts'
import type { ByteSource } from '../bytes/source.ts'
import { sha256 } from '../node/hash.ts'
import { chunk } from '../probe/png.ts'
import type { OutputKind } from './output-name.ts'

type SealedKind = Exclude<OutputKind, 'backbone'>

const encoder = new TextEncoder()

/** Digits of the SHA-256: enough against accidents, nobody has a reason to forge it. */
const DIGITS = 16

/** The last chunk of a PNG, without data. */
const PNG_END = chunk('IEND', new Uint8Array(0))

interface Seal {
  /** The last bytes of a file; always of the same length. */
  readonly around: (hash: string) => Uint8Array
  /** How many of the sealed bytes are repeated at the end of the seal. */
  readonly moved: number
}

const SEALS: Readonly<Record<SealedKind, Seal>> = {
  config: {
    around: hash => encoder.encode(`# Written by selfsup2mmdet. Checksum of all lines above: ${hash}\n`),
    moved: 0,
  },
  report: {
    around: hash => encoder.encode(`<!-- Written by selfsup2mmdet. Checksum of all above: ${hash} -->\n`),
    moved: 0,
  },
  picture: {
    around: hash => encoder.encode(`<!-- Written by selfsup2mmdet. Checksum of all above: ${hash} -->\n`),
    moved: 0,
  },
  filters: {
    around: hash => concat([chunk('tEXt', encoder.encode(`Software\0selfsup2mmdet ${hash}`)), PNG_END]),
    moved: PNG_END.length,
  },
}

/** Returns the file with its checksum. */
export function seal(kind: SealedKind, bytes: Uint8Array): Uint8Array {
  const { moved, around } = SEALS[kind]
  const body = bytes.subarray(0, bytes.length - moved)
  return concat([body, around(hashOf(body))])
}

/** Our own files are far smaller. */
const LARGEST = 64 * 1024 * 1024

/** Whether a file is of this kind and unchanged since it was sealed. */
export async function isSealed(kind: SealedKind, file: ByteSource): Promise<boolean> {
  const { around } = SEALS[kind]
  const length = around('0'.repeat(DIGITS)).length
  if (file.size < length || file.size > LARGEST) return false
  const bytes = new Uint8Array(file.size)
  await file.read(0, bytes)
  const body = bytes.subarray(0, bytes.length - length)
  const expected = around(hashOf(body))
  return bytes.subarray(body.length).every((byte, at) => byte === expected[at])
}

function hashOf(bytes: Uint8Array): string {
  const hash = sha256()
  hash.update(bytes)
  return hash.digest().slice(0, DIGITS)
}
