/** Opens a file for one test. */
import { onTestFinished } from 'vitest'
import { type FileSource, openFile } from '../../src/node/file-source.ts'

export async function openForTest(path: string): Promise<FileSource> {
  const file = await openFile(path)
  onTestFinished(() => file.close())
  return file
}
