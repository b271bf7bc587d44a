/** Paths that do not exist: what was probably meant. */
import { existsSync, readdirSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { nearest } from '../bytes/nearest.ts'

/**
 * What is probably wrong with a path that does not exist: something that the shell did not expand, a URL without its slashes,
 * its folder, a missing extension, or a typo.
 */
export function slipIn(path: string): string | undefined {
  return unexpanded(path) ?? asUrl(path) ?? otherSlashes(path) ?? slipOnDisk(path)
}

function unexpanded(path: string): string | undefined {
  const variable = /^\$(?:env:)?\w+|^\$\{\w+\}|^%\w+%/.exec(path)?.[0]
  if (variable !== undefined) return `The shell did not replace ${variable} by its value: check the quotes.`
  if (/^~\w*[/\\]/.test(path)) return 'The shell replaces ~ by a folder only outside quotes.'
  return /[*?]/.test(path)
    ? 'No file matches this pattern, or quotes keep the shell from expanding it.'
    : undefined
}

/** Hosts by their last part, since folders have dots, too. */
const HOST = /^(?:[\w-]+\.)+(?:com|org|net|co|io|ai|edu)\//i

function asUrl(path: string): string | undefined {
  const [, scheme, rest] = /^(https?|hf|file):\/?(?!\/)(.+)$/is.exec(path) ?? []
  if (scheme !== undefined) return `Did you mean ${scheme}://${rest}?`
  if (existsSync(dirname(path))) return undefined
  if (HOST.test(path)) return `Did you mean https://${path}?`
  return /^[\w-]+\/[\w-]+$/.test(path)
    ? `There is no folder ${dirname(path)}. If it is a repository on the Hugging Face hub: hf://${path}/<file>.`
    : undefined
}

/** `folder\file` where folders are separated by slashes. */
function otherSlashes(path: string): string | undefined {
  if (process.platform === 'win32' || !path.includes('\\')) return undefined
  const slashes = path.replaceAll('\\', '/')
  return existsSync(slashes) ? `Did you mean ${slashes}?` : (slipOnDisk(slashes) ?? 'Separate folders by /.')
}

function slipOnDisk(path: string): string | undefined {
  const [folder, name] = [dirname(path), basename(path)]
  if (!existsSync(folder)) return `There is no folder ${folder}.`
  const names = namesIn(folder)
  const guess = names.find(other => other.startsWith(`${name}.`)) ?? nearest(name, names)
  return guess && `Did you mean ${path.slice(0, path.length - name.length)}${guess}?`
}

/** Without hidden files, which people do not mean; empty if the folder cannot be read. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter(name => !name.startsWith('.'))
  } catch {
    return []
  }
}
