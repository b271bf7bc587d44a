/** What callers specify about requests, and what is reported to them. */

/** The progress of a download. */
export interface Fetched {
  /** The size of the source. */
  readonly name: string
  /** Bytes received so far. */
  readonly bytes: number
  /** Bytes that will have been received after all announced reads; undefined if unknown. */
  readonly of: number | undefined
}

/** Options for requests, and callbacks. There are at most six attempts, and only if another one can help. */
export interface HttpOptions {
  /** Called with notes for the user: the server does not support ranges, or a change of the file would not be noticed. */
  readonly onNote?: ((note: string) => void) | undefined
  readonly onFetched?: ((progress: Fetched) => void) | undefined
  /** The value of the Authorization header. It is sent to the URL, and by the platform on redirects within its origin. */
  readonly authorization?: string | undefined
  /** Used instead of the platform's. */
  readonly fetch?: typeof fetch | undefined
  /** The time after which a request fails if it has received almost nothing (less than 16 kB), in milliseconds. */
  readonly timeout?: number | undefined
  /** Aborts running and later requests, with its reason. */
  readonly signal?: AbortSignal | undefined
  /** The pause before the first retry, in milliseconds; each further pause is twice as long. */
  readonly pause?: number | undefined
}

/** Network traffic so far. */
export interface Traffic {
  readonly requests: number
  /** Bytes of bodies, without headers. */
  readonly bytes: number
}
