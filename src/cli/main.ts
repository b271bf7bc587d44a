/** The command line: parses, runs a command, and turns errors into messages and exit codes. */
import { Command, CommanderError } from 'commander'
import { VERSION } from '../convert/version.ts'
import { UsageError } from '../errors.ts'
import { nameOf } from '../node/input.ts'
import { addCompletion } from './commands/completion.ts'
import { addConfig } from './commands/config.ts'
import { addConvert, EXAMPLES, EXIT_CODES } from './commands/convert.ts'
import { addDiff } from './commands/diff.ts'
import { addEnv } from './commands/env.ts'
import { addInspect } from './commands/inspect.ts'
import { addMethods } from './commands/methods.ts'
import { addProbe } from './commands/probe.ts'
import { addVerify } from './commands/verify.ts'
import { leadWith } from './examples.ts'
import { fail } from './fail.ts'
import { type Io, painter, processIo } from './io.ts'
import { mistakenCommand, usageError } from './mistakes.ts'

export { isPrinted } from './io.ts'

type AddCommand = (program: Command, io: Io, exit: (code: number) => void) => void

const COMMANDS: Readonly<Record<string, AddCommand>> = {
  convert: addConvert,
  verify: addVerify,
  config: addConfig,
  probe: addProbe,
  inspect: addInspect,
  diff: addDiff,
  methods: addMethods,
  completion: addCompletion,
  env: addEnv,
}

/** Setting up options takes time: only for the given command, or for all if help is needed. */
function wanted(args: readonly string[]): readonly string[] {
  const [first = 'help'] = args
  // Completion needs all commands.
  if (first === 'completion') return Object.keys(COMMANDS)
  if (Object.hasOwn(COMMANDS, first)) return [first]
  return ['help', '--help', '-h'].some(word => word === first || args.includes(word))
    ? Object.keys(COMMANDS)
    : ['convert']
}

/** Where to read more. */
const DOCUMENTATION = `Documentation: man selfsup2mmdet; README.md in the package. A bug report needs
the output of: selfsup2mmdet env
`

/** Help with bold headings, if the stream has colours. */
function withHeadings(text: string, io: Io): string {
  const paint = painter(io, io.outIsTerminal)
  return text.replace(/^[A-Z][^\n:]*:/gm, heading => paint('bold', heading))
}

/** @returns the exit code */
export async function main(args: readonly string[], io: Io = processIo()): Promise<number> {
  const program = new Command('selfsup2mmdet')
    .description(
      leadWith(
        'Converts self-supervised PyTorch checkpoints (ResNet, ViT, Swin, ConvNeXt) into MMDetection backbones, and verifies every tensor.',
        EXAMPLES,
      ),
    )
    .version(VERSION)
    .showSuggestionAfterError()
    .usage('<input> <output> [options]\n       selfsup2mmdet <command> [options]')
    .addHelpText(
      'after',
      `\nselfsup2mmdet convert --help lists all options of a conversion.\n${EXIT_CODES}\n${DOCUMENTATION}`,
    )
    .configureHelp({ subcommandTerm: command => command.name() })
    .exitOverride()
    .configureOutput({
      writeOut: text => io.out(withHeadings(text, io)),
      writeErr: () => {},
      // Called only when help is printed.
      getOutHelpWidth: () => Number(io.env.COLUMNS) || process.stdout.columns || 80,
    })
  let exitCode = 0
  const exit = (code: number): void => {
    exitCode = code
  }
  for (const name of wanted(args)) COMMANDS[name]!(program, io, exit)
  for (const command of program.commands) command.exitOverride().configureOutput(program.configureOutput())
  try {
    if (args.length === 0) {
      io.err(program.helpInformation())
      return 2
    }
    await program.parseAsync(args.map(nameOf), { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0
    return fail(explain(error, args), io, args.includes('--json'))
  }
}

function explain(error: unknown, args: readonly string[]): unknown {
  const isUsage = error instanceof CommanderError || error instanceof UsageError
  const mistaken = isUsage && mistakenCommand(args, Object.keys(COMMANDS))
  if (mistaken) return mistaken
  if (!(error instanceof CommanderError)) return error
  if (args.length === 1 && args[0] === '-v')
    return new UsageError('-v (--verbose) needs an input.', 'Did you mean --version?')
  const [first = '-'] = args
  if (Object.hasOwn(COMMANDS, first)) return usageError(error, first)
  return usageError(error, first.startsWith('-') ? undefined : 'convert')
}
