/** Opens any input: a path, a URL, a file on the Hugging Face Hub, or standard input. */
import { createReadStream, existsSync, fstatSync, readdirSync, type Stats, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { untilAborted } from '../bytes/abortable.ts'
import { firstFew, shellPath, shellWord } from '../bytes/text.ts'
import { UnsupportedError, UsageError } from '../errors.ts'
import { hubAddress } from '../http/hub.ts'
import type { HttpOptions } from '../http/options.ts'
import { isUrl, type OpenSource, openUrl, parseAddress, type UrlOptions } from '../http/source.ts'
import { openFile, watchedFile } from './file-source.ts'
import { useProxy } from './proxy.ts'
import { spool } from './spool.ts'

/** How an input is opened. */
export interface InputOptions extends HttpOptions {
  /** Contains proxies and the token for the Hub; by default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** Checks the start of a stream before it is stored: passes on its chunks, or throws if storing it would be useless. */
  readonly recognise?:
    | ((name: string, chunks: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>)
    | undefined
}

const STDIN = 0

/** The name in messages. */
export const STDIN_NAME = 'standard input'

/**
 * An input or output as text: a path, a URL, or `-`.
 * @param name a string, or a URL object; for a `file:` URL, its path is returned
 * @throws UsageError when a `file:` URL does not point to a file on this machine
 */
export function nameOf(name: string | URL): string {
  const text = String(name)
  if (!/^file:\/\//i.test(text)) return text
  try {
    return fileURLToPath(text)
  } catch (error) {
    throw new UsageError(
      `${text} is not the URL of a file: ${(error as Error).message}.`,
      'Give a path, or a URL that begins with file:///.',
    )
  }
}

/**
 * Opens an input for random access. An input without it (a pipe, a server without range requests) is copied to a temporary
 * file, and `onNote` is called.
 * @param input a path; `https://…` or `http://…`, also with `user:password@`; `hf://owner/repository[@revision]/path`, with
 *   the token in HF_TOKEN; or `-`
 * @throws UsageError when there is no such file, or it is a folder
 * @throws UnsupportedError when it is a checkpoint of `torch.distributed.checkpoint`, or a part of one
 * @throws SystemError when the system, the network or the server does not let us read it
 */
export async function openInput(input: string, options: InputOptions = {}): Promise<OpenSource> {
  if (input === '-') return openStdin(options)
  const env = options.env ?? process.env
  const hub = hubAddress(input, env)
  const address = hub?.address ?? input
  if (isUrl(address)) {
    useProxy(parseAddress(address).url, env, options.onNote)
    const keep: UrlOptions['spool'] = (name, length, chunks) =>
      spool(name, options.recognise?.(name, chunks) ?? chunks, { length })
    return openUrl(address, { spool: keep, ...options, ...(hub?.authorization ? hub : {}) })
  }
  const scheme = ADDRESS.exec(input)?.[1]
  if (scheme === undefined) {
    refuseFolder(input)
    return isPipe(input) ? openStream(input, createReadStream(input), options) : openFile(input)
  }
  throw new UsageError(
    `${scheme}:// URLs are not supported.`,
    'Give a path, or a URL that begins with https://, http://, hf:// or file://.',
  )
}

/**
 * Another file in the folder of an input.
 * @param name without slashes
 * @returns undefined for standard input, which has no folder
 */
export function neighbour(input: string, name: string): string | undefined {
  if (input === '-') return undefined
  if (isUrl(input)) return new URL(encodeURIComponent(name), input).href
  if (input.startsWith('hf://')) return input.slice(0, input.lastIndexOf('/') + 1) + name
  const path = join(dirname(input), name)
  // A bare `-` would be standard input.
  return path === '-' ? './-' : path
}

/**
 * Requires a part of a checkpoint to be a file: we do not wait for pipes.
 * @returns the same path, or the URL of a remote file
 * @throws UsageError when it is something else: a pipe, a device
 */
export function requireFile(path: string): string {
  const found = isRemote(path) ? undefined : lookAt(path)
  if (found === undefined || found.isFile()) return path
  throw new UsageError(
    `${path}, which the index names, is not a file.`,
    'Put the files of the checkpoint into the folder of its index.',
  )
}

/** `https://…`, `hf://…`, and schemes that openInput refuses. */
const ADDRESS = /^([a-z][a-z0-9+.-]+):\/\//i

/** Whether an input is remote: a URL, not a path. */
export function isRemote(input: string): boolean {
  return ADDRESS.test(input)
}

/** What torch.distributed.checkpoint writes to a folder, by the end of the name (torch/distributed/checkpoint/filesystem.py). */
const DISTRIBUTED = /(^|\/)\.metadata$|\.distcp$/

/** Common names for checkpoints. */
const CHECKPOINT = /\.(pth|pt|ckpt|bin|tar|torch|safetensors|safetensors\.index\.json|bin\.index\.json)$/

const SHOWN = 5

/** @throws UsageError, UnsupportedError when the path is a folder, or a part of a checkpoint that is a folder */
function refuseFolder(path: string): void {
  const isFolder = lookAt(path)?.isDirectory() ?? false
  const names = isFolder ? readdirSync(path).sort() : []
  if (DISTRIBUTED.test(path) || names.some(name => DISTRIBUTED.test(name)))
    throw distributed(path, isFolder ? path : dirname(path))
  if (!isFolder) return
  // An unpacked archive is a folder; many programs put it into another one.
  const archive = [path, ...names.map(name => join(path, name))].find(folder =>
    existsSync(join(folder, 'data.pkl')),
  )
  if (archive !== undefined) throw unpacked(archive)
  const found = names.filter(name => CHECKPOINT.test(name)).map(name => join(path, name))
  throw new UsageError(
    `${path} is a folder.`,
    found.length === 0
      ? 'Give the path of a checkpoint file.'
      : `Give one of the checkpoints in it: ${firstFew(found, SHOWN)}.`,
  )
}

/** The error for a zip archive from PyTorch that a program has unpacked. */
function unpacked(folder: string): UsageError {
  const [parent, name] = [dirname(resolve(folder)), basename(resolve(folder))]
  return new UsageError(`${folder} is a folder: a checkpoint that was unpacked.`, [
    'Pack it again, and convert that:',
    `  (cd ${shellWord(parent)} && zip -0 -r checkpoint.pth ${shellWord(name)})`,
  ])
}

function distributed(path: string, folder: string): UnsupportedError {
  return new UnsupportedError(
    `${path} is ${path === folder ? '' : 'a part of '}a checkpoint of torch.distributed.checkpoint, a folder with the tensors in pieces.`,
    [
      'Join the pieces with PyTorch 2.2 or later, and convert the result:',
      `  python -m torch.distributed.checkpoint.format_utils dcp_to_torch ${shellPath(folder)} checkpoint.pth`,
    ],
  )
}

/** A named pipe, `<(curl …)` in a shell, `/dev/stdin`: can only be read once, sequentially. */
function isPipe(path: string): boolean {
  return lookAt(path)?.isFIFO() ?? false
}

function lookAt(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    // Opening it will report what is wrong.
    return undefined
  }
}

async function openStdin(options: InputOptions): Promise<OpenSource> {
  const name = STDIN_NAME
  const stat = fstatSync(STDIN, { bigint: true })
  // If redirected from a file (`< checkpoint.pth`), it can be read as one.
  if (stat.isFile()) return watchedFile(STDIN, name, stat)
  if (process.stdin.isTTY)
    throw new UsageError(
      'Standard input is a terminal.',
      'Pipe a checkpoint into it: curl … | selfsup2mmdet - out.pth',
    )
  return openStream(name, process.stdin, options)
}

function openStream(
  name: string,
  stream: Readable,
  { onNote, onFetched, recognise, signal }: InputOptions,
): Promise<OpenSource> {
  // A pipe without a writer may block forever, even when the stream is destroyed.
  const chunks: AsyncIterable<Uint8Array> = signal ? untilAborted(stream, signal) : stream
  signal?.addEventListener('abort', () => stream.destroy(), { once: true })
  onNote?.(`${name} is a pipe: copying it to a temporary file`)
  let bytes = 0
  return spool(name, recognise?.(name, chunks) ?? chunks, {
    onBytes(count) {
      bytes += count
      onFetched?.({ name, bytes, of: undefined })
    },
  })
}
