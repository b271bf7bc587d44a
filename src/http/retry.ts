/** Retries temporary failures: with growing pauses, and a limit. */
import { SystemError, type ToolError } from '../errors.ts'

/** Thrown instead of an error if trying again later may help. */
export class TryAgain {
  readonly error: ToolError
  /** In milliseconds, if the server states how long to wait. */
  readonly after: number | undefined

  constructor(error: ToolError, after?: number) {
    this.error = error
    this.after = after
  }
}

export interface Patience {
  /** The first pause, in milliseconds; each further pause is twice as long. */
  readonly pause?: number | undefined
  /** Aborts a pause and further attempts. */
  readonly signal: AbortSignal
  /** The number of bytes received so far: progress resets the count of failures. */
  readonly progress: () => number
}

const FIRST_PAUSE = 500
/** Pauses of 0.5, 1, 2, 4 and 8 seconds: enough for a server to restart. */
const RETRIES = 5
/** The longest pause without asking the user. */
const LONGEST_PAUSE = 60_000
/** After this many bytes, a connection is not considered one that always breaks. */
const PROGRESS = 256 * 1024

/**
 * Runs some work, again if it throws `TryAgain`.
 * @throws errors of the work; the error of the last `TryAgain`, after too many attempts, or if the pause would be too long
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
      // Up to a quarter more, so that many rejected clients do not return at the same time.
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
