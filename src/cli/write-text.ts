/** Text files. */
import { createFile } from '../index.ts'

/** Whole or not at all, as everything that this program writes. */
export async function writeText(path: string, text: string): Promise<void> {
  const sink = await createFile(path)
  try {
    await sink.write(new TextEncoder().encode(text))
    await sink.finish()
  } catch (error) {
    await sink.abort()
    throw error
  }
}
