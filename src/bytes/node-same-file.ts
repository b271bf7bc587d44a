/** Outputs that would replace an input, or each other. */
import { fstatSync, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { UsageError } from '../errors.ts'
import { isRemote } from './node-input.ts'

/**
 * Compares files by identity, not by name: a symbolic or hard link to the input is the input.
 * @param inputs paths, URLs, or `-` for standard input
 * @param outputs paths, there or not, or `-` for standard output; undefined for those that are not wanted
 * @throws UsageError when an output is one of the inputs, or the same file as another output
 */
export function refuseSameFiles(inputs: readonly string[], outputs: readonly (string | undefined)[]): void {
  const taken = new Map(inputs.filter(input => !isRemote(input)).map(input => [identityOf(input), input]))
  for (const output of outputs) {
    if (output === undefined || output === '-') continue
    const identity = identityOf(output)
    const before = identity === undefined ? undefined : taken.get(identity)
    if (before !== undefined) throw sameFile(output, before, inputs.includes(before))
    taken.set(identity, output)
  }
}

function sameFile(output: string, before: string, isInput: boolean): UsageError {
  return new UsageError(
    `${output} and ${before} are one and the same file.`,
    isInput
      ? 'Give the output another name: the input is never overwritten.'
      : 'Give each output a name of its own.',
  )
}

/** Equal for two paths to one file; undefined when even the folder is not there. */
function identityOf(path: string): string | undefined {
  if (path === '-') return identityOfStat(() => fstatSync(0, { bigint: true }))
  const ofFile = identityOfStat(() => statSync(path, { bigint: true }))
  if (ofFile !== undefined) return ofFile
  const ofFolder = identityOfStat(() => statSync(dirname(path), { bigint: true }))
  return ofFolder === undefined ? undefined : `${ofFolder}/${basename(path)}`
}

function identityOfStat(stat: () => { readonly dev: bigint; readonly ino: bigint }): string | undefined {
  try {
    const { dev, ino } = stat()
    return `${dev}:${ino}`
  } catch {
    return undefined
  }
}
