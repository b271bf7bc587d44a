/** Reading by HTTP: the right bytes whatever the network does, or a typed error; and secrets are only sent to their host. */
import { createHash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readBytes } from '../../src/bytes/source.ts'
import { UsageError } from '../../src/errors.ts'
import type { Fetched } from '../../src/http/options.ts'
import { type OpenSource, openUrl, publicName, type UrlOptions } from '../../src/http/source.ts'
import { type Script, type Served, type ServeOptions, serve } from '../helpers/http-server.ts'
import { randomBytes } from '../helpers/random.ts'

const FILE = randomBytes(1, 1_000_000)
const WINDOW = 128 * 1024
const HASTE: UrlOptions = { pause: 1, timeout: 2000 }

async function open(url: string, options: UrlOptions = {}): Promise<OpenSource> {
  const source = await openUrl(url, { ...HASTE, ...options })
  onTestFinished(() => source.close())
  return source
}

async function openServed(options: ServeOptions, urlOptions?: UrlOptions) {
  const server = await serve(FILE, options)
  return { server, source: await open(server.url, urlOptions) }
}

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

async function readAll(source: OpenSource): Promise<string> {
  return hash(await readBytes(source, 0, source.size))
}

/** Only for requests after the beginning, which opens the file: on a busy machine the beginning is requested more than once. */
const later =
  (script: Script): Script =>
  call =>
    call.start > 0 && script(call)

const once = (script: Script): Script => {
  let done = false
  return call => {
    if (done) return false
    done = true
    return script(call)
  }
}

describe('an open file', () => {
  test('has a name and a size, and the right bytes at each place', async () => {
    const { server, source } = await openServed({})
    expect(source).toMatchObject({ name: server.url, size: FILE.length })
    for (const [offset, length] of [
      [0, 10],
      [999_990, 10],
      [500_000, 300_000],
      [131_000, 200],
      [7, 0],
    ] as const)
      expect(await readBytes(source, offset, length)).toEqual(FILE.slice(offset, offset + length))
    expect(await readAll(source)).toBe(hash(FILE))
    await expect(readBytes(source, 999_990, 11)).rejects.toThrow('found the end')
  })

  test('costs one request, and bytes near its ends are fetched once', async () => {
    const { server, source } = await openServed({})
    for (const offset of [0, 512, 100_000]) await readBytes(source, offset, 100)
    expect(server.ranges).toEqual([`bytes=0-${WINDOW - 1}`])
    for (const offset of [999_000, 950_000, 999_900]) await readBytes(source, offset, 100)
    expect(server.ranges.slice(1)).toEqual([`bytes=${1_000_000 - WINDOW}-999999`])
    expect(source.traffic).toEqual({ requests: 2, bytes: 2 * WINDOW })
  })

  test('fetches announced ranges ahead, joined, and each byte once', async () => {
    const { server, source } = await openServed({})
    source.expect?.(300_000, 1000)
    source.expect?.(301_000, 5000)
    source.expect?.(310_000, 5000)
    source.expect?.(600_000, 1000)
    source.expect?.(300_000, 1000)
    expect(server.ranges).toHaveLength(1)
    expect(await readBytes(source, 300_000, 1000)).toEqual(FILE.slice(300_000, 301_000))
    await wait(50)
    expect(server.ranges.slice(1).sort()).toEqual(['bytes=300000-314999', 'bytes=600000-600999'])
    for (const [offset, length] of [
      [301_000, 5000],
      [310_000, 5000],
      [600_000, 1000],
    ] as const)
      expect(await readBytes(source, offset, length)).toEqual(FILE.slice(offset, offset + length))
    expect(server.ranges).toHaveLength(3)
  })

  test('reports how much has been fetched, and the expected total', async () => {
    const told: Fetched[] = []
    const { source } = await openServed({}, { onFetched: progress => told.push(progress) })
    source.expect?.(300_000, 100_000)
    await readBytes(source, 300_000, 100_000)
    expect(told.at(-1)).toEqual({ name: source.name, bytes: WINDOW + 100_000, of: WINDOW + 100_000 })
    for (const [index, { bytes }] of told.entries())
      expect(bytes).toBeGreaterThan(told[index - 1]?.bytes ?? 0)
  })

  test('may be empty', async () => {
    const server = await serve(new Uint8Array(0))
    expect(await open(server.url)).toMatchObject({ size: 0 })
  })

  test('detects a changed version by ETag, by date, or, with a note, not at all', async () => {
    const notes: string[] = []
    const date = 'Tue, 24 Nov 2026 00:00:00 GMT'
    const expected = { '"first"': '"first"', 'W/"weak"': undefined, none: date } as const
    for (const [etag, condition] of Object.entries(expected)) {
      const { server, source } = await openServed({ etag: etag === 'none' ? null : etag, lastModified: date })
      await readAll(source)
      expect(server.requests.slice(1).map(({ headers }) => headers['if-range'])).toContain(condition)
    }
    await readAll((await openServed({ etag: null }, { onNote: note => notes.push(note) })).source)
    expect(notes).toEqual([expect.stringContaining('neither an ETag nor a date')])
  })
})

/** Faults after which the bytes are right anyway. */
const OVERCOME: Readonly<Record<string, Script>> = {
  'a connection that drops in the middle of a body': ({ response, headers, body }) => {
    response.writeHead(206, headers).write(body.subarray(0, 5000), () => response.destroy())
    return true
  },
  'a connection that drops before the answer': ({ response }) => {
    response.destroy()
    return true
  },
  'a busy server (429, Retry-After in seconds)': ({ response }) => {
    response.writeHead(429, { 'Retry-After': '0' }).end('slow down')
    return true
  },
  'a busy server (503, Retry-After as a date)': ({ response }) => {
    response.writeHead(503, { 'Retry-After': new Date().toUTCString() }).end()
    return true
  },
  'a broken gateway (502)': ({ response }) => {
    response.writeHead(502).end('<html>')
    return true
  },
  'a server that sends less than requested': ({ response, headers, start, body }) => {
    const part = body.subarray(0, 1000)
    const range = `bytes ${start}-${start + 999}/${FILE.length}`
    response.writeHead(206, { ...headers, 'Content-Range': range, 'Content-Length': 1000 }).end(part)
    return true
  },
  'a body in chunks, without a length': ({ response, headers, body }) => {
    const { 'Content-Length': _, ...others } = headers
    response.writeHead(206, others)
    response.write(body.subarray(0, 10))
    response.end(body.subarray(10))
    return true
  },
  'a body in chunks that ends too early': ({ response, headers, body }) => {
    const { 'Content-Length': _, ...others } = headers
    response.writeHead(206, others).end(body.subarray(0, 777))
    return true
  },
}

describe.each(Object.entries(OVERCOME))('%s', (_, script) => {
  test('in the first request is overcome', async () => {
    const { source } = await openServed({ script: once(script) })
    expect(await readAll(source)).toBe(hash(FILE))
  })

  test('in a later one is overcome', async () => {
    const { server, source } = await openServed({ script: later(once(script)) })
    expect(await readAll(source)).toBe(hash(FILE))
    expect(server.requests.length).toBeGreaterThan(1)
  })
})

test('what was received before a connection drops is not fetched again', async () => {
  const drop = OVERCOME['a connection that drops in the middle of a body']!
  const { server, source } = await openServed({ script: later(once(drop)) })
  source.expect?.(500_000, 100_000)
  await readBytes(source, 500_000, 100_000)
  expect(server.ranges.slice(1)).toEqual(['bytes=500000-599999', 'bytes=505000-599999'])
})

test('a server that is silent once is asked again', async () => {
  const { source } = await openServed({ script: later(once(() => true)) }, { timeout: 100 })
  expect(await readAll(source)).toBe(hash(FILE))
})

test('a slow server is waited for as long as data arrives', async () => {
  const script: Script = ({ response, headers, body }) => {
    response.writeHead(206, headers)
    const step = Math.ceil(body.length / 8)
    const next = (at: number): void => {
      if (at >= body.length) response.end()
      else response.write(body.subarray(at, at + step), () => setTimeout(next, 60, at + step))
    }
    next(0)
    return true
  }
  const { source } = await openServed({ script: later(script) }, { timeout: 250 })
  expect(await readBytes(source, 200_000, 100)).toEqual(FILE.slice(200_000, 200_100))
})

test('a server that sends single bytes is not waited for, however long it continues', async () => {
  const bytes = new Set<NodeJS.Timeout>()
  const trickle: Script = ({ response, headers, body }) => {
    response.writeHead(206, headers)
    let at = 0
    const timer = setInterval(() => response.write(body.subarray(at, ++at)), 10)
    bytes.add(timer)
    response.on('close', () => clearInterval(timer))
    return true
  }
  const { source } = await openServed({ script: later(trickle) }, { timeout: 100 })
  const reading = readBytes(source, 200_000, 100_000)
  await expect(reading).rejects.toMatchObject({
    code: 'ETIMEDOUT',
    message: expect.stringMatching(
      /sent \d+ bytes? in 0\.1 seconds, below the minimum of 16384; gave up after 6 attempts/,
    ),
  })
  const first = await serve(FILE, { script: trickle })
  await expect(open(first.url, { timeout: 100 })).rejects.toMatchObject({ code: 'ETIMEDOUT' })
  for (const timer of bytes) clearInterval(timer)
})

interface Refused {
  readonly script: Script
  readonly error: object
  readonly message: RegExp
  readonly server?: ServeOptions
}

const part =
  (changes: Record<string, string | undefined>): Script =>
  ({ response, headers, body }) => {
    const all = Object.entries({ ...headers, ...changes }).filter(([, value]) => value !== undefined)
    response.writeHead(206, Object.fromEntries(all) as Record<string, string>).end(body)
    return true
  }

const status =
  (code: number, headers: Record<string, string> = {}): Script =>
  ({ response }) => {
    response.writeHead(code, headers).end()
    return true
  }

const SYSTEM = { name: 'SystemError', exitCode: 5 }
const FORMAT = { name: 'FormatError', exitCode: 3 }

const REFUSED: Readonly<Record<string, Refused>> = {
  'a connection that always drops': {
    script: ({ response }) => {
      response.destroy()
      return true
    },
    error: { ...SYSTEM, code: 'UND_ERR_SOCKET' },
    message: /the connection broke .*gave up after 6 attempts/,
  },
  'a server that is always busy': {
    script: status(503),
    error: { ...SYSTEM, code: 'HTTP_503' },
    message: /answered 503; gave up after 6/,
  },
  'a server that asks to retry in an hour': {
    script: status(429, { 'Retry-After': '3600' }),
    error: { ...SYSTEM, code: 'HTTP_429' },
    message: /try again in 3600 seconds/,
  },
  'a silent server': {
    script: () => true,
    error: { ...SYSTEM, code: 'ETIMEDOUT' },
    message: /(sent nothing for|sent \d+ bytes in) 0.05 seconds/,
  },
  'a server that becomes silent in the middle of a body': {
    script: ({ response, headers, body }) => {
      response.writeHead(206, headers).write(body.subarray(0, 10))
      return true
    },
    error: { ...SYSTEM, code: 'ETIMEDOUT' },
    message: /(sent nothing for|sent \d+ bytes in) 0.05 seconds/,
  },
  'a missing Content-Range': {
    script: part({ 'Content-Range': undefined }),
    error: { ...SYSTEM, code: 'HTTP_RANGE' },
    message: /expected a Content-Range for bytes \d+-\d+, found none/,
  },
  'a Content-Range for another place': {
    script: part({ 'Content-Range': 'bytes 17-99/1000000' }),
    error: { ...SYSTEM, code: 'HTTP_RANGE' },
    message: /found Content-Range 'bytes 17-99\/1000000'/,
  },
  'a Content-Range without a size': {
    script: part({ 'Content-Range': 'bytes 0-99/*' }),
    error: { ...SYSTEM, code: 'HTTP_RANGE' },
    message: /found 'bytes 0-99\/\*'/,
  },
  'several ranges in one body': {
    script: part({ 'Content-Range': undefined, 'Content-Type': 'multipart/byteranges; boundary=x' }),
    error: { ...SYSTEM, code: 'HTTP_RANGE' },
    message: /found none/,
  },
  'a compressed range': {
    script: ({ response, headers, body }) => {
      const packed = gzipSync(body)
      response
        .writeHead(206, { ...headers, 'Content-Encoding': 'gzip', 'Content-Length': packed.length })
        .end(packed)
      return true
    },
    error: { ...SYSTEM, code: 'HTTP_ENCODING' },
    message: /Content-Encoding: gzip/,
  },
  'a compressed file': {
    script: ({ response }) => {
      response.writeHead(200, { 'Content-Encoding': 'br' }).end(gzipSync(FILE))
      return true
    },
    error: { ...SYSTEM, code: 'HTTP_ENCODING' },
    message: /Content-Encoding: br/,
  },
  'an endless body': {
    script: ({ response, headers }) => {
      const { 'Content-Length': _, ...others } = headers
      response.writeHead(206, others)
      const more = (): void => {
        if (!response.destroyed) response.write(new Uint8Array(65536), () => setImmediate(more))
      }
      more()
      return true
    },
    error: { ...SYSTEM, code: 'HTTP_RANGE' },
    message: /expected \d+ bytes, found more/,
  },
  'a file that is gone': {
    script: status(404),
    error: { name: 'UsageError', exitCode: 2 },
    message: /There is no file .*404/,
  },
  'a file that is private': {
    script: status(403, { 'X-Error-Message': 'Access to model x is restricted' }),
    error: { ...SYSTEM, code: 'HTTP_403' },
    message: /answered 403 \(Access to model x is restricted\)/,
  },
}

describe.each(Object.entries(REFUSED))('%s', (name, { script, error, message }) => {
  // On a busy machine, normal responses take time, too.
  const options = { pause: 1, timeout: /silent/.test(name) ? 50 : 1000 }

  test('in the first request is reported', async () => {
    const server = await serve(FILE, { script })
    await expect(open(server.url, options)).rejects.toMatchObject({
      ...error,
      message: expect.stringMatching(message),
    })
  })

  test('in a later one is reported to the readers of the range, and to no others', async () => {
    const { source } = await openServed({ script: later(script) }, options)
    source.expect?.(500_000, 1000)
    source.expect?.(700_000, 1000)
    const told = expect.objectContaining({ ...error, message: expect.stringMatching(message) })
    await expect(readBytes(source, 500_000, 1000)).rejects.toEqual(told)
    await expect(readBytes(source, 300_000, 1000)).rejects.toEqual(told)
    expect(await readBytes(source, 0, 1000)).toEqual(FILE.slice(0, 1000))
  })
})

const OTHER = randomBytes(2, 1_000_000)

describe('a file that changes while it is read', () => {
  test.each<[string, ServeOptions, Script, RegExp]>([
    [
      'a server that supports If-Range',
      {},
      ({ response }) => {
        response.writeHead(200, { ETag: '"second"', 'Content-Length': OTHER.length }).end(OTHER)
        return true
      },
      /its ETag was "first", and is "second"/,
    ],
    ['one that does not', {}, part({ ETag: '"second"' }), /its ETag was "first", and is "second"/],
    [
      'one whose ETag disappears',
      {},
      part({ ETag: undefined }),
      /its ETag was "first", and is no longer sent/,
    ],
    [
      'one whose date disappears',
      { etag: null, lastModified: 'Tue, 24 Nov 2026 00:00:00 GMT' },
      part({ 'Last-Modified': undefined }),
      /its Last-Modified was .*, and is no longer sent/,
    ],
    [
      'one with dates only',
      { etag: null, lastModified: 'Tue, 24 Nov 2026 00:00:00 GMT' },
      part({ 'Last-Modified': 'Tue, 24 Nov 2026 00:00:01 GMT' }),
      /its Last-Modified was .*00 GMT, and is .*01 GMT/,
    ],
    [
      'one without either, by its size',
      { etag: null },
      ({ response, headers, start, body }) => {
        const range = `bytes ${start}-${start + body.length - 1}/1000001`
        response.writeHead(206, { ...headers, 'Content-Range': range }).end(body)
        return true
      },
      /its size was 1000000, and is 1000001/,
    ],
    [
      'one where it becomes shorter',
      {},
      status(416, { 'Content-Range': 'bytes */10' }),
      /its size was 1000000, and is 10/,
    ],
  ])('on %s is an error, never a mixture', async (_, options, script, message) => {
    const { source } = await openServed({ ...options, script: later(script) })
    await expect(readBytes(source, 400_000, 100)).rejects.toMatchObject({
      ...FORMAT,
      message: expect.stringMatching(message),
      advice: expect.stringContaining('Start again'),
    })
  })

  test('a server that stops supporting ranges for the same file gives a different error', async () => {
    const script: Script = ({ response, headers }) => {
      const { 'Content-Range': _, ...whole } = headers
      response.writeHead(200, { ...whole, 'Content-Length': FILE.length }).end(FILE)
      return true
    }
    const { source } = await openServed({ script: later(script) })
    await expect(readBytes(source, 400_000, 100)).rejects.toMatchObject({ ...SYSTEM, code: 'HTTP_RANGE' })
  })
})

describe('credentials', () => {
  const redirecting = (target: () => string): ServeOptions => ({
    script: ({ response }) => {
      response.writeHead(302, { Location: target() }).end()
      return true
    },
  })
  const authorizations = (server: Served) => server.requests.map(({ headers }) => headers.authorization)

  test('in the URL are sent, and never shown', async () => {
    const { url, requests } = await serve(FILE)
    const source = await open(url.replace('//', '//user:p%40ss%20w%C3%B6rd@'))
    expect(source.name).toBe(url)
    const basic = `Basic ${Buffer.from('user:p@ss wörd').toString('base64')}`
    expect(requests[0]!.headers.authorization).toBe(basic)
  })

  test('are not sent after a redirect to another host, which is asked directly from then on', async () => {
    const there = await serve(FILE, { host: 'localhost' })
    const here = await serve(
      FILE,
      redirecting(() => there.url),
    )
    const source = await open(here.url.replace('//', '//user:secret@'))
    expect(await readAll(source)).toBe(hash(FILE))
    expect(authorizations(here)).toEqual([expect.stringMatching(/^Basic /)])
    expect(there.requests.length).toBeGreaterThan(1)
    expect(authorizations(there)).toEqual(there.requests.map(() => undefined))
    expect(there.requests.map(({ rawHeaders }) => rawHeaders.join()).join()).not.toContain('Basic')
  })

  test('in a header are not sent to another host either, but to other paths on the same host', async () => {
    const there = await serve(FILE)
    const here = await serve(FILE, {
      script: ({ request, response }) => {
        if (request.url === '/moved') return false
        const to = request.url === '/away' ? there.url : '/moved'
        response.writeHead(307, { Location: to }).end()
        return true
      },
    })
    const options = { authorization: 'Bearer secret' }
    await readAll(await open(here.url, options))
    expect(new Set(authorizations(here))).toEqual(new Set(['Bearer secret']))
    // The target of a redirect is not asked directly: another host may have redirected there.
    expect(here.requests.map(({ url }) => url).slice(0, 4)).toEqual([
      '/checkpoint.pth',
      '/moved',
      '/checkpoint.pth',
      '/moved',
    ])
    await readAll(await open(new URL('/away', here.url).href, options))
    // Another port is another origin.
    expect(new Set(authorizations(there))).toEqual(new Set([undefined]))
  })

  test('are not sent to a path on their own host that another host chose', async () => {
    const chosen = '/delete-everything'
    const there = await serve(FILE, {
      script: ({ response }) => {
        response.writeHead(302, { Location: new URL(chosen, here.url).href }).end()
        return true
      },
    })
    const here: Served = await serve(FILE, {
      script: ({ request, response }) => {
        if (request.url === chosen) return false
        response.writeHead(302, { Location: there.url }).end()
        return true
      },
    })
    expect(await readAll(await open(here.url, { authorization: 'Bearer secret' }))).toBe(hash(FILE))
    const heard = (at: boolean) =>
      here.requests.filter(({ url }) => (url === chosen) === at).map(({ headers }) => headers.authorization)
    expect(heard(true).length).toBeGreaterThan(1)
    expect(new Set(heard(true))).toEqual(new Set([undefined]))
    expect(new Set(heard(false))).toEqual(new Set(['Bearer secret']))
    expect(new Set(authorizations(there))).toEqual(new Set([undefined]))
  })

  test('passwords and signatures are not in names', () => {
    expect(publicName('https://user:secret@host/a/b.pth?sig=secret#x')).toBe('https://host/a/b.pth?…')
    expect(publicName('folder/moco.pth')).toBe('folder/moco.pth')
  })

  test.each([
    'https://user:secret@exa mple.org/x.pth?sig=secret',
    'https://user:100%secret@host/x.pth',
    'https://user:sec@secret@ho st/a?secret@secret',
    'https://user:secret/secret?secret#secret@ho st/a',
    'HTTPS://secret@',
  ])('they are not shown for a malformed URL either: %s', async address => {
    const refused = openUrl(address)
    await expect(refused).rejects.toThrow(UsageError)
    await expect(refused).rejects.toThrow(/^https:\/\/(?!.*secret).* is not a valid URL\.$/i)
  })
})

describe('redirects', () => {
  test('to a URL that expires are followed again', async () => {
    let valid = 0
    const there = await serve(FILE, {
      script: ({ request, response }) => {
        if (request.url === `/${valid}`) return false
        response.writeHead(403).end('expired')
        return true
      },
    })
    const here = await serve(FILE, {
      script: ({ response }) => {
        response.writeHead(302, { Location: new URL(`/${valid}`, there.url).href }).end()
        return true
      },
    })
    const source = await open(here.url)
    valid = 1
    expect(await readAll(source)).toBe(hash(FILE))
    expect(here.requests).toHaveLength(2)
  })

  test('in a loop are refused', async () => {
    const server = await serve(FILE, { script: status(302, { Location: '/again' }) })
    await expect(open(server.url)).rejects.toMatchObject({
      ...SYSTEM,
      message: expect.stringContaining('redirect'),
    })
  })

  test('from https to http are refused', async () => {
    const unsafe = async () => {
      const response = new Response('x', {
        status: 206,
        headers: { 'Content-Range': 'bytes 0-0/1', ETag: '"x"' },
      })
      return Object.defineProperty(response, 'url', { value: 'http://host/file' })
    }
    await expect(open('https://host/file', { fetch: unsafe })).rejects.toMatchObject({
      ...SYSTEM,
      code: 'HTTP_REDIRECT',
    })
  })
})

describe('a server without ranges', () => {
  const script: Script = ({ response, headers }) => {
    const { 'Content-Range': _, 'Accept-Ranges': __, ...whole } = headers
    response.writeHead(200, { ...whole, 'Content-Length': FILE.length }).end(FILE)
    return true
  }

  test('is refused if there is no place for the file', async () => {
    const server = await serve(FILE, { script })
    await expect(open(server.url)).rejects.toMatchObject({ name: 'UnsupportedError', exitCode: 4 })
  })
})

test('a server that does not respond is reported at once', async () => {
  const { url } = await serve(FILE)
  const start = Date.now()
  await expect(open(url.replace(/:\d+/, ':9'), { pause: 1000 })).rejects.toMatchObject({
    ...SYSTEM,
    code: expect.any(String),
  })
  await expect(open('http://127.0.0.1:59999/x', { pause: 1000 })).rejects.toMatchObject({
    ...SYSTEM,
    code: 'ECONNREFUSED',
    message: expect.stringContaining('does not accept connections'),
  })
  expect(Date.now() - start).toBeLessThan(900)
})

test('an invalid URL is an error', async () => {
  await expect(open('http://')).rejects.toMatchObject({ name: 'UsageError' })
})

test('closing aborts requests in progress', async () => {
  const server = await serve(FILE, { script: later(() => true) })
  const source = await openUrl(server.url, { timeout: 60_000 })
  const reading = readBytes(source, 500_000, 10)
  await wait(30)
  await source.close()
  await expect(reading).rejects.toThrow()
})
