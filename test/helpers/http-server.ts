/** A web server on loopback that serves one file in ranges, correctly or as scripted by a test. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

export interface Call {
  /** The number of earlier requests. */
  readonly index: number
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The requested range, the end exclusive; the whole file if there is no range. */
  readonly start: number
  readonly end: number
  /** The headers of a correct answer. */
  readonly headers: Record<string, string | number>
  readonly body: Uint8Array
}

/** Answers a request, or returns false to leave it to the server. */
export type Script = (call: Call) => boolean

export interface Served {
  readonly url: string
  /** The requested ranges, in order. */
  readonly ranges: (string | undefined)[]
  readonly requests: IncomingMessage[]
}

export interface ServeOptions {
  readonly script?: Script
  readonly etag?: string | null
  readonly lastModified?: string
  readonly host?: string
}

/**
 * Serves until the end of the test.
 * @param file the content of every path, or of a given one
 */
export async function serve(
  file: Uint8Array | ((path: string) => Uint8Array),
  options: ServeOptions = {},
): Promise<Served> {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    // Clients may disconnect.
    response.on('error', () => {})
    const body = typeof file === 'function' ? file(request.url ?? '/') : file
    const call = readCall(body, requests.length - 1, request, response, options)
    if (!options.script?.(call)) answer(call, body)
  })
  const host = options.host ?? '127.0.0.1'
  await new Promise<void>(resolve => server.listen(0, host, resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://${host}:${port}/checkpoint.pth`,
    requests,
    get ranges() {
      return requests.map(({ headers }) => headers.range)
    },
  }
}

function readCall(
  file: Uint8Array,
  index: number,
  request: IncomingMessage,
  response: ServerResponse,
  { etag = '"first"', lastModified }: ServeOptions,
): Call {
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
  const start = Number(from ?? 0)
  const end = Math.min(file.length, Number(to ?? file.length - 1) + 1)
  const headers = {
    'Content-Type': 'application/octet-stream',
    'Accept-Ranges': 'bytes',
    'Content-Length': end - start,
    ...(from === undefined ? {} : { 'Content-Range': `bytes ${start}-${end - 1}/${file.length}` }),
    ...(etag === null ? {} : { ETag: etag }),
    ...(lastModified === undefined ? {} : { 'Last-Modified': lastModified }),
  }
  return { index, request, response, start, end, headers, body: file.subarray(start, end) }
}

function answer({ request, response, start, headers, body }: Call, file: Uint8Array): void {
  const isPart = 'Content-Range' in headers
  const condition = request.headers['if-range']
  const holds =
    condition === undefined || condition === headers.ETag || condition === headers['Last-Modified']
  if (isPart && start >= file.length) {
    response.writeHead(416, { 'Content-Range': `bytes */${file.length}` }).end()
  } else if (isPart && holds) {
    response.writeHead(206, headers).end(body)
  } else {
    const { 'Content-Range': _, ...whole } = headers
    response.writeHead(200, { ...whole, 'Content-Length': file.length }).end(file)
  }
}
