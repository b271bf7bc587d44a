/** SHA-256 of files; OpenMMLab puts its first digits into file names. */

import type { ByteSource } from '../bytes/source.ts'
import { FormatError, UsageError } from '../errors.ts'

const PIECE = 1024 * 1024

export interface Hash {
  update(bytes: Uint8Array): void
  /** In lower-case hexadecimal. No bytes can be added afterwards. */
  digest(): string
}

export function sha256(): Hash {
  // Not imported: loading the module costs start-up time, and hashes are rarely needed.
  const hash = process.getBuiltinModule('node:crypto').createHash('sha256')
  return {
    update: bytes => void hash.update(bytes),
    digest: () => hash.digest('hex'),
  }
}

/** Reads the whole source. */
export async function sha256Of(source: ByteSource): Promise<string> {
  const hash = sha256()
  for await (const piece of piecesOf(source)) hash.update(piece)
  return hash.digest()
}

/** The whole source in order. Each piece is valid until the next one is requested. */
export async function* piecesOf(source: ByteSource): AsyncGenerator<Uint8Array> {
  source.expect?.(0, source.size)
  const piece = new Uint8Array(Math.min(PIECE, source.size))
  for (let done = 0; done < source.size; done += piece.length) {
    const part = piece.subarray(0, Math.min(piece.length, source.size - done))
    await source.read(done, part)
    yield part
  }
}

/**
 * @param expected the hash in hexadecimal, or at least its first 8 digits
 * @throws UsageError if `expected` is not a hash
 * @throws FormatError if the source's hash differs
 */
export async function requireSha256(source: ByteSource, expected: string): Promise<void> {
  if (!/^[0-9a-f]{8,64}$/i.test(expected))
    throw new UsageError(
      `'${expected}' is not a SHA-256: expected 64 hexadecimal digits, or at least the first 8 of them.`,
      'Copy it from where the file is published.',
    )
  const found = await sha256Of(source)
  if (!found.startsWith(expected.toLowerCase()))
    throw new FormatError(
      { source: source.name },
      `expected SHA-256 ${expected.toLowerCase()}, found ${found}.`,
      'This is not the file that was published, or it is damaged: download it again.',
    )
}

/** A date is eight hexadecimal digits, too. One of 60000 real hashes looks like one. */
const DATE = /^(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$/

/**
 * The SHA-256 that a file's name ends in, or its first 8 digits: `moco-1a2b3c4d.pth`. A date (`moco-20210831.pth`) is not a hash.
 */
export function hashInName(path: string): string | undefined {
  const found = /-([0-9a-f]{8}|[0-9a-f]{64})\.(?:pth(?:\.tar)?|safetensors)$/i.exec(path)?.[1]?.toLowerCase()
  return found === undefined || DATE.test(found) ? undefined : found
}

/**
 * The name that OpenMMLab would publish a file under: `moco.pth` → `moco-1a2b3c4d.pth` (mmdetection
 * tools/model_converters/publish_model.py). `.safetensors` is kept: programs recognise the format by it.
 */
export function nameWithHash(path: string, hash: string): string {
  const [ending = '.pth'] = /\.safetensors$/i.exec(path) ?? []
  return `${path.replace(/\.(pth(\.tar)?|safetensors)$/i, '')}-${hash.slice(0, 8)}${ending}`
}
