/** What all commands do for remote inputs: notes, a progress bar for downloads, and early garbage collection. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type OpenCheckpoint, openCheckpointFile } from '../files/open.ts'
import type { Fetched } from '../http/options.ts'
import type { InputOptions } from '../node/input.ts'
import type { Io } from './io.ts'
import type { LimitsOption } from './limits-option.ts'
import { refuseMethodAsFile } from './method-as-file.ts'
import { type Progress, progressBar } from './progress.ts'
import { note } from './report.ts'
import { cleanUpOnSignals } from './signals.ts'

const TIDY_EVERY = 2 * 1024 * 1024

/**
 * Options for `openInput` that print notes and progress; `quiet` turns that off.
 * @param input its name if there are several: then there is no bar
 * @returns also whether anything was fetched, and a function that ends the bar
 */
export function remoteInput(
  io: Io,
  quiet = false,
  input?: string,
): { readonly options: InputOptions; readonly isFetching: () => boolean; readonly end: () => void } {
  const sources = new Map<string, Fetched>()
  let bar: Progress | undefined
  let tidied = 0
  return {
    options: {
      env: io.env,
      onNote: text => {
        if (!quiet) note(text, io, input)
      },
      onFetched(progress) {
        sources.set(progress.name, progress)
        const { bytes, of } = total([...sources.values()])
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

function total(all: readonly Fetched[]): Pick<Fetched, 'bytes' | 'of'> {
  const bytes = all.reduce((sum, one) => sum + one.bytes, 0)
  // NaN if one of them is unknown.
  const of = all.reduce((sum, one) => sum + (one.of ?? Number.NaN), 0)
  return { bytes, of: Number.isNaN(of) ? undefined : of }
}

/** Runs code that opens inputs; if interrupted by a signal, no temporary file remains. */
export async function withInputs<T>(io: Io, use: (options: InputOptions) => Promise<T>): Promise<T> {
  const remote = remoteInput(io)
  const restore = cleanUpOnSignals()
  try {
    return await use(remote.options)
  } finally {
    remote.end()
    restore()
  }
}

/** Opens a checkpoint while `use` runs. */
export function withCheckpoint<T>(
  input: string,
  io: Io,
  { limits }: LimitsOption,
  use: (file: OpenCheckpoint) => Promise<T>,
): Promise<T> {
  refuseMethodAsFile(input)
  return withInputs(io, async options => {
    const file = await openCheckpointFile(input, { ...options, limits })
    try {
      return await use(file)
    } finally {
      await file.close()
    }
  })
}

let collect: ((options: { type: 'minor' }) => void) | undefined

/**
 * `fetch` leaves two copies of each piece of a body, and V8 ignores memory outside its heap below 64 MB. Collecting young
 * objects takes a third of a millisecond. Not in the library, because V8's flags belong to the program.
 */
function tidy(): void {
  if (!collect) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc')
  }
  collect?.({ type: 'minor' })
}
