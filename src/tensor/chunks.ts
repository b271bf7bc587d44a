/** A tensor's bytes in chunks, on demand, so that two tensors can be read in parallel. */
import type { Tensor } from './tensor.ts'

const STOPPED = Symbol('nobody asks for more')

/** Each chunk is valid until the next one is requested. Stopping early ends the reading. */
export async function* chunksOf(tensor: Tensor): AsyncGenerator<Uint8Array, void> {
  let deliver: (chunk: Uint8Array | undefined) => void = () => {}
  let fail: (error: unknown) => void = () => {}
  let taken: (() => void) | undefined
  let stop: (reason: unknown) => void = () => {}
  let copying: Promise<void> | undefined

  function start(): Promise<void> {
    return tensor
      .copyTo(
        chunk =>
          new Promise<void>((resolve, reject) => {
            taken = resolve
            stop = reject
            deliver(chunk)
          }),
      )
      .then(
        () => deliver(undefined),
        error => fail(error),
      )
  }

  function next(): Promise<Uint8Array | undefined> {
    return new Promise((resolve, reject) => {
      deliver = resolve
      fail = reject
      if (copying) taken?.()
      else copying = start()
    })
  }

  try {
    for (let chunk = await next(); chunk; chunk = await next()) yield chunk
  } finally {
    stop(STOPPED)
    await copying
  }
}
