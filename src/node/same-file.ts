/** Outputs that would replace an input, or each other. */
import { type BigIntStats, fstatSync, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { UsageError } from '../errors.ts'
import { isRemote } from './input.ts'

const STDIN = 0
const STDOUT = 1

/**
 * Compares files by identity, not by name: a symbolic or hard link to the input is the input.
 * @param inputs paths, URLs, or `-` for standard input
 * @param outputs paths, existing or not, or `-` for standard output; undefined for outputs that were not requested
 * @throws UsageError when an output is one of the inputs, or the same file as another output
 */
export function refuseSameFiles(inputs: readonly string[], outputs: readonly (string | undefined)[]): void {
  const here = inputs.filter(input => !isRemote(input))
  const taken = new Map(here.map(input => [identityOf(input, STDIN), input]))
  for (const output of outputs) {
    if (output === undefined) continue
    const identity = identityOf(output, STDOUT)
    const before = identity === undefined ? undefined : taken.get(identity)
    if (before !== undefined) throw sameFile(output, before, inputs.includes(before))
    taken.set(identity, output)
  }
}

function sameFile(output: string, before: string, isInput: boolean): UsageError {
  return new UsageError(
    `${output === '-' ? 'Standard output' : output} and ${before} are the same file.`,
    isInput
      ? 'Give the output another name: the input is never overwritten.'
      : 'Give each output a name of its own.',
  )
}

/**
 * The same for two paths to one file; undefined if even the folder does not exist.
 * @param stream what `-` means; may be redirected to a file
 */
function identityOf(path: string, stream: typeof STDIN | typeof STDOUT): string | undefined {
  if (path === '-') return identityOfStat(() => fstatSync(stream, { bigint: true }))
  const ofFile = identityOfStat(() => statSync(path, { bigint: true }))
  if (ofFile !== undefined) return ofFile
  const ofFolder = identityOfStat(() => statSync(dirname(path), { bigint: true }))
  return ofFolder === undefined ? undefined : `${ofFolder}/${basename(path)}`
}

function identityOfStat(stat: () => BigIntStats): string | undefined {
  try {
    const found = stat()
    // Devices and sockets have no content to overwrite: both streams of a connection may be the same one.
    return found.isFile() || found.isDirectory() ? `${found.dev}:${found.ino}` : undefined
  } catch {
    return undefined
  }
}
