/** Writes the backbone: to a file that the user chooses if the browser supports that, otherwise as a download. */
import { type Decision, type OutputFormat, streamSink, writeBackbone } from '../src/browser.ts'
import { sizeOf } from '../src/convert/decide.ts'
import { download } from './dom.ts'

interface Saved {
  readonly name: string
  readonly bytes: number
}

type Bytes = Uint8Array<ArrayBuffer>

interface Target {
  readonly name: string
  readonly stream: WritableStream<Bytes>
  /** Called when all bytes are in the stream. */
  readonly done: () => void
}

interface FileHandle {
  readonly name: string
  createWritable(): Promise<WritableStream<Bytes>>
}

/** Not yet in the DOM's types: supported by Chrome and Edge, not by Firefox and Safari. */
const { showSaveFilePicker } = globalThis as {
  showSaveFilePicker?: (options: { suggestedName: string }) => Promise<FileHandle>
}

const ENDINGS = /(\.(pth|pt|bin|ckpt|torch|pkl|tar|safetensors))+$/i

/** The name for a checkpoint's backbone: never the checkpoint's own. */
export function outputName(input: string, format: OutputFormat): string {
  const ending = format === 'safetensors' ? 'safetensors' : 'pth'
  const name = `${input.replace(ENDINGS, '') || 'backbone'}.${ending}`
  return name === input ? `mmdet_${name}` : name
}

/** @returns undefined if the user cancelled */
export async function save(
  decision: Decision,
  { name, format }: { readonly name: string; readonly format: OutputFormat },
  onProgress: (done: number, all: number) => void,
): Promise<Saved | undefined> {
  const target = await openTarget(name)
  if (!target) return undefined
  const all = sizeOf(decision.plan.kept).bytes
  let done = 0
  const sink = streamSink(target.stream, target.name)
  await writeBackbone(decision, sink, {
    format,
    onBytes: bytes => {
      done += bytes
      onProgress(done, all)
    },
  })
  target.done()
  return { name: target.name, bytes: sink.position }
}

async function openTarget(name: string): Promise<Target | undefined> {
  if (!showSaveFilePicker) return asDownload(name)
  try {
    const handle = await showSaveFilePicker({ suggestedName: name })
    return { name: handle.name, stream: await handle.createWritable(), done() {} }
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined
    throw error
  }
}

/** The parts become one Blob, which browsers store on disk if large. */
function asDownload(name: string): Target {
  const parts: Blob[] = []
  return {
    name,
    stream: new WritableStream({ write: part => void parts.push(new Blob([part])) }),
    done: () => download(parts, name),
  }
}
