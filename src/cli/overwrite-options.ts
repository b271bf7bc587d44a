/** The options for existing output files, for all commands that write files. */
import type { Command } from 'commander'
import { UsageError } from '../errors.ts'
import type { Overwrite } from '../files/overwrite.ts'

export interface Replacing {
  /** False with --no-clobber. */
  readonly clobber: boolean
  readonly overwrite?: boolean
}

/** By default, only files that this program wrote and that are unchanged since are replaced. */
export function addOverwriteOptions(command: Command): Command {
  return command
    .option('--no-clobber', 'refuse to replace any existing file, even one that selfsup2mmdet wrote')
    .option(
      '--overwrite',
      'replace any existing file, even one that selfsup2mmdet did not write, or that was edited since',
    )
}

/** @throws UsageError when both are given */
export function checkOverwriteOptions({ clobber, overwrite }: Replacing): void {
  if (overwrite && !clobber)
    throw new UsageError('--overwrite and --no-clobber cannot be combined.', 'Use only one of them.')
}

/** Both options as one. */
export function overwriteOf({ overwrite, clobber }: Replacing): Overwrite {
  if (!clobber) return false
  return overwrite ? true : 'own'
}
