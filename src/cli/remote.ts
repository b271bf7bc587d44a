/** What commands do about inputs from elsewhere: notes, a bar for what is fetched, and memory kept low. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type InputOptions, type OpenSource, openInput } from '../index.ts'
import type { Io } from './io.ts'
import { type Progress, progressBar } from './progress.ts'
import { note } from './report.ts'
import { cleanUpOnSignals } from './signals.ts'

const TIDY_EVERY = 2 * 1024 * 1024

/**
 * Options for `openInput` that tell a person what happens; `quiet` leaves the telling out.
 * @param input which one it is, where there are several: no bar then
 * @returns also whether anything was fetched, and the end of the bar
 */
export function remoteInput(
  io: Io,
  quiet = false,
  input?: string,
): { readonly options: InputOptions; readonly isFetching: () => boolean; readonly end: () => void } {
  let bar: Progress | undefined
  let tidied = 0
  return {
    options: {
      env: io.env,
      onNote: text => {
        if (!quiet) note(text, io, input)
      },
      onFetched({ bytes, of }) {
        bar ??= progressBar(io)
        if (!quiet && input === undefined) bar.update(bytes, of)
        if (bytes - tidied < TIDY_EVERY) return
        tidied = bytes
        tidy()
      },
    },
    isFetching: () => bar !== undefined,
    end: () => bar?.end(),
  }
}

/** Opens an input for as long as `use` runs; a signal meanwhile leaves no temporary file behind. */
export async function withInput<T>(
  input: string,
  io: Io,
  use: (file: OpenSource) => Promise<T>,
  quiet = false,
): Promise<T> {
  const remote = remoteInput(io, quiet)
  const restore = cleanUpOnSignals()
  let file: OpenSource | undefined
  try {
    file = await openInput(input, remote.options)
    return await use(file)
  } finally {
    remote.end()
    await file?.close()
    restore()
  }
}

let collect: ((options: { type: 'minor' }) => void) | undefined

/**
 * `fetch` leaves each piece of a body behind twice, and V8 minds memory outside its heap only from 64 MB on. Collecting what
 * is young takes a third of a millisecond. Done here and not in the library: a flag of V8 is the program's own business.
 */
function tidy(): void {
  if (!collect) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc')
  }
  collect?.({ type: 'minor' })
}
