/** Standard output as a sink: it cannot seek, and written bytes cannot be taken back. */
import { SystemError } from '../errors.ts'
import type { FileSink } from './file-sink.ts'
import { writeFully } from './write-fully.ts'

export function stdoutSink(stream: NodeJS.WritableStream = process.stdout): FileSink {
  const name = 'standard output'
  let position = 0
  let failed: SystemError | undefined
  // Without a listener, an error of the stream would end the process immediately.
  const onError = (error: NodeJS.ErrnoException): void => {
    failed ??= brokenPipe(error, name)
  }
  stream.on('error', onError)
  return {
    name,
    path: '-',
    get position() {
      return position
    },
    write(bytes) {
      position += bytes.length
      return new Promise((resolve, reject) => {
        if (failed) return reject(failed)
        try {
          if (writeFully(stream, bytes)) resolve()
          else stream.write(bytes, error => (error ? reject(brokenPipe(error, name)) : resolve()))
        } catch (error) {
          // If standard output is a file, the stream writes synchronously and throws.
          reject(brokenPipe(error as NodeJS.ErrnoException, name))
        }
      })
    },
    async finish() {
      stream.off('error', onError)
      if (failed) throw failed
    },
    // The listener stays: an error may still arrive after the one that caused this.
    async abort() {},
  }
}

function brokenPipe(error: NodeJS.ErrnoException, name: string): SystemError {
  const code = error.code ?? 'EIO'
  const advice = code === 'EPIPE' ? 'The program that reads it ended before it had everything.' : ''
  return new SystemError(`Cannot write to ${name}: ${error.message}.`, code, advice, { cause: error })
}
