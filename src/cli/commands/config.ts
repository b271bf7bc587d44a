/** `selfsup2mmdet config <method>`: the MMDetection config for a converted backbone. */
import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { shellPath } from '../../bytes/text.ts'
import { type ConfigOptions, configFor } from '../../convert/config.ts'
import { UsageError } from '../../errors.ts'
import { configFactsOf, isLoadable } from '../../explain/config-facts.ts'
import { fold } from '../../explain/fold.ts'
import { json, printable } from '../../explain/print.ts'
import type { Method } from '../../methods/method.ts'
import { isRemote } from '../../node/input.ts'
import { refuseSameFiles } from '../../node/same-file.ts'
import { DETECTORS } from '../../targets/mmdetection/detectors.ts'
import { RECIPES } from '../../targets/mmdetection/recipes.ts'
import { GENERATIONS, SCHEDULES } from '../../targets/mmdetection/versions.ts'
import { choiceOption, LOADERS, mmdetOption } from '../choice.ts'
import { type Classes, parseClasses, wholeNumber } from '../classes.ts'
import { givenOptions } from '../command-line.ts'
import { datasetUnder } from '../dataset.ts'
import { leadWith } from '../examples.ts'
import { withCheckpoint } from '../inputs.ts'
import type { Io } from '../io.ts'
import { isMethod, methodNamed } from '../method-as-file.ts'
import { refuseMore } from '../misplaced.ts'
import { whereItBelongs } from '../next-step.ts'
import { addOverwriteOptions, checkOverwriteOptions, type Replacing } from '../overwrite-options.ts'
import { checkOutput, writeOutput } from '../write-file.ts'

interface Options extends Omit<ConfigOptions, 'arch' | 'classes'>, Replacing {
  readonly arch?: string
  readonly classes?: Classes
  readonly out?: string
  readonly json?: boolean
}

const EXAMPLES = [
  ['selfsup2mmdet config moco --checkpoint moco.pth --out mask-rcnn_moco.py'],
  ['selfsup2mmdet config swav --mmdet 2 --schedule ms-2x'],
  ['selfsup2mmdet config moco --gpus 1 --batch-size 4 --classes cat,dog'],
  ['selfsup2mmdet config mae --target vitdet --checkpoint vit.pth'],
] as const

/** The targets with configs. */
const TARGETS = { mmdetection: 0, vitdet: 0 } as const satisfies Record<
  NonNullable<ConfigOptions['target']>,
  0
>

const RECIPE_LIST = `
Schedules (--schedule):
${Object.entries(SCHEDULES)
  .map(([name, { about }]) => `  ${name.padEnd(10)} ${fold(about, 72, 13)}`)
  .join('\n')}

Recipes for ResNets (--recipe):
${Object.entries(RECIPES)
  .map(([name, { about }]) => `  ${name.padEnd(10)} ${fold(about, 72, 13)}`)
  .join('\n')}
`

export function addConfig(program: Command, io: Io): void {
  const command = program
    .command('config')
    .summary('write an MMDetection config for a backbone')
    .description(
      leadWith(
        'Writes the MMDetection config that trains a detector on a converted backbone, with the reason for each setting.',
        EXAMPLES,
      ),
    )
    .argument(
      '<method>',
      'method the backbone was trained with (see selfsup2mmdet methods); backbone: read it from the checkpoint',
    )
    .option(
      '--checkpoint <path>',
      'path of the converted backbone, as MMDetection will see it; read if it exists',
    )
    .option('--out <file>', 'write to this file instead of stdout')
    .addOption(mmdetOption('--mmdet <version>', 'MMDetection 2.x or 3.x', keys(GENERATIONS)).default('3'))
    .addOption(
      choiceOption('--detector <name>', 'detector to train', {
        what: 'detector',
        names: keys(DETECTORS),
      }).default('mask-rcnn'),
    )
    .addOption(
      choiceOption(
        '--schedule <name>',
        'training schedule; ms, lsj: multi-scale images (default: 1x, or the one in MMDetection)',
        { what: 'schedule', names: keys(SCHEDULES) },
      ),
    )
    .addOption(
      choiceOption('--recipe <name>', 'training settings, see below', {
        what: 'recipe',
        names: keys(RECIPES),
        aliases: { mmdetection: 'mmdet', openmmlab: 'mmselfsup' },
      }).default('mmdet'),
    )
    .option('--arch <name>', 'architecture of the backbone (default: from the checkpoint, or the usual one)')
    .addOption(
      choiceOption(
        '--target <name>',
        'loader of the backbone (default: from the checkpoint, or mmdetection)',
        { what: 'target', names: keys(TARGETS), aliases: LOADERS },
      ),
    )
    .option(
      '--frozen-stages <n>',
      'stages to freeze: -1 none, 0 the stem, 1 to 4 also that many stages (default: as in the recipe)',
      wholeNumber('--frozen-stages'),
    )
    .option(
      '--gpus <n>',
      'number of GPUs; the learning rate scales with the images per step (default: 8, ViTDet 16)',
      wholeNumber('--gpus'),
    )
    .option('--batch-size <n>', 'images on each GPU (default: 2, lsj: 4)', wholeNumber('--batch-size'))
    .option(
      '--classes <n|names>',
      'classes of the dataset: cat,dog,cow, or a file with annotations; read from those under --data-root (default: 80)',
      parseClasses,
    )
    .option('--data-root <folder>', "folder of the dataset, in COCO's layout (default: data/coco/)")
    .option(
      '--base <where>',
      "MMDetection's configs/_base_, as seen from the config; mmdet:: for the installed package (default: ../_base_)",
    )
    .option('--json', 'print the config inside a JSON object')
    .addHelpText('after', RECIPE_LIST)
  addOverwriteOptions(command.allowExcessArguments()).action((method: string, options: Options) => {
    refuseMore(command.args, words => placed(words, command))
    return run(method, options, io)
  })
}

/**
 * The method, and the options that other words are meant for, by their names: a checkpoint, the config to write, or more classes.
 * Other options stay as they were given.
 */
function placed(words: readonly string[], command: Command): string {
  const { classes } = command.opts<Options>()
  const method = words.find(isMethod) ?? words[0]!
  const others = words.filter(word => word !== method)
  const config = others.find(word => word.endsWith('.py'))
  const files = others.filter(word => word !== config)
  const areClasses = Array.isArray(classes) && files.every(word => !/[./\\]/.test(word))
  const meant: Readonly<Record<string, string | undefined>> = areClasses
    ? { classes: [...classes, ...files].join(',') }
    : { checkpoint: files[0], out: config }
  const stated = Object.entries(meant).filter(([, value]) => value !== undefined)
  const kept = givenOptions(
    command,
    stated.map(([name]) => name),
  )
  return [`config ${method}`, ...stated.map(([name, value]) => `--${name} ${value}`), ...kept].join(' ')
}

function keys(table: object): string[] {
  return Object.keys(table)
}

async function run(
  given: string,
  { out, json: isJson, clobber, overwrite, ...options }: Options,
  io: Io,
): Promise<void> {
  const { checkpoint } = options
  const replacing = { clobber, overwrite: overwrite ?? false }
  checkOverwriteOptions(replacing)
  refuseSameFiles(checkpoint === undefined ? [] : [checkpoint], [out])
  if (out !== undefined) await checkOutput(out, 'config', replacing)
  const { method, arch, target, parts } = await factsOf(given, { ...options, clobber }, io)
  const dataset = await datasetUnder(options.dataRoot, options.classes, note =>
    io.err(`note: ${fold(printable(note), io.errColumns, 6)}\n`),
  )
  const text = configFor(method, { ...options, arch, target, parts, ...dataset })
  if (out !== undefined) await writeOutput(out, 'config', text, replacing)
  if (isJson) {
    const found = { schema: 'selfsup2mmdet/config/1', method: method.name, config: text, file: out ?? null }
    io.out(`${json(found)}\n`)
  } else if (out === undefined) io.out(text)
  else {
    io.out(`wrote ${printable(out)}\n`)
    if (options.base === undefined && (io.outIsTerminal || io.errIsTerminal))
      io.err(`\nNext: ${fold(whereItBelongs(out, target ?? 'mmdetection'), io.errColumns, 6)}\n`)
  }
}

type Found = Pick<ConfigOptions, 'arch' | 'target' | 'parts'> & { readonly method: Method }

/** From the checkpoint if it is available. If only MMDetection can find it, from the options. */
async function factsOf(given: string, { checkpoint, arch, target }: Options, io: Io): Promise<Found> {
  if (existsSync(given) && /[./\\]/.test(given)) throw await fileForMethod(given, io)
  const method = methodNamed(given)
  if (checkpoint === undefined || isRemote(checkpoint) || !existsSync(checkpoint))
    return { method, arch, target }
  return withCheckpoint(checkpoint, io, {}, async file => {
    const found = configFactsOf(file.checkpoint, given, arch, target)
    return { method: found.method, arch: found.architecture, target: found.target, parts: found.parts }
  })
}

/** Adds a command that works: a checkpoint that is not yet a backbone must be converted first. */
async function fileForMethod(path: string, io: Io): Promise<UsageError> {
  const isBackbone = await withCheckpoint(path, io, {}, async ({ checkpoint }) => isLoadable(checkpoint))
  return new UsageError(
    `${path} is a file; the first argument is a method.`,
    isBackbone
      ? `Try: selfsup2mmdet config backbone --checkpoint ${shellPath(path)}`
      : `To convert it and write a config: selfsup2mmdet ${shellPath(path)} backbone.pth --config config.py`,
  )
}
