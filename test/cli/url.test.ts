/** Inputs by URL: the same result as from a local file, or an error and no files left behind. */
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { runHere, runWith, startBinary } from '../helpers/cli.ts'
import { type Script, serve } from '../helpers/http-server.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const fixture = (name: string): string => join(import.meta.dirname, `../../fixtures/checkpoints/${name}`)
const folder = temporaryFolder()
const temporary = join(folder, 'tmp')
const outputs = join(folder, 'out')
const output = join(outputs, 'out.pth')
/** A full-size file. */
let large: Buffer

beforeAll(async () => {
  mkdirSync(temporary)
  mkdirSync(outputs)
  vi.stubEnv('TMPDIR', temporary)
  const path = join(folder, 'backbone.pth')
  await runHere(fixture('swav_released.pth.tar'), path)
  large = readFileSync(path)
})

afterEach(() => {
  expect(readdirSync(temporary)).toEqual([])
  expect(readdirSync(outputs).filter(name => name !== 'out.pth')).toEqual([])
})

test.each(['moco_v2.pth.tar', 'swav_training.pth.tar'])(
  '%s by URL gives the same as the file',
  async name => {
    const local = join(folder, 'local.pth')
    await runHere(fixture(name), local)
    const { url } = await serve(readFileSync(fixture(name)))
    const ran = await runHere(url, output)
    expect(ran).toMatchObject({ code: 0, err: '' })
    expect(ran.out).toContain(`read        ${url}: PyTorch`)
    expect(ran.out).toMatch(/, 1\d\d\.\d kB downloaded/)
    expect(readFileSync(output).equals(readFileSync(local))).toBe(true)
    const lines = (text: string): string[] => text.split('\n').slice(1)
    expect(lines((await runHere('inspect', url)).out)).toEqual(
      lines((await runHere('inspect', fixture(name))).out),
    )
  },
)

test('the download exceeds what is kept by two per cent at most', async () => {
  const { url } = await serve(large)
  const { input, kept } = JSON.parse((await runHere(url, output, '--json')).out)
  expect(input.fetched.bytes).toBeGreaterThanOrEqual(kept.bytes)
  expect(input.fetched.bytes).toBeLessThanOrEqual(1.02 * kept.bytes)
  expect(input.fetched.requests).toBeLessThan(130)
  const inspected = JSON.parse((await runHere('inspect', url, '--json')).out)
  expect(inspected.fetched.bytes).toBeLessThan(500_000)
})

const whole: Script = ({ response, headers }) => {
  const { 'Content-Range': _, 'Accept-Ranges': __, ...others } = headers
  response.writeHead(200, { ...others, 'Content-Length': large.length }).end(large)
  return true
}

const onlyAt =
  (at: number, script: Script): Script =>
  call =>
    call.index === at && script(call)

describe('a fault that can be overcome', () => {
  test.each<[string, Script, RegExp]>([
    [
      'a connection that drops',
      onlyAt(5, ({ response, headers, body }) => {
        response.writeHead(206, headers).write(body.subarray(0, 1000), () => response.destroy())
        return true
      }),
      /^$/,
    ],
    [
      'a busy server',
      onlyAt(4, ({ response }) => {
        response.writeHead(429, { 'Retry-After': '0' }).end()
        return true
      }),
      /^$/,
    ],
    [
      'a server without ranges',
      whole,
      /^note: the server does not support range requests: downloading the whole file/,
    ],
  ])('%s', async (_, script, talk) => {
    const { url } = await serve(large, { script })
    const ran = await runHere(url, output)
    expect(ran.err).toMatch(talk)
    expect(ran.code).toBe(0)
    expect(ran.out).toContain('318 of 318')
  })
})

describe('a fault that cannot', () => {
  test.each<[string, Script, number, RegExp]>([
    [
      'a file that changes',
      call => {
        if (call.index < 6) return false
        call.headers.ETag = '"second"'
        call.response.writeHead(206, call.headers).end(call.body)
        return true
      },
      3,
      /its ETag was "first", and is "second"/,
    ],
    [
      'damage in transit',
      call => {
        if (call.index < 6) return false
        const body = Uint8Array.from(call.body)
        body[body.length >> 1]! ^= 1
        call.response.writeHead(206, call.headers).end(body)
        return true
      },
      3,
      /expected CRC-32/,
    ],
    [
      'a server that compresses its responses',
      ({ response }) => {
        const packed = gzipSync(large, { level: 1 })
        response.writeHead(200, { 'Content-Encoding': 'gzip', 'Content-Length': packed.length }).end(packed)
        return true
      },
      5,
      /expected plain bytes, found compressed ones \(Content-Encoding: gzip\)/,
    ],
    [
      'a wrong range',
      call => {
        if (call.index < 3) return false
        call.headers['Content-Range'] = 'bytes 0-1/2'
        call.response.writeHead(206, call.headers).end(call.body)
        return true
      },
      3,
      /changed on the server/,
    ],
    [
      'a file that ends too early, from a server without ranges',
      ({ response, headers }) => {
        const { 'Content-Range': _, ...others } = headers
        response.writeHead(200, { ...others, 'Content-Length': large.length })
        response.write(large.subarray(0, 1e6), () => response.destroy())
        return true
      },
      5,
      /the connection broke/,
    ],
    [
      'a file larger than the disk, from a server without ranges',
      ({ response }) => {
        response.writeHead(200, { 'Content-Length': 2 ** 60 }).write('x')
        return true
      },
      5,
      /has room for/,
    ],
    [
      'a web page',
      ({ response }) => {
        response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>Sign in</title>')
        return true
      },
      3,
      /found a web page/,
    ],
  ])('%s ends in an error, with no file left behind', async (_, script, code, message) => {
    const { url } = await serve(large, { script })
    const target = join(outputs, 'none.pth')
    const ran = await runHere(url, target, '--json')
    expect(ran.code).toBe(code)
    expect(JSON.parse(ran.out).error.message).toMatch(message)
  })
})

test('a server without ranges and a signal leave nothing behind', async () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
    let sent: () => void = () => {}
    const half = new Promise<void>(resolve => {
      sent = resolve
    })
    const { url } = await serve(large, {
      script: ({ response, headers }) => {
        response
          .writeHead(200, { ...headers, 'Content-Length': large.length })
          .write(large.subarray(0, 5e6), sent)
        return true
      },
    })
    const { child, ended } = startBinary([url, join(outputs, 'none.pth')])
    await half
    child.kill(signal)
    expect(await ended).toMatchObject({ signal, out: '' })
    expect(readdirSync(temporary)).toEqual([])
  }
})

test('passwords are sent, and never shown', async () => {
  const { url, requests } = await serve(readFileSync(fixture('moco_v2.pth.tar')))
  const secret = url.replace('//', '//user:pass-word@')
  const said = await Promise.all([
    runHere(secret, output),
    runHere(secret, output, '--json'),
    runHere(secret),
    runHere(secret, '--out-dir', outputs),
    runHere(secret, '--out-dir', outputs, '--json'),
    runHere('inspect', secret),
    runHere('inspect', secret, '--json'),
    runHere(secret.replace('checkpoint.pth', 'a?sig=pass-word'), output, '--selfsup', 'swav', '--json'),
  ])
  expect(said.map(({ code }) => code)).toEqual([0, 0, 2, 0, 0, 0, 0, 1])
  expect(JSON.stringify(said)).not.toContain('pass-word')
  for (const { headers } of requests) expect(headers.authorization).toMatch(/^Basic /)
  // `--out-dir` took the name from the URL.
  expect(readdirSync(outputs).sort()).toEqual(['checkpoint.pth', 'out.pth'])
  rmSync(join(outputs, 'checkpoint.pth'))
})

test('a file on the hub is read with the token, which is sent nowhere else', async () => {
  const cdn = await serve(readFileSync(fixture('moco_v2.pth.tar')), { host: 'localhost' })
  const hub = await serve(new Uint8Array(0), {
    script: ({ response }) => {
      response.writeHead(302, { Location: `${cdn.url}?signature=secret` }).end()
      return true
    },
  })
  const env = { HF_ENDPOINT: new URL('/', hub.url).href, HF_TOKEN: 'hf_secret' }
  const ran = await runWith(env, 'hf://owner/repo@v1/folder/moco.pth.tar', output)
  expect(ran).toMatchObject({ code: 0, err: '' })
  expect(hub.requests.map(({ url, headers }) => [url, headers.authorization])).toEqual([
    ['/owner/repo/resolve/v1/folder/moco.pth.tar', 'Bearer hf_secret'],
  ])
  expect(cdn.requests.map(({ headers }) => headers.authorization)).toEqual(cdn.requests.map(() => undefined))
  expect(ran.out).not.toContain('secret')
})

test.each([
  ['ftp://host/file.pth', 2, /ftp:\/\/ URLs are not supported/],
  ['s3://bucket/file.pth', 2, /s3:\/\/ URLs are not supported/],
  ['http://', 2, /is not a valid URL/],
  ['hf://owner', 2, /does not name a file on the hub/],
  ['http://127.0.0.1:59998/x.pth', 5, /does not accept connections/],
])('%s is reported', async (input, code, message) => {
  const ran = await runHere(input, output)
  expect(ran.code).toBe(code)
  expect(ran.err).toMatch(message)
})

test('the program ends when the work is done, even if the server keeps the connection open', async () => {
  const { url } = await serve(large)
  const { child, ended } = startBinary([url, output])
  await once(child, 'spawn')
  const start = Date.now()
  expect(await ended).toMatchObject({ code: 0, err: '' })
  expect(Date.now() - start).toBeLessThan(4000)
})
