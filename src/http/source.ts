/** A file at a URL, read in ranges: only requested or announced ranges are fetched. Works with any `fetch`. */

import { type ByteSource, checkRange } from '../bytes/source.ts'
import { UnsupportedError, UsageError } from '../errors.ts'
import type { FileVersion } from './answer.ts'
import { HttpClient } from './client.ts'
import type { HttpOptions, Traffic } from './options.ts'
import { DEFAULTS, ReadAhead } from './read-ahead.ts'

/** How to read a file by HTTP. */
export interface UrlOptions extends HttpOptions {
  /** Stores the whole file if the server does not support ranges; without it, such a server is refused. */
  readonly spool?:
    | ((name: string, length: number | undefined, body: AsyncIterable<Uint8Array>) => Promise<OpenSource>)
    | undefined
}

/** A source that must be closed. */
export interface OpenSource extends ByteSource {
  /** Network traffic so far; missing for local files. */
  readonly traffic?: Traffic
  close(): Promise<void>
}

/**
 * Opens a file by HTTP. In a browser, the server must allow it: CORS with the headers Range and If-Range, exposing
 * Content-Range and ETag.
 * @throws UsageError when the URL is malformed, or there is no such file
 * @throws SystemError when the network or the server refuses
 * @throws UnsupportedError when the server does not support ranges, and there is no `spool`
 */
export async function openUrl(address: string | URL, options: UrlOptions = {}): Promise<OpenSource> {
  const { url, name, authorization } = parseAddress(String(address))
  let ahead: ReadAhead | undefined
  let length: number | undefined
  const client = new HttpClient(
    url,
    name,
    { ...options, authorization: options.authorization ?? authorization },
    () => options.onFetched?.({ name, bytes: client.traffic.bytes, of: ahead?.planned ?? length }),
  )
  try {
    return await client.open({ start: 0, end: DEFAULTS.window }, async (answer, chunks) => {
      if (answer.kind === 'whole') {
        length = answer.length
        return withTraffic(await keepWhole(name, length, chunks, options), client)
      }
      const version = answer.kind === 'empty' ? NOTHING : answer.version
      warnWithoutVersion(version, options)
      ahead = new ReadAhead(version.size, (range, into) => client.fetchRange(range, into, version))
      if (answer.kind === 'part') {
        const head = new Uint8Array(answer.end)
        await client.fill(head, chunks, () => {})
        ahead.keep(0, head)
      }
      return rangeSource(name, version.size, ahead, client)
    })
  } catch (error) {
    client.close()
    throw error
  }
}

const NOTHING: FileVersion = { size: 0, etag: null, lastModified: null }

/** Whether a name is a URL that `openUrl` accepts. */
export function isUrl(name: string): boolean {
  return /^https?:\/\//i.test(name)
}

/** The input in messages: a URL without password and query. */
export function publicName(input: string): string {
  return isUrl(input) ? parseAddress(input).name : input
}

interface Address {
  readonly url: URL
  /** Without a password, and without a query, which may be a signature. */
  readonly name: string
  readonly authorization?: string
}

/** @throws UsageError that does not contain the password */
export function parseAddress(address: string): Address {
  let url: URL
  let username: string
  let password: string
  try {
    url = new URL(address)
    username = decodeURIComponent(url.username)
    password = decodeURIComponent(url.password)
  } catch {
    throw new UsageError(
      `${withoutSecrets(address)} is not a valid URL.`,
      'A URL looks like https://host/folder/file.pth; in a password, write % as %25, @ as %40 and / as %2F.',
    )
  }
  url.username = ''
  url.password = ''
  url.hash = ''
  const name = `${url.origin}${url.pathname}${url.search === '' ? '' : '?…'}`
  if (username === '' && password === '') return { url, name }
  return { url, name, authorization: basic(username, password) }
}

/** A malformed URL, for messages: everything that may be a password or a signature is left out. */
function withoutSecrets(address: string): string {
  return address.includes('@') ? address.replace(/:.*$/s, '://…') : address.replace(/\?.*$/s, '?…')
}

/** RFC 7617, with UTF-8. */
function basic(user: string, password: string): string {
  const bytes = new TextEncoder().encode(`${user}:${password}`)
  return `Basic ${btoa(String.fromCharCode(...bytes))}`
}

function rangeSource(name: string, size: number, ahead: ReadAhead, client: HttpClient): OpenSource {
  return {
    name,
    size,
    get traffic() {
      return client.traffic
    },
    async read(offset, into) {
      checkRange(this, offset, into.length)
      await ahead.read(offset, into)
    },
    expect: (offset, length) => ahead.expect(offset, length),
    async close() {
      client.close()
    },
  }
}

function withTraffic(source: OpenSource, client: HttpClient): OpenSource {
  return {
    name: source.name,
    size: source.size,
    get traffic() {
      return client.traffic
    },
    read: (offset, into) => source.read(offset, into),
    close: () => source.close(),
  }
}

async function keepWhole(
  name: string,
  length: number | undefined,
  chunks: AsyncIterable<Uint8Array>,
  { spool, onNote }: UrlOptions,
): Promise<OpenSource> {
  if (!spool)
    throw new UnsupportedError(
      `${name}: the server sends only whole files, not ranges of them.`,
      'Download the file, then convert it.',
    )
  onNote?.('the server does not support range requests: downloading the whole file to a temporary file')
  return spool(name, length, chunks)
}

function warnWithoutVersion({ size, etag, lastModified }: FileVersion, { onNote }: UrlOptions): void {
  if (size > 0 && etag === null && lastModified === null)
    onNote?.(
      'the server sends neither an ETag nor a date: a change of the file during the download would not be noticed',
    )
}
