/** `selfsup2mmdet diff <a> <b>`: what two checkpoints have in common, and where they differ. */
import type { Command } from 'commander'
import {
  type Checkpoint,
  diffStates,
  MismatchError,
  type OpenCheckpoint,
  openCheckpointFile,
  publicName,
  type StateDict,
  type StateDifference,
  UsageError,
} from '../../index.ts'
import { leadWith } from '../examples.ts'
import type { Io } from '../io.ts'
import { count, differenceLines } from '../print.ts'
import { withInputs } from '../remote.ts'

interface Options {
  readonly section?: readonly string[]
  readonly json?: boolean
}

const EXAMPLES = [
  ['selfsup2mmdet diff before.pth after.pth'],
  ['selfsup2mmdet diff epoch_1.pth epoch_2.pth --json'],
  ['selfsup2mmdet diff dino.pth dino.pth --section student --section teacher'],
] as const

const EXIT_CODES = `
Exit codes: 0 when they hold the same tensors, bit for bit, 1 when they do not.
`

export function addDiff(program: Command, io: Io, exit: (code: number) => void): void {
  program
    .command('diff')
    .summary('compare two checkpoints: names, types, shapes, bits')
    .description(
      leadWith(
        'Compares the tensors of two checkpoints: names, types, shapes, bits. Reads all of both.',
        EXAMPLES,
      ),
    )
    .argument('<first>', 'a checkpoint')
    .argument('<second>', 'another one, in the same format or in another')
    .option(
      '--section <path>',
      'compare this section; given twice, the first is for the first file and the second for the other',
      (path, before: string[] = []) => [...before, path],
    )
    .option('--json', 'print the differences as JSON')
    .addHelpText('after', EXIT_CODES)
    .action(async (first: string, second: string, options: Options) => {
      if (first === '-' && second === '-')
        throw new UsageError(
          'Standard input can be read only once, and was given twice.',
          'Give the path of at least one of the two checkpoints.',
        )
      const difference = await compare(first, second, options, io)
      const names = [publicName(first), publicName(second)] as const
      if (options.json) io.out(`${JSON.stringify(asJson(...names, difference), null, 2)}\n`)
      else io.out(asText(...names, difference))
      exit(difference.equal ? 0 : 1)
    })
}

async function compare(
  first: string,
  second: string,
  { section = [] }: Options,
  io: Io,
): Promise<StateDifference> {
  return withInputs(io, async remote => {
    const files: OpenCheckpoint[] = []
    try {
      const states: StateDict[] = []
      for (const [index, path] of [first, second].entries()) {
        const file = await openCheckpointFile(path, remote)
        files.push(file)
        states.push(choose(file.checkpoint, section[index] ?? section[0]))
      }
      return await diffStates(states[0]!, states[1]!)
    } finally {
      for (const file of files) await file.close()
    }
  })
}

/** The section asked for; else all tensors of the file, those of sections under their full names. */
function choose({ sections, source, holds }: Checkpoint, path: string | undefined): StateDict {
  if (sections.size === 0)
    // Two files without tensors hold the same ones: true, and not what anybody wants to be told.
    throw new MismatchError(
      `${source} holds ${holds}, and no tensors: there is nothing to compare.`,
      'Check that this is the file you mean.',
      { sections: [] },
    )
  if (path === undefined) {
    const [only] = sections.values()
    if (sections.size === 1 && only) return only
    return new Map(
      [...sections].flatMap(([path, state]) =>
        [...state].map(([name, tensor]) => [path === '' ? name : `${path}.${name}`, tensor] as const),
      ),
    )
  }
  const found = sections.get(path)
  if (found) return found
  throw new UsageError(
    `${source} has no section '${path}'.`,
    `It has: ${[...sections.keys()].map(name => `'${name}'`).join(', ')}.`,
  )
}

function asJson(first: string, second: string, difference: StateDifference): object {
  return { schema: 'selfsup2mmdet/diff/1', first, second, ...difference }
}

function asText(first: string, second: string, difference: StateDifference): string {
  const { same, equal } = difference
  if (equal) return `${count(same, 'tensor')}, the same in both, bit for bit\n`
  const lines = differenceLines(difference, first, second)
  return `${count(same, 'tensor')} the same in both, bit for bit; the others are not:\n${lines.join('\n')}\n`
}
