/** Trying again what may pass: pauses that grow, an end to patience. */
import { SystemError, type ToolError } from '../errors.ts'

/** Thrown in place of an error, where trying again later may help. */
export class TryAgain {
  readonly error: ToolError
  /** In milliseconds, where the other side says how long to wait. */
  readonly after: number | undefined

  constructor(error: ToolError, after?: number) {
    this.error = error
    this.after = after
  }
}

export interface Patience {
  /** The first pause, in milliseconds; each is twice as long as the one before. */
  readonly pause?: number | undefined
  /** Ends a pause, and the trying. */
  readonly signal: AbortSignal
  /** The number of bytes received so far: progress resets the count of failures. */
  readonly progress: () => number
}

const FIRST_PAUSE = 500
/** Pauses of 0.5, 1, 2, 4 and 8 seconds: a server that restarts is back by then. */
const RETRIES = 5
/** The longest pause without asking the user. */
const LONGEST_PAUSE = 60_000
/** After this many bytes, a connection is not one that always breaks. */
const PROGRESS = 256 * 1024

/**
 * Does some work, again when it throws `TryAgain`.
 * @throws what the work throws; the error of the last `TryAgain`, when there were too many, or the wait would be too long
 */
export async function retrying<T>(patience: Patience, work: () => Promise<T>): Promise<T> {
  const { progress, signal, pause = FIRST_PAUSE } = patience
  let failures = 0
  let before = progress()
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof TryAgain)) throw error
      if (progress() - before >= PROGRESS) failures = 0
      before = progress()
      if (failures++ === RETRIES || (error.after ?? 0) > LONGEST_PAUSE) throw givenUp(error, failures)
      // Up to a quarter more, so that many who were sent away do not come back at once.
      await sleep(error.after ?? pause * 2 ** (failures - 1) * (1 + Math.random() / 4), signal)
    }
  }
}

function sleep(time: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, time)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}

function givenUp({ error, after = 0 }: TryAgain, attempts: number): ToolError {
  if (!(error instanceof SystemError)) return error
  const problem = error.message.replace(/\.$/, '')
  return after > LONGEST_PAUSE
    ? new SystemError(
        `${problem}, and asks to try again in ${Math.ceil(after / 1000)} seconds.`,
        error.code,
        'Try again later.',
      )
    : new SystemError(`${problem}; gave up after ${attempts} attempts.`, error.code, error.advice, {
        cause: error.cause,
      })
}
