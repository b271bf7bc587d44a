/** Describes requests without an answer: what went wrong, and whether it may be temporary. */
import { SystemError } from '../errors.ts'

interface Kind {
  readonly what: string
  readonly advice: string
  /** When to try again: always, or only if the server has answered before. */
  readonly passes?: 'always' | 'if answered'
}

const AGAIN = 'Try again; if it happens often, download the file and convert that.'
const ADDRESS = 'Check the URL and the network.'
const CERTIFICATE =
  'Somebody may be intercepting the connection. If your company network does so on purpose, set NODE_EXTRA_CA_CERTS to its certificate.'

const CODES: Readonly<Record<string, Kind>> = {
  ECONNRESET: { what: 'the connection broke', advice: AGAIN, passes: 'always' },
  EPIPE: { what: 'the connection broke', advice: AGAIN, passes: 'always' },
  UND_ERR_SOCKET: { what: 'the connection broke', advice: AGAIN, passes: 'always' },
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: { what: 'the connection broke', advice: AGAIN, passes: 'always' },
  HPE_INVALID_EOF_STATE: { what: 'the connection broke', advice: AGAIN, passes: 'always' },
  ETIMEDOUT: { what: 'the server did not answer', advice: ADDRESS, passes: 'always' },
  UND_ERR_CONNECT_TIMEOUT: { what: 'the server did not answer', advice: ADDRESS, passes: 'always' },
  UND_ERR_HEADERS_TIMEOUT: { what: 'the server did not answer', advice: ADDRESS, passes: 'always' },
  UND_ERR_BODY_TIMEOUT: { what: 'the server stopped sending', advice: AGAIN, passes: 'always' },
  EAI_AGAIN: { what: 'the name of the server could not be looked up', advice: ADDRESS, passes: 'always' },
  ECONNREFUSED: {
    what: 'the server does not accept connections',
    advice: ADDRESS,
    passes: 'if answered',
  },
  EHOSTUNREACH: { what: 'the server cannot be reached', advice: ADDRESS, passes: 'if answered' },
  ENETUNREACH: { what: 'the server cannot be reached', advice: ADDRESS, passes: 'if answered' },
  ENOTFOUND: { what: 'no server has this name', advice: ADDRESS },
  CERT_HAS_EXPIRED: { what: "the server's certificate has expired", advice: CERTIFICATE },
  DEPTH_ZERO_SELF_SIGNED_CERT: { what: "the server's certificate is self-signed", advice: CERTIFICATE },
  SELF_SIGNED_CERT_IN_CHAIN: {
    what: "the server's certificate is signed by an unknown authority",
    advice: CERTIFICATE,
  },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: {
    what: "the server's certificate is signed by an unknown authority",
    advice: CERTIFICATE,
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    what: "the server's certificate belongs to another server",
    advice: CERTIFICATE,
  },
}

/** Some platforms (browsers) only report that it failed. */
const UNKNOWN: Kind = { what: 'the request failed', advice: ADDRESS, passes: 'if answered' }

/** @param error from `fetch`, or from reading its body */
export function networkError(error: unknown, name: string): SystemError {
  const { code, message } = innermost(error)
  const { what, advice } = CODES[code] ?? UNKNOWN
  return new SystemError(`${name}: ${what} (${code || message}).`, code || 'NETWORK', advice, {
    cause: error,
  })
}

/** @param answered whether the server has answered before */
export function isPassing(error: unknown, answered: boolean): boolean {
  const { passes } = CODES[innermost(error).code] ?? UNKNOWN
  return passes === 'always' || (passes === 'if answered' && answered)
}

/** `fetch` throws "fetch failed" with the reason as its cause, which may be one error per address. */
function innermost(error: unknown): { readonly code: string; readonly message: string } {
  if (!(error instanceof Error)) return { code: '', message: String(error) }
  const inner = error instanceof AggregateError ? error.errors[0] : error.cause
  if (inner instanceof Error) return innermost(inner)
  return { code: (error as NodeJS.ErrnoException).code ?? '', message: error.message }
}
