/** Names that a file can be written with. */
import { hasHalfCharacter } from '../../bytes/text.ts'
import { FormatError } from '../../errors.ts'

/**
 * @param what it is the name of, for the message
 * @throws FormatError when the name contains an unpaired surrogate, as bytes that are no UTF-8 are read: it would be written as another
 */
export function requireUtf8(what: string, name: string, source: string): void {
  if (!hasHalfCharacter(name)) return
  throw new FormatError(
    { source },
    `${what} is not valid UTF-8: ${JSON.stringify(name)}.`,
    'It cannot be written to a file: load the checkpoint in PyTorch, and save it under other names.',
  )
}
