/** Checkpoints that were unpacked and packed again as a zip archive: their records are in a different folder. */
import { RECORD } from './layout.ts'

/** Files that operating systems add to folders and archives. */
const LITTER = /(^|\/)(__MACOSX\/|\.DS_Store$|\._[^/]*$|Thumbs\.db$|desktop\.ini$)/i

/**
 * The folder of a checkpoint's records: at the root ('') or at any depth, perhaps next to litter.
 * @returns undefined if there is not exactly one checkpoint, or if there is anything else
 */
export function folderOfRecords(names: readonly string[]): string | undefined {
  const files = names.filter(name => !name.endsWith('/') && !LITTER.test(name))
  const pickles = files.filter(name => name.split('/').at(-1) === RECORD.pickle)
  const [only, another] = pickles
  if (only === undefined || another !== undefined) return undefined
  const folder = only.slice(0, -RECORD.pickle.length)
  const hasVersion = [RECORD.version, RECORD.versionElsewhere].some(name => files.includes(folder + name))
  return hasVersion && files.every(name => name.startsWith(folder)) ? folder : undefined
}

/** For people who also want to load the file with PyTorch. */
export const REPACKED_NOTE =
  'this is a checkpoint that was unpacked and packed again, with its records in another place: PyTorch cannot load it'
