/** `selfsup2mmdet completion <shell>`: a script that completes commands, options, methods, architectures and files. */
import type { Command } from 'commander'
import { ARCHITECTURES } from '../../families/index.ts'
import { METHODS } from '../../methods/index.ts'
import { choiceArgument } from '../choice.ts'
import { leadWith } from '../examples.ts'
import type { Io } from '../io.ts'

const EXAMPLES = [
  ['source <(selfsup2mmdet completion bash)', 'in ~/.bashrc'],
  ['source <(selfsup2mmdet completion zsh)', 'in ~/.zshrc, after compinit'],
  ['selfsup2mmdet completion fish | source', 'in ~/.config/fish/config.fish'],
  ['selfsup2mmdet completion powershell >> $PROFILE'],
] as const

const SHELLS = { bash: bashScript, zsh: zshScript, fish: fishScript, powershell: powershellScript } as const

export function addCompletion(program: Command, io: Io): void {
  program
    .command('completion')
    .summary('print a completion script for bash, zsh, fish or PowerShell')
    .description(
      leadWith(
        'Prints a completion script for a shell, generated from the same definitions as the help.',
        EXAMPLES,
      ),
    )
    .addArgument(
      choiceArgument('<shell>', 'which shell', {
        what: 'shell',
        owner: 'selfsup2mmdet completion',
        names: Object.keys(SHELLS),
        aliases: { pwsh: 'powershell' },
      }),
    )
    .action((shell: keyof typeof SHELLS) => io.out(SHELLS[shell](describe(program))))
}

interface Described {
  readonly name: string
  readonly about: string
  readonly flags: readonly { readonly long: string; readonly about: string; readonly takesValue: boolean }[]
  /** Values of an option, unless a file. */
  readonly values: Readonly<Record<string, readonly string[]>>
  /** Values of the first argument, unless a file. */
  readonly first: readonly string[]
}

const methods = METHODS.map(({ name }) => name)
const architectures = ARCHITECTURES.map(({ name }) => name)
const networks = [...new Set(METHODS.flatMap(method => method.networks?.map(({ name }) => name) ?? []))]

/** Names that are not in the definitions, but in the library. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  '--selfsup': ['auto', ...methods],
  '--network': networks,
  '--arch': architectures,
}
const FIRST: Readonly<Record<string, readonly string[]>> = {
  config: methods,
  methods,
  completion: Object.keys(SHELLS),
}

function describe(program: Command): Described[] {
  return program.commands.map(command => {
    const options = command.options.filter(option => option.long)
    return {
      name: command.name(),
      about: command.summary(),
      flags: options.map(({ long, description, required }) => ({
        long: long!,
        about: description,
        takesValue: required,
      })),
      values: Object.fromEntries(
        options.flatMap(({ long, argChoices }) => {
          const values = argChoices ?? KNOWN[long!]
          return values ? [[long!, values]] : []
        }),
      ),
      first: FIRST[command.name()] ?? [],
    }
  })
}

/** Words without a special meaning in any shell: names of commands, options, methods. */
function words(list: readonly string[]): string {
  return list.join(' ')
}

function bashScript(commands: readonly Described[]): string {
  const cases = commands.map(({ name, flags, values, first }) => {
    const options = Object.entries(values).map(([flag, list]) => `      ${flag}) words="${words(list)}" ;;`)
    const firsts = first.length > 0 ? `[ "$COMP_CWORD" -eq 2 ] && words="${words(first)}"` : ':'
    return [
      `    ${name})`,
      `      flags="${words([...flags.map(({ long }) => long), '--help', ...(name === 'convert' ? ['--version'] : [])])}"`,
      `      ${firsts}`,
      ...(options.length > 0 ? ['      case $before in', ...options, '      esac'] : []),
      '      ;;',
    ].join('\n')
  })
  const names = commands.map(({ name }) => name)
  return `# Completion of selfsup2mmdet for bash: source <(selfsup2mmdet completion bash)
_selfsup2mmdet() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]} words= flags= lead=
  # bash makes three words of --selfsup=d, zsh leaves it one.
  if [ "$word" = = ]; then word=; elif [ "$before" = = ]; then before=\${COMP_WORDS[COMP_CWORD-2]}; fi
  case $word in --*=*) before=\${word%%=*} lead=$before= word=\${word#*=} ;; esac
  case $command in ${names.join('|')}) ;; *) command=convert ;; esac
  case $command in
${cases.join('\n')}
  esac
  COMPREPLY=()
  case $word in
    -*) COMPREPLY=($(compgen -W "$flags" -- "$word")) ;;
    *)
      if [ -n "$words" ]; then
        COMPREPLY=($(compgen -P "$lead" -W "$words" -- "$word"))
      else
        [ "$COMP_CWORD" -eq 1 ] && COMPREPLY=($(compgen -W "${words(names)}" -- "$word"))
        local IFS=$'\\n'
        COMPREPLY+=($(compgen -f -- "$word"))
      fi
      ;;
  esac
}
complete -o filenames -F _selfsup2mmdet selfsup2mmdet
`
}

/** For fish: the next word is the first after the command's name. */
function firstArgument(command: string): string {
  return `__fish_seen_subcommand_from ${command}; and test (count (commandline -opc)) -eq 2`
}

/** Zsh runs bash's through its own bridge. */
function zshScript(commands: readonly Described[]): string {
  return `autoload -U +X bashcompinit && bashcompinit\n${bashScript(commands)}`
}

function fishScript(commands: readonly Described[]): string {
  const quote = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`
  const names = words(commands.map(({ name }) => name))
  const lines = commands.flatMap(({ name, about, flags, values, first }) => {
    const seen = `__fish_seen_subcommand_from ${name}`
    const when = name === 'convert' ? `not __fish_seen_subcommand_from ${names}; or ${seen}` : seen
    return [
      `complete -c selfsup2mmdet -n __fish_use_subcommand -a ${name} -d ${quote(about)}`,
      ...(first.length > 0
        ? [`complete -c selfsup2mmdet -f -n ${quote(firstArgument(name))} -a ${quote(words(first))}`]
        : []),
      ...flags.map(({ long, about, takesValue }) => {
        const list = values[long]
        const value = list ? ` -x -a ${quote(words(list))}` : takesValue ? ' -r' : ''
        return `complete -c selfsup2mmdet -n ${quote(when)} -l ${long.slice(2)} -d ${quote(about)}${value}`
      }),
    ]
  })
  const version = "complete -c selfsup2mmdet -n __fish_use_subcommand -l version -d 'print the version'"
  return `# Completion of selfsup2mmdet for fish\n${[version, ...lines].join('\n')}\n`
}

/** PowerShell completes files itself if a script returns nothing. */
function powershellScript(commands: readonly Described[]): string {
  const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`
  const list = (all: readonly string[]): string => `@(${all.map(quote).join(', ')})`
  const cases = commands.map(({ name, flags, values, first }) => {
    const options = Object.entries(values).map(([flag, all]) => `      ${quote(flag)} = ${list(all)}`)
    const names = [...flags.map(({ long }) => long), '--help']
    return [
      `  ${quote(name)} = @{`,
      `    Flags = ${list(name === 'convert' ? [...names, '--version'] : names)}`,
      `    First = ${list(first)}`,
      '    Values = @{',
      ...options,
      '    }',
      '  }',
    ].join('\n')
  })
  return `# Completion of selfsup2mmdet for PowerShell: selfsup2mmdet completion powershell | Out-String | Invoke-Expression
$Selfsup2mmdetCommands = [ordered]@{
${cases.join('\n')}
}
Register-ArgumentCompleter -Native -CommandName selfsup2mmdet -ScriptBlock {
  param($word, $ast, $cursor)
  $typed = @($ast.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursor } | ForEach-Object { "$_" })
  $name = if ($typed.Count -gt 1 -and $Selfsup2mmdetCommands.Contains($typed[1])) { $typed[1] } else { 'convert' }
  $command = $Selfsup2mmdetCommands[$name]
  $words = if ($word.StartsWith('-')) { $command.Flags }
    elseif ($command.Values.Contains($typed[-1])) { $command.Values[$typed[-1]] }
    elseif ($typed.Count -eq 2 -and $command.First.Count -gt 0) { $command.First }
    elseif ($typed.Count -eq 1) { $Selfsup2mmdetCommands.Keys }
    else { @() }
  $words | Where-Object { $_ -like "$word*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}
`
}
