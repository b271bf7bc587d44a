/** `--limits`: every command that opens checkpoints has it. */
import { type Command, InvalidArgumentError } from 'commander'

export interface LimitsOption {
  readonly limits?: number
}

/** Adds the option to a command. */
export function addLimitsOption(command: Command): Command {
  return command.option(
    '--limits <factor>',
    'allow pickles as many times as large as usual, and the memory that they take; for files that you trust',
    factor => {
      const value = Number(factor)
      if (value >= 1 && value <= 1000) return value
      throw new InvalidArgumentError('Expected a number from 1 to 1000.')
    },
  )
}
