/** Interprets an HTTP server's answer to a range request (RFC 9110, sections 14 and 15). */
import { FormatError, SystemError, UsageError } from '../errors.ts'
import type { Range } from './ranges.ts'
import { TryAgain } from './retry.ts'

/** What identifies a version of a file. */
export interface FileVersion {
  readonly size: number
  readonly etag: string | null
  readonly lastModified: string | null
}

/** What was requested, and from where. */
export interface RangeRequest extends Range {
  /** The URL in messages: without a password, and without a query, which may be a signature. */
  readonly name: string
  /** The file as first seen; undefined in the first request. */
  readonly version: FileVersion | undefined
}

export type Answer =
  /** The body contains bytes from the start of the request up to `end`. */
  | { readonly kind: 'part'; readonly end: number; readonly version: FileVersion }
  /** The server does not support ranges: the body is the whole file. `length` is undefined if unknown. */
  | { readonly kind: 'whole'; readonly length: number | undefined }
  | { readonly kind: 'empty' }

/**
 * @throws UsageError when there is no such file
 * @throws SystemError when the server refuses, or its answer violates HTTP
 * @throws FormatError when the file has changed since the first request
 * @throws TryAgain when the server is temporarily busy or broken
 */
export function readAnswer(response: Response, request: RangeRequest): Answer {
  const { status, headers } = response
  if (status === 206 || status === 200) requirePlain(headers, request.name)
  if (status === 206) return readPart(headers, request)
  if (status === 200) return readWhole(headers, request)
  if (status === 416) return readUnsatisfiable(headers, request)
  throw refusal(response, request.name)
}

/** We request uncompressed bytes. The platform would decompress others, without a limit and with ranges of another file. */
function requirePlain(headers: Headers, name: string): void {
  const encoding = headers.get('content-encoding')
  if (encoding === null || /^\s*(identity)?\s*$/i.test(encoding)) return
  throw unreliable(
    name,
    `expected plain bytes, found compressed ones (Content-Encoding: ${encoding.slice(0, 100)})`,
    'ENCODING',
  )
}

const RANGE = /^bytes (\d+)-(\d+)\/(\d+)$/

function readPart(headers: Headers, request: RangeRequest): Answer {
  const { name, start, end } = request
  const found = headers.get('content-range')
  const [from, last, size] = (RANGE.exec(found ?? '') ?? []).slice(1).map(Number)
  const asked = `bytes ${start}-${end - 1}`
  if (from === undefined || last === undefined || size === undefined)
    throw unreliable(
      name,
      `expected a Content-Range for ${asked}, found ${found === null ? 'none' : `'${found}'`}`,
    )
  const version = versionOf(headers, size)
  // Checked before the numbers, which differ in another version of the file.
  if (request.version) requireSame(request, request.version, version)
  if (from !== start || last < from || last >= Math.min(end, size))
    throw unreliable(name, `asked for ${asked}, found Content-Range '${found}'`)
  return { kind: 'part', end: last + 1, version }
}

function readWhole(headers: Headers, request: RangeRequest): Answer {
  const header = headers.get('content-length') ?? ''
  const length = /^\d+$/.test(header) ? Number(header) : undefined
  if (!request.version) return { kind: 'whole', length }
  const size = length ?? request.version.size
  requireSame(request, request.version, versionOf(headers, size))
  throw unreliable(request.name, 'the server sent ranges at first, and now sends the whole file')
}

function readUnsatisfiable(headers: Headers, request: RangeRequest): Answer {
  const found = headers.get('content-range')
  const size = Number(/^bytes \*\/(\d+)$/.exec(found ?? '')?.[1] ?? Number.NaN)
  if (size === 0 && !request.version) return { kind: 'empty' }
  if (request.version && size !== request.version.size)
    requireSame(request, request.version, versionOf(headers, size))
  throw unreliable(request.name, `the server refuses the range ${request.start}-${request.end - 1} (416)`)
}

function versionOf(headers: Headers, size: number): FileVersion {
  return { size, etag: headers.get('etag'), lastModified: headers.get('last-modified') }
}

function requireSame({ name, start }: RangeRequest, before: FileVersion, now: FileVersion): void {
  const pairs = [
    ['size', before.size, now.size],
    ['ETag', before.etag, now.etag],
    // The date only counts if there is nothing better: servers of one pool may have copied the file at different times.
    ['Last-Modified', before.etag ?? before.lastModified, now.etag ?? now.lastModified],
  ] as const
  // A validator that is no longer sent is an error, too: RFC 9110, section 15.3.7, requires it in every part.
  const changed = pairs.find(([, was, is]) => was !== is)
  if (!changed) return
  const [what, was, is] = changed
  throw new FormatError(
    { source: name, offset: start },
    `the file changed on the server while it was being read: its ${what} was ${was ?? 'not sent'}, and is ${is ?? 'no longer sent'}.`,
    'Start again: the data read so far belongs to another version of the file.',
  )
}

/** The condition for sending a range: requires a strong validator (RFC 9110, section 13.1.5). */
export function ifRange(version: FileVersion | undefined): string | undefined {
  if (version?.etag?.startsWith('"')) return version.etag
  return version?.etag ? undefined : (version?.lastModified ?? undefined)
}

const SIGN_IN =
  'Private files need credentials: HF_TOKEN for hf:// URLs, https://user:password@host/… for others.'

function refusal({ status, headers }: Response, name: string): unknown {
  if (status === 404 || status === 410)
    return new UsageError(`There is no file ${name} (the server says ${status}).`, 'Check the URL.')
  const advice = status === 401 || status === 403 || status === 407 ? SIGN_IN : ''
  const error = new SystemError(
    `${name}: the server answered ${status}${serverMessage(headers)}.`,
    `HTTP_${status}`,
    advice,
  )
  const busy = status === 408 || status === 425 || status === 429 || status >= 500
  return busy ? new TryAgain(error, retryAfter(headers.get('retry-after'))) : error
}

/** The Hugging Face Hub describes the problem. */
function serverMessage(headers: Headers): string {
  const message = headers.get('x-error-message')
  return message === null ? '' : ` (${message.slice(0, 200)})`
}

/** Milliseconds from now, for a number of seconds or a date. */
export function retryAfter(value: string | null): number | undefined {
  if (value === null) return undefined
  const wait = /^\d+$/.test(value.trim()) ? 1000 * Number(value) : Date.parse(value) - Date.now()
  return Number.isNaN(wait) ? undefined : Math.max(0, wait)
}

/** The server violates HTTP, so nothing from it is reliable. */
export function unreliable(name: string, problem: string, code = 'RANGE'): SystemError {
  return new SystemError(
    `${name}: ${problem}.`,
    `HTTP_${code}`,
    'The server, or a proxy in between, cannot send parts of a file: download the file, then convert it.',
  )
}
