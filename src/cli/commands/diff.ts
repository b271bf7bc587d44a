/** `selfsup2mmdet diff <a> <b>`: the similarities and differences of two checkpoints. */
import type { Command } from 'commander'
import { count } from '../../bytes/count.ts'
import { shellPath } from '../../bytes/text.ts'
import { originOf } from '../../convert/recognise.ts'
import { MismatchError, UsageError } from '../../errors.ts'
import { fold, indented } from '../../explain/fold.ts'
import { differenceLines, json, printable } from '../../explain/print.ts'
import { requireSection } from '../../explain/require-section.ts'
import { type OpenCheckpoint, openCheckpointFile } from '../../files/open.ts'
import { publicName } from '../../http/source.ts'
import { METHODS } from '../../methods/index.ts'
import { diffStates, type StateDifference } from '../../tensor/diff.ts'
import { prefixBetween, type SharedPrefix, underPrefix } from '../../tensor/prefix.ts'
import type { Checkpoint, StateDict } from '../../tensor/tensor.ts'
import { leadWith } from '../examples.ts'
import { withInputs } from '../inputs.ts'
import type { Io } from '../io.ts'
import { addLimitsOption, type LimitsOption } from '../limits-option.ts'

interface Options extends LimitsOption {
  readonly section?: readonly string[]
  readonly all?: boolean
  readonly json?: boolean
}

const EXAMPLES = [
  ['selfsup2mmdet diff before.pth after.pth'],
  ['selfsup2mmdet diff epoch_1.pth epoch_2.pth --json'],
  ['selfsup2mmdet diff dino.pth dino.pth --section student --section teacher'],
] as const

const EXIT_CODES = `
Exit codes: 0 if both have the same tensors, bit for bit, 1 otherwise.
`

export function addDiff(program: Command, io: Io, exit: (code: number) => void): void {
  const command = program
    .command('diff')
    .summary('compare two checkpoints: names, types, shapes, bits')
    .description(
      leadWith(
        'Compares the tensors of two checkpoints: names, types, shapes, bits. Reads both files completely.',
        EXAMPLES,
      ),
    )
    .argument('<first>', 'a checkpoint')
    .argument('<second>', 'another checkpoint, in any supported format')
    .option(
      '--section <path>',
      'compare this section; given twice, the first is for the first file and the second for the other',
      (path, before: string[] = []) => [...before, path],
    )
    .option('--all', 'list all differences, not only the first ten of each kind')
    .option('--json', 'print the differences as JSON')
    .addHelpText('after', EXIT_CODES)
  addLimitsOption(command).action(async (first: string, second: string, options: Options) => {
    if (first === '-' && second === '-')
      throw new UsageError(
        'Standard input can be read only once, and was given twice.',
        'Use a path for at least one of the two checkpoints.',
      )
    const comparison = await compare(first, second, options, io)
    const names = [publicName(first), publicName(second)] as const
    if (options.json) io.out(`${json(asJson(...names, comparison.found))}\n`)
    else io.out(asText(names, comparison, options, io))
    exit(comparison.found.equal ? 0 : 1)
  })
}

interface Found extends StateDifference {
  /** The prefix of one file's names, which was ignored to compare them. */
  readonly prefix?: SharedPrefix
}

interface Comparison {
  readonly found: Found
  /** Which of the files this program wrote, if one. */
  readonly backbone: 0 | 1 | undefined
  /** The number of tensors in the smaller one. */
  readonly smaller: number
}

/** If only one is a backbone from this program, the other is probably its source. */
function backboneOf(files: readonly OpenCheckpoint[]): Comparison['backbone'] {
  const [first, second] = files.map(({ checkpoint }) => originOf(checkpoint, METHODS) !== undefined)
  return first === second ? undefined : first ? 0 : 1
}

async function compare(
  first: string,
  second: string,
  { section = [], limits }: Options,
  io: Io,
): Promise<Comparison> {
  return withInputs(io, async remote => {
    const files: OpenCheckpoint[] = []
    try {
      const states: StateDict[] = []
      for (const [index, path] of [first, second].entries()) {
        const file = await openCheckpointFile(path, { ...remote, limits })
        files.push(file)
        states.push(choose(file.checkpoint, section[index] ?? section[0]))
      }
      const [left, right] = states as [StateDict, StateDict]
      const shared = prefixBetween(left, right)
      const difference = await diffStates(
        shared?.in === 'first' ? underPrefix(left, shared.prefix) : left,
        shared?.in === 'second' ? underPrefix(right, shared.prefix) : right,
      )
      for (const file of files) file.requireUnchanged()
      // Tensors that were left out are not in both.
      const found = shared
        ? { ...difference, equal: difference.equal && shared.others === 0, prefix: shared }
        : difference
      return { found, backbone: backboneOf(files), smaller: Math.min(left.size, right.size) }
    } finally {
      for (const file of files) await file.close()
    }
  })
}

/** The requested section; otherwise all tensors of the file, with the full names of those in sections. */
function choose(checkpoint: Checkpoint, path: string | undefined): StateDict {
  const { sections, source, holds } = checkpoint
  if (sections.size === 0)
    // Two files without tensors have the same ones, but nobody wants that answer.
    throw new MismatchError(
      `${source} contains ${holds}, but no tensors: there is nothing to compare.`,
      'Check that this is the file you mean.',
      { sections: [] },
    )
  if (path !== undefined) return requireSection(checkpoint, path)
  const [only] = sections.values()
  if (sections.size === 1 && only) return only
  return new Map(
    [...sections].flatMap(([path, state]) =>
      [...state].map(([name, tensor]) => [path === '' ? name : `${path}.${name}`, tensor] as const),
    ),
  )
}

function asJson(first: string, second: string, found: Found): object {
  return { schema: 'selfsup2mmdet/diff/1', first, second, ...found }
}

type Names = readonly [first: string, second: string]

function asText(
  [first, second]: Names,
  { found, backbone, smaller }: Comparison,
  { all }: Options,
  { outColumns: columns }: Io,
): string {
  const { same, otherKind, otherValues, prefix } = found
  const lists = indented(differenceLines(found, first, second, all), 2, columns)
  const sentence =
    lists.length === 0
      ? `all ${count(same, 'tensor')} are identical, bit for bit`
      : `${same === 0 ? 'no tensor is' : `${count(same, 'tensor')} ${same === 1 ? 'is' : 'are'}`} identical; differences:`
  const lines = [
    ...(prefix ? [fold(printable(prefixLine(prefix, prefix.in === 'first' ? first : second)), columns)] : []),
    sentence,
    ...lists,
  ]
  // As between a checkpoint and its conversion.
  if (same + otherKind.length + otherValues.length < smaller / 2)
    lines.push(
      ...otherNames([first, second], backbone).map(line =>
        line.startsWith('  ') ? line : fold(line, columns),
      ),
    )
  return `${lines.join('\n')}\n`
}

function otherNames(names: Names, backbone: Comparison['backbone']): string[] {
  const few = 'Most names differ.'
  if (backbone === undefined)
    return [
      `${few} To compare a backbone with its source, use: selfsup2mmdet verify <backbone> --against <source>`,
    ]
  const [ours, other] = [names[backbone], names[1 - backbone]!].map(shellPath)
  return [
    `${few} To compare the backbone with its source:`,
    printable(`  selfsup2mmdet verify ${ours} --against ${other}`),
  ]
}

function prefixLine({ prefix, others }: SharedPrefix, file: string): string {
  const left =
    others === 0 ? '' : `; its ${count(others, 'other tensor')} ${others === 1 ? 'is' : 'are'} not compared`
  return `names in ${file} begin with '${prefix}' and are compared without it${left}`
}
