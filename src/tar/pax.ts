/** Pax records, which precede a tar entry and override its header. */
import type { ByteSource } from '../bytes/source.ts'
import { decodeText, latin1 } from '../bytes/text.ts'
import { FormatError } from '../errors.ts'

/** Everything that changes the meaning of the next header. */
export interface Extension {
  name?: string | undefined
  hasOddFacts?: boolean | undefined
  size?: number | undefined
}

/** @throws FormatError when two headers announce the same: readers disagree on which one counts */
export function joined(source: ByteSource, offset: number, before: Extension, more: Extension): Extension {
  for (const key of ['name', 'size'] as const)
    if (before[key] !== undefined && more[key] !== undefined)
      throw damaged(source, offset, `the ${key} of an entry is announced twice`)
  return { ...before, ...more }
}

/** The largest number of a user or group; the last one means none. */
export const MOST_OWNERS = 2 ** 32 - 1

/** Keys for an entry's bytes or the spelling of names that readers interpret differently. */
const REFUSED_KEYS = /^(GNU\.sparse\.|hdrcharset$)/

/** Records of `<length> <key>=<value>` and a line break, with that total length; a value may contain line breaks, too. */
export function parsePax(
  source: ByteSource,
  offset: number,
  bytes: Uint8Array,
  isForAll: boolean,
): Extension {
  let found: Extension = {}
  for (let at = 0; at < bytes.length; ) {
    const record = paxRecord(bytes, at)
    if (!record)
      throw damaged(source, offset, 'expected a pax record (length, key and value), found something else')
    const [key, value, end] = record
    if (REFUSED_KEYS.test(key) || (isForAll && ['path', 'size'].includes(key)))
      throw damaged(
        source,
        offset,
        `a pax header has ${JSON.stringify(key)}, which readers understand in different ways`,
      )
    found = joined(source, offset, found, announced(key, value))
    at = end
  }
  return found
}

function paxRecord(
  bytes: Uint8Array,
  at: number,
): readonly [key: string, value: string, end: number] | undefined {
  const [prefix = '', digits] = /^([1-9]\d{0,8}) /.exec(latin1(bytes.subarray(at, at + 10))) ?? []
  const end = at + Number(digits)
  if (!(end <= bytes.length)) return undefined
  const [, key, value] = /^([^=\n]+)=(.*)\n$/s.exec(decodeText(bytes.subarray(at + prefix.length, end))) ?? []
  return key === undefined || value === undefined ? undefined : [key, value, end]
}

function announced(key: string, value: string): Extension {
  if (key === 'path') return { name: value }
  if (/^(uid|gid|mtime)$/.test(key))
    return /^\d{1,10}(\.\d{1,20})?$/.test(value) && Number(value) < MOST_OWNERS ? {} : { hasOddFacts: true }
  // NaN is refused where it is used; a minus sign would lead backwards.
  return key === 'size' ? { size: /^\d+$/.test(value) ? Number(value) : Number.NaN } : {}
}

/** The error for an archive that differs from what its writer wrote. */
export function damaged(source: ByteSource, offset: number, problem: string): FormatError {
  return new FormatError(
    { source: source.name, offset },
    `${problem}.`,
    'The tar archive is damaged: download or copy it again.',
  )
}
