/** The name of a method in place of a file: `inspect moco`. */
import { existsSync } from 'node:fs'
import { shellPath } from '../bytes/text.ts'
import { findMethod, isMethodName } from '../convert/recognise.ts'
import { UsageError } from '../errors.ts'
import { METHODS } from '../methods/index.ts'
import type { Method } from '../methods/method.ts'
import { isRemote } from '../node/input.ts'

/** Whether an input is a path that does not exist. */
export function isMissing(input: string): boolean {
  return input !== '-' && !isRemote(input) && !existsSync(input)
}

/** Whether a word is the name of a method. */
export function isMethod(word: string): boolean {
  return isMethodName(METHODS, word)
}

/** @throws UsageError when a method's name is given instead of a file */
export function refuseMethodAsFile(input: string): void {
  if (!isMissing(input) || !isMethod(input)) return
  throw new UsageError(
    `${input} is the name of a method, not of a file.`,
    `Give the path of a checkpoint. To show what is known about the method: selfsup2mmdet methods ${shellPath(input)}`,
  )
}

/** @throws UsageError when an argument is not the name of a method */
export function methodNamed(word: string): Method {
  return findMethod(METHODS, word, { listed: 'selfsup2mmdet methods lists the methods.' })
}
