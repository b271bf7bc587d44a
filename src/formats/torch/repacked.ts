/** Checkpoints that were unpacked and packed again as a zip archive: their records are in another place. */
import { RECORD } from './layout.ts'

/** What operating systems put into folders and archives. */
const LITTER = /(^|\/)(__MACOSX\/|\.DS_Store$|\._[^/]*$|Thumbs\.db$|desktop\.ini$)/i

/**
 * The folder of the records of a checkpoint: at the root (''), or however deep, with litter beside it.
 * @returns undefined where there is not exactly one checkpoint and nothing else
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

/** For people who want to load such a file with PyTorch too. */
export const REPACKED_NOTE =
  'this is a checkpoint that was unpacked and packed again, with its records in another place: PyTorch cannot load it'
