/** Writes the backbone: to a file that the person names where the browser can do that, else as a download. */
import { type Decision, sizeOf, streamSink, writeWhole } from '../src/browser.ts'

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

/** No part of the DOM's types yet: Chrome and Edge have it, Firefox and Safari do not. */
const { showSaveFilePicker } = globalThis as {
  showSaveFilePicker?: (options: { suggestedName: string }) => Promise<FileHandle>
}

/** @returns undefined when the person changed their mind */
export async function save(
  decision: Decision,
  name: string,
  onProgress: (done: number, all: number) => void,
): Promise<Saved | undefined> {
  const target = await openTarget(name)
  if (!target) return undefined
  const all = sizeOf(decision.plan.kept).bytes
  let done = 0
  const sink = streamSink(target.stream, target.name)
  await writeWhole(decision, sink, {
    onBytes: bytes => {
      done += bytes
      onProgress(done, all)
    },
  })
  target.done()
  return { name: target.name, bytes: sink.position }
}

async function openTarget(name: string): Promise<Target | undefined> {
  if (!showSaveFilePicker) return download(name)
  try {
    const handle = await showSaveFilePicker({ suggestedName: name })
    return { name: handle.name, stream: await handle.createWritable(), done() {} }
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined
    throw error
  }
}

/** The parts become one Blob, which browsers keep on the disk where it is large. */
function download(name: string): Target {
  const parts: Blob[] = []
  return {
    name,
    stream: new WritableStream({ write: part => void parts.push(new Blob([part])) }),
    done() {
      const link = document.createElement('a')
      link.href = URL.createObjectURL(new Blob(parts))
      link.download = name
      link.click()
      // The browser has taken hold of it by then.
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
    },
  }
}
