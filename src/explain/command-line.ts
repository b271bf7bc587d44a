/** Advice with the options of the command line. */
import { shellWord } from '../bytes/text.ts'
import { inWords, type Settings, type ToolError, type Words } from '../errors.ts'

/** Options as on the command line: `--keep-head`. */
export const COMMAND_LINE: Words = {
  settings: settings =>
    Object.entries(asTyped(settings))
      .map(([name, value]) => (value === true ? flag(name) : `${flag(name)} ${shellWord(String(value))}`))
      .join(' '),
  option: flag,
  command: line => `  ${line}`,
}

/** A keep rule is one word: `--keep 'encoder.*=*'`. */
function asTyped({ as, ...settings }: Settings): Settings {
  return as === undefined ? settings : { ...settings, keep: `${settings.keep}=${as}` }
}

function flag(name: string): string {
  return `--${name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`
}

/** What to do about an error, with command-line options. */
export function adviceToType({ steps }: ToolError): string {
  return inWords(steps, COMMAND_LINE)
}
