/**
 * A real browser that tests control through Chromium's own protocol, over two pipes, without other packages.
 * https://chromedevtools.github.io/devtools-protocol/
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { onTestFinished } from 'vitest'
import { CHROMIUM, HEADLESS } from './chromium.ts'

type Message = Record<string, unknown>

interface Answer {
  readonly id?: number
  readonly method?: string
  readonly params?: Message
  readonly result?: Message
  readonly error?: { readonly message: string }
}

export interface Page {
  /** One command of the protocol. */
  send(method: string, params?: Message): Promise<Message>
  /** The value of an expression; for a promise, its result. */
  evaluate<T>(expression: string): Promise<T>
  /** Waits until the expression is true. */
  until(expression: string): Promise<void>
  /** Passes files to an `<input type=file>`, like its dialog. */
  choose(selector: string, ...paths: readonly string[]): Promise<void>
  /** Presses a key. */
  press(key: string): Promise<void>
  /** Every requested URL, and every error in the console. */
  readonly requests: readonly string[]
  readonly errors: readonly string[]
}

/** Opens a URL in a separate browser for one test. `downloads` is the folder for downloads. */
export async function browse(address: string, downloads?: string): Promise<Page> {
  const profile = mkdtempSync(join(tmpdir(), 'selfsup2mmdet-browser-'))
  const child = spawn(
    CHROMIUM!,
    [...HEADLESS, '--remote-debugging-pipe', `--user-data-dir=${profile}`, 'about:blank'],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'], detached: true },
  )
  onTestFinished(() => end(child, profile))
  const requests: string[] = []
  const errors: string[] = []
  const send = connect(child, ({ method, params }) => {
    if (method === 'Network.requestWillBeSent') requests.push((params!.request as { url: string }).url)
    if (method === 'Runtime.exceptionThrown' || method === 'Log.entryAdded')
      errors.push(JSON.stringify(params))
  })
  if (downloads !== undefined)
    await send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: downloads })
  const { targetId } = await send('Target.createTarget', { url: 'about:blank' })
  const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true })
  const here = (method: string, params: Message = {}) => send(method, params, sessionId as string)
  for (const domain of ['Page', 'Runtime', 'Log', 'Network', 'DOM']) await here(`${domain}.enable`)
  await here('Page.navigate', { url: address })
  const page = pageOf(here, requests, errors)
  await page.until(`location.href !== 'about:blank' && document.readyState === 'complete'`)
  return page
}

type Send = (method: string, params?: Message) => Promise<Message>

function pageOf(send: Send, requests: readonly string[], errors: readonly string[]): Page {
  async function evaluate<T>(expression: string): Promise<T> {
    const params = { expression, awaitPromise: true, returnByValue: true, userGesture: true }
    const { result, exceptionDetails } = await send('Runtime.evaluate', params)
    if (exceptionDetails) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`)
    return (result as { value: T }).value
  }
  return {
    send,
    requests,
    errors,
    evaluate,
    async until(expression) {
      for (const end = Date.now() + 60_000; Date.now() < end; ) {
        if (await evaluate<boolean>(`Boolean(${expression})`)) return
        await new Promise(resolve => setTimeout(resolve, 50))
      }
      throw new Error(`never true: ${expression}; the page has: ${await evaluate('document.body.innerText')}`)
    },
    async choose(selector, ...files) {
      const { root } = await send('DOM.getDocument')
      const { nodeId } = await send('DOM.querySelector', {
        nodeId: (root as { nodeId: number }).nodeId,
        selector,
      })
      await send('DOM.setFileInputFiles', { nodeId, files })
    },
    async press(key) {
      const code = { Tab: 9, Enter: 13, ' ': 32 }[key] ?? 0
      const text = { Enter: '\r', ' ': ' ' }[key]
      const common = { key, code: key === ' ' ? 'Space' : key, windowsVirtualKeyCode: code }
      await send('Input.dispatchKeyEvent', { type: 'keyDown', ...common, ...(text && { text }) })
      await send('Input.dispatchKeyEvent', { type: 'keyUp', ...common })
    },
  }
}

/** Messages are JSON, each followed by a zero byte. */
function connect(child: ChildProcess, onEvent: (event: Answer) => void) {
  const [, , , toBrowser, fromBrowser] = child.stdio as unknown as [null, null, null, Writable, Readable]
  const waiting = new Map<number, (answer: Answer) => void>()
  let rest = Buffer.alloc(0)
  fromBrowser.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk])
    for (let at = rest.indexOf(0); at >= 0; at = rest.indexOf(0)) {
      const answer: Answer = JSON.parse(rest.toString('utf8', 0, at))
      rest = rest.subarray(at + 1)
      if (answer.id === undefined) onEvent(answer)
      else waiting.get(answer.id)?.(answer)
    }
  })
  // The browser may end while a message is written.
  toBrowser.on('error', () => {})
  let last = 0
  return (method: string, params: Message = {}, sessionId?: string): Promise<Message> =>
    new Promise((resolve, reject) => {
      const id = ++last
      waiting.set(id, ({ result = {}, error }) => {
        waiting.delete(id)
        if (error) reject(new Error(`${method}: ${error.message}`))
        else resolve(result)
      })
      toBrowser.write(`${JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) })}\0`)
    })
}

async function end(child: ChildProcess, profile: string): Promise<void> {
  const gone = new Promise(resolve => child.on('close', resolve))
  // The whole process group: on some systems, the browser is started by a wrapper script.
  process.kill(-child.pid!, 'SIGKILL')
  await gone
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
}

/** Serves some texts on this machine by their paths, for one test: a page from `file:` has fewer rights. */
export async function serveTexts(texts: Readonly<Record<string, string>>): Promise<string> {
  const server = createServer((request, response) => {
    const path = request.url ?? '/'
    const text = texts[path]
    response.writeHead(text === undefined ? 404 : 200, {
      'content-type': path.endsWith('.js') ? 'text/javascript' : 'text/html; charset=utf-8',
    })
    response.end(text ?? '')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as { port: number }
  return `http://127.0.0.1:${port}`
}
