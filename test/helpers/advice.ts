/** Extracts the commands and options in errors and notes, as a shell would. */
import { execFileSync } from 'node:child_process'

/** Splits a line into words like a shell. */
export function words(line: string): string[] {
  return execFileSync('sh', ['-c', `for word in ${line}; do printf '%s\\0' "$word"; done`], {
    encoding: 'utf8',
  })
    .split('\0')
    .slice(0, -1)
}

/** Lines to paste that begin with a program's name. */
export function printedLines(text: string, program: string): string[] {
  return text
    .split('\n')
    .filter(line => line.startsWith(`  ${program} `))
    .map(line => line.trim())
}

/** Options for the same file that a sentence names: "Choose one", "to keep it instead", "Use --selfsup". */
export function printedOptions(text: string): string[] {
  const flat = text.replaceAll('\n', ' ')
  const sentences = [
    ...flat.matchAll(/(?:Choose one|To convert it|anyway|the network [^:]*): (--.*?)\. /g),
    ...flat.matchAll(/to keep it instead(?:, on the command line)?: (--.*?)(?= note: | read {2}|$)/g),
  ].map(match => match[1]!.trim())
  return sentences.flatMap(sentence => sentence.split(' or '))
}
