/** `--limits`, for every command that opens checkpoints. */
import type { Command } from 'commander'
import { UsageError } from '../errors.ts'

export interface LimitsOption {
  readonly limits?: number
}

/** Adds the option to a command. */
export function addLimitsOption(command: Command): Command {
  return command.option(
    '--limits <factor>',
    'raise the limits on pickle size and memory by this factor; only for files you trust',
    factor => {
      const value = Number(factor)
      if (value >= 1 && value <= 1000) return value
      throw new UsageError(
        `--limits: expected a number from 1 to 1000, found '${factor}'.`,
        'For example --limits 4.',
      )
    },
  )
}
