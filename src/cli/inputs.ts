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
 * Options for `openInput` that tell a person what happens; `quiet` leaves the telling out.
 * @param input which one it is, where there are several: no bar then
 * @returns also whether anything was fetched, and the end of the bar
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
  // NaN where one of them does not know.
  const of = all.reduce((sum, one) => sum + (one.of ?? Number.NaN), 0)
  return { bytes, of: Number.isNaN(of) ? undefined : of }
}

/** Runs what opens inputs; a signal meanwhile leaves no temporary file behind. */
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

/** Opens one checkpoint for as long as `use` runs. */
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
