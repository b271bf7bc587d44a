/** The command line of a run, for reports, so that it can be repeated. */
import type { Command } from 'commander'
import { shellWord } from '../bytes/text.ts'

/** @param source the input's name without passwords */
export function commandLine(command: Command, source: string): string {
  return ['selfsup2mmdet', command.name(), shellWord(source), ...givenOptions(command)].join(' ')
}

/** The options that were given, except some. */
export function givenOptions(command: Command, except: readonly string[] = []): string[] {
  return command.options.flatMap(option => {
    const name = option.attributeName()
    if (except.includes(name) || command.getOptionValueSource(name) !== 'cli') return []
    return [command.getOptionValue(name)]
      .flat()
      .map(value => (value === true ? `${option.long}` : `${option.long} ${shellWord(String(value))}`))
  })
}
