/** What callers specify about requests, and what is reported to them. */

/** How far fetching has come. */
export interface Fetched {
  /** Of the source. */
  readonly name: string
  /** Bytes that have come. */
  readonly bytes: number
  /** Bytes that will have come once all is read that was announced; undefined when nobody knows. */
  readonly of: number | undefined
}

/** How requests are made, and who is notified. Six attempts at most, and only where another one can help. */
export interface HttpOptions {
  /** What a person should know: the server knows no ranges, the file cannot be told from another version. */
  readonly onNote?: ((note: string) => void) | undefined
  readonly onFetched?: ((progress: Fetched) => void) | undefined
  /** The value of an Authorization header. It is sent to the address, and by the platform on redirects within its origin. */
  readonly authorization?: string | undefined
  /** In place of the platform's. */
  readonly fetch?: typeof fetch | undefined
  /** How long a request may bring next to nothing (less than 16 kB) before it is given up, in milliseconds. */
  readonly timeout?: number | undefined
  /** Ends what is on its way, and every later request, with its reason. */
  readonly signal?: AbortSignal | undefined
  /** The first pause before a request is made again, in milliseconds; each is twice as long as the one before. */
  readonly pause?: number | undefined
}

/** What the network has carried. */
export interface Traffic {
  readonly requests: number
  /** Bytes of bodies, without headers. */
  readonly bytes: number
}
