/**
 * Reads ranges of a file by HTTP, through the platform's `fetch`: timeouts, retries, and credentials that are only sent to
 * the original server.
 */

import { count } from '../bytes/count.ts'
import { SystemError, ToolError } from '../errors.ts'
import { type Answer, type FileVersion, ifRange, readAnswer, unreliable } from './answer.ts'
import { isPassing, networkError } from './failure.ts'
import type { HttpOptions, Traffic } from './options.ts'
import type { Range } from './ranges.ts'
import { retrying, TryAgain } from './retry.ts'

const TIMEOUT = 30_000
/** The number of parallel requests. */
const IN_FLIGHT = 8

type Use<T> = (response: Response, chunks: AsyncIterable<Uint8Array>) => Promise<T>

export class HttpClient {
  readonly name: string
  readonly #origin: string
  readonly #address: string
  readonly #options: HttpOptions
  readonly #closed = new AbortController()
  /** Closed, or aborted by the caller. */
  readonly #ended: AbortSignal
  readonly #onBytes: () => void
  /** The end of redirects: requested directly until it refuses. */
  #led: string
  #requests = 0
  #bytes = 0
  #free = IN_FLIGHT
  readonly #queue: (() => void)[] = []

  constructor(address: URL, name: string, options: HttpOptions, onBytes: () => void) {
    this.name = name
    this.#address = address.href
    this.#origin = address.origin
    this.#led = address.href
    this.#options = options
    this.#onBytes = onBytes
    this.#ended = options.signal
      ? AbortSignal.any([this.#closed.signal, options.signal])
      : this.#closed.signal
  }

  get traffic(): Traffic {
    return { requests: this.#requests, bytes: this.#bytes }
  }

  close(): void {
    this.#closed.abort()
  }

  /** Fills `bytes` with a range, in as many requests as necessary. */
  async fetchRange({ start, end }: Range, bytes: Uint8Array, version: FileVersion): Promise<void> {
    let done = 0
    await this.#inTurn(() =>
      this.#retrying(
        () => done,
        async () => {
          while (done < bytes.length)
            await this.#attempt({ start: start + done, end }, version, async (answer, chunks) => {
              if (answer.kind !== 'part') throw unreliable(this.name, 'expected a range, found none')
              await this.fill(bytes.subarray(done, answer.end - start), chunks, count => {
                done += count
              })
            })
        },
      ),
    )
  }

  /** Reads a body that must be as long as `into`. */
  async fill(
    into: Uint8Array,
    chunks: AsyncIterable<Uint8Array>,
    onBytes: (count: number) => void,
  ): Promise<void> {
    let done = 0
    for await (const chunk of chunks) {
      if (chunk.length > into.length - done)
        throw unreliable(this.name, `expected ${into.length} bytes, found more`)
      into.set(chunk, done)
      done += chunk.length
      onBytes(chunk.length)
    }
    if (done < into.length) throw new TryAgain(brokenOff(this.name, done, into.length))
  }

  /** The first request, which shows the properties of the file and the server. */
  open<T>(range: Range, use: (answer: Answer, chunks: AsyncIterable<Uint8Array>) => Promise<T>): Promise<T> {
    return this.#retrying(
      () => 0,
      async () => {
        let isWhole = false
        try {
          return await this.#attempt(range, undefined, (answer, chunks) => {
            isWhole = answer.kind === 'whole'
            return use(answer, chunks)
          })
        } catch (error) {
          // A download that cannot be resumed is not restarted automatically: it may be gigabytes.
          throw isWhole && error instanceof TryAgain ? error.error : error
        }
      },
    )
  }

  #retrying<T>(progress: () => number, work: () => Promise<T>): Promise<T> {
    return retrying({ pause: this.#options.pause, signal: this.#ended, progress }, work)
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>(resolve => this.#queue.push(resolve))
    try {
      return await work()
    } finally {
      const next = this.#queue.shift()
      if (next) next()
      else this.#free++
    }
  }

  #attempt<T>(
    range: Range,
    version: FileVersion | undefined,
    use: (answer: Answer, chunks: AsyncIterable<Uint8Array>) => Promise<T>,
  ): Promise<T> {
    const headers = new Headers({
      Range: `bytes=${range.start}-${range.end - 1}`,
      'Accept-Encoding': 'identity',
    })
    const condition = ifRange(version)
    if (condition !== undefined) headers.set('If-Range', condition)
    return this.#request(headers, async (response, chunks) => {
      if (this.#ledAstray(response.status)) throw new TryAgain(expired(this.name, response.status), 0)
      const answer = readAnswer(response, { ...range, name: this.name, version })
      this.#follow(response.url)
      return use(answer, chunks)
    })
  }

  /** The targets of redirects may expire within minutes: request the original URL again. */
  #ledAstray(status: number): boolean {
    if (this.#led === this.#address || ![401, 403, 404, 410].includes(status)) return false
    this.#led = this.#address
    return true
  }

  #follow(url: string): void {
    if (url === '') return
    if (this.#origin.startsWith('https:') && url.startsWith('http:'))
      throw new SystemError(
        `${this.name}: the server redirects from https to an unencrypted URL.`,
        'HTTP_REDIRECT',
        'Anybody on the network could change the file: use a URL that stays on https.',
      )
    // A redirecting host may have chosen a target on our own origin: while following redirects, the platform drops the
    // credentials; later we could not know.
    if (this.#options.authorization !== undefined && new URL(url).origin === this.#origin) return
    this.#led = url
  }

  /** One request, aborted when almost nothing is received for too long. */
  async #request<T>(headers: Headers, use: Use<T>): Promise<T> {
    const call = this.#options.fetch ?? fetch
    const authorization = this.#options.authorization
    if (authorization !== undefined && this.#led === this.#address)
      headers.set('Authorization', authorization)
    const silence = watchdog(this.#options.timeout ?? TIMEOUT)
    const signal = AbortSignal.any([silence.signal, this.#ended])
    let response: Response | undefined
    try {
      this.#requests++
      response = await call(this.#led, { headers, signal, credentials: 'omit', cache: 'no-store' })
      return await use(response, this.#chunks(response, silence))
    } catch (error) {
      throw this.#explain(error, silence)
    } finally {
      silence.stop()
      if (response?.bodyUsed === false) await response.body?.cancel().catch(() => {})
    }
  }

  async *#chunks(response: Response, silence: Watchdog): AsyncGenerator<Uint8Array> {
    silence.begun()
    const reader = response.body?.getReader()
    try {
      for (;;) {
        const { done, value } = (await reader?.read()) ?? { done: true }
        if (done) return
        silence.heard(value.length)
        this.#bytes += value.length
        this.#onBytes()
        yield value
      }
    } finally {
      await reader?.cancel().catch(() => {})
    }
  }

  #explain(error: unknown, silence: Watchdog): unknown {
    if (error instanceof ToolError || error instanceof TryAgain || this.#ended.aborted) return error
    if (silence.signal.aborted) return new TryAgain(silence.explain(this.name))
    const explained = networkError(error, this.name)
    // If nothing was ever received, the name or port is more likely wrong than the server temporarily down.
    return isPassing(error, this.#bytes > 0) ? new TryAgain(explained) : explained
  }
}

interface Watchdog {
  readonly signal: AbortSignal
  /** The answer has begun. */
  readonly begun: () => void
  readonly heard: (bytes: number) => void
  readonly stop: () => void
  /** Why it was aborted. */
  readonly explain: (name: string) => SystemError
}

/** Less than this within a timeout counts as nothing: otherwise, an occasional byte could keep us waiting for days. */
const ENOUGH = 16 * 1024

function watchdog(time: number): Watchdog {
  const controller = new AbortController()
  const start = () => setTimeout(() => controller.abort(), time)
  let timer = start()
  let bytes = 0
  function begun(): void {
    clearTimeout(timer)
    timer = start()
    bytes = 0
  }
  return {
    signal: controller.signal,
    begun,
    heard(count) {
      bytes += count
      if (bytes >= ENOUGH) begun()
    },
    stop: () => clearTimeout(timer),
    explain: name => (bytes === 0 ? silent(name, time) : tooSlow(name, bytes, time)),
  }
}

function silent(name: string, time: number): SystemError {
  return new SystemError(`${name}: the server sent nothing for ${time / 1000} seconds.`, 'ETIMEDOUT', ONLINE)
}

function tooSlow(name: string, bytes: number, time: number): SystemError {
  return new SystemError(
    `${name}: the server sent ${count(bytes, 'byte')} in ${time / 1000} seconds, below the minimum of ${ENOUGH}.`,
    'ETIMEDOUT',
    ONLINE,
  )
}

const ONLINE = 'Check the network, then try again.'

function brokenOff(name: string, done: number, length: number): SystemError {
  return new SystemError(`${name}: the body ended after ${done} of ${length} bytes.`, 'ECONNRESET', ONLINE)
}

function expired(name: string, status: number): SystemError {
  return new SystemError(
    `${name}: the URL that the server redirected to answered ${status}, and so did a new one.`,
    `HTTP_${status}`,
    ONLINE,
  )
}
