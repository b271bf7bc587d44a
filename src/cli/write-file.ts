/** Files beside the checkpoint: a config, a page, a picture. */
import { createFile, type FileSinkOptions } from '../index.ts'

/** Whole or not at all, as everything that this program writes. */
export async function writeBytes(path: string, bytes: Uint8Array, options?: FileSinkOptions): Promise<void> {
  const sink = await createFile(path, options)
  try {
    await sink.write(bytes)
    await sink.finish()
  } catch (error) {
    await sink.abort()
    throw error
  }
}

export async function writeText(path: string, text: string, options?: FileSinkOptions): Promise<void> {
  await writeBytes(path, new TextEncoder().encode(text), options)
}
