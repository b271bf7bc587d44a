// A web server on loopback with a line of limited width, shared by all connections, and some distance: for url.js.
//   node bench/serve.js FOLDER MB_PER_SECOND MILLISECONDS      prints its port; GET /traffic tells what it sent since it was asked

import { once } from 'node:events'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { createServer } from 'node:http'
import { basename, join } from 'node:path'

const [folder, width, distance] = process.argv.slice(2)
const PIECE = 64 * 1024
const TICK = 5
const perTick = (Number(width) * 1e6 * TICK) / 1000
const waiting = []
let traffic = { requests: 0, bytes: 0 }

// The line: its capacity goes to whoever has waited longest.
let tokens = 0
let last = process.hrtime.bigint()

function share() {
  const now = process.hrtime.bigint()
  tokens = Math.min(tokens + (perTick * Number(now - last)) / (TICK * 1e6), 4 * perTick + PIECE)
  last = now
  while (waiting.length > 0 && tokens > 0) {
    const { length, go } = waiting.shift()
    tokens -= length
    go()
  }
}

setInterval(share, TICK).unref()

function pass(length) {
  return new Promise(go => {
    waiting.push({ length, go })
    share()
  })
}

const server = createServer(async (request, response) => {
  const name = basename(new URL(request.url, 'http://x').pathname)
  if (name === 'traffic') {
    response.end(JSON.stringify(traffic))
    traffic = { requests: 0, bytes: 0 }
    return
  }
  await new Promise(resolve => setTimeout(resolve, Number(distance)))
  await send(openSync(join(folder, name), 'r'), request.headers.range, response)
})

async function send(fd, range, response) {
  const { size } = fstatSync(fd)
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? []
  const start = Number(from ?? 0)
  const end = Math.min(size, Number(to ?? size - 1) + 1)
  const part = from === undefined ? {} : { 'Content-Range': `bytes ${start}-${end - 1}/${size}` }
  response.writeHead(from === undefined ? 200 : 206, {
    'Content-Length': end - start,
    ETag: '"bench"',
    ...part,
  })
  traffic.requests++
  const closed = new Promise(resolve => response.once('close', resolve))
  for (let at = start; at < end && !response.destroyed; at += PIECE) {
    const piece = Buffer.allocUnsafe(Math.min(PIECE, end - at))
    readSync(fd, piece, 0, piece.length, at)
    await pass(piece.length)
    traffic.bytes += piece.length
    if (!response.write(piece)) await Promise.race([once(response, 'drain'), closed])
  }
  closeSync(fd)
  response.end()
}

server.listen(0, '127.0.0.1', () => console.log(server.address().port))
