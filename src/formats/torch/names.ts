/** Names that can be written to a file. */
import { hasHalfCharacter } from '../../bytes/text.ts'
import { FormatError } from '../../errors.ts'

/**
 * @param what the name is for, in the message
 * @throws FormatError when the name contains an unpaired surrogate, which stands for invalid UTF-8: it would be written as a
 *   different name
 */
export function requireUtf8(what: string, name: string, source: string): void {
  if (!hasHalfCharacter(name)) return
  throw new FormatError(
    { source },
    `${what} is not valid UTF-8: ${JSON.stringify(name)}.`,
    'It cannot be written to a file: load the checkpoint in PyTorch, and save it under other names.',
  )
}
