/** Several inputs, each with its own verdict: if one fails, the others are still converted. */
import { basename, join } from 'node:path'
import { count } from '../../bytes/count.ts'
import { UsageError } from '../../errors.ts'
import { fold } from '../../explain/fold.ts'
import { json, printable } from '../../explain/print.ts'
import { type ConvertFileOptions, convertFile } from '../../files/convert.ts'
import type { OutputFormat } from '../../formats/index.ts'
import { publicName } from '../../http/source.ts'
import { fail } from '../fail.ts'
import { remoteInput } from '../inputs.ts'
import { type Io, painter } from '../io.ts'
import { overwriteOf, type Replacing } from '../overwrite-options.ts'
import { asJson, talk, verdict } from '../report.ts'
import { cleanUpOnSignals } from '../signals.ts'
import { makeFolder } from '../write-file.ts'

interface Settings extends Omit<ConvertFileOptions, 'overwrite'>, Replacing {
  readonly jobs?: string
  readonly config?: string
  readonly json?: boolean
  readonly quiet?: boolean
  readonly verbose?: boolean
}

interface Job {
  readonly input: string
  /** The input's name in messages. */
  readonly name: string
  readonly output: string
}

/**
 * @throws UsageError before starting: when two inputs would get the same output, or `--jobs` is not a number
 * @throws SystemError when the folder cannot be created
 * @returns the highest exit code
 */
export async function convertMany(
  inputs: readonly string[],
  folder: string,
  settings: Settings,
  io: Io,
): Promise<number> {
  if (settings.config !== undefined)
    throw new UsageError(
      '--config cannot be combined with several inputs.',
      'Write the configs afterwards, with selfsup2mmdet config.',
    )
  const waiting = planJobs(inputs, folder, settings.format)
  const workers = Math.min(parseJobs(settings.jobs), waiting.length)
  if (!settings.dryRun) await makeFolder(folder)
  const codes: number[] = []
  const restore = cleanUpOnSignals()
  async function work(): Promise<void> {
    for (let job = waiting.shift(); job; job = waiting.shift())
      codes.push(await convertOne(job, settings, io))
  }
  await Promise.all(Array.from({ length: workers }, work)).finally(restore)
  tell(codes, settings, io)
  return Math.max(...codes)
}

/** @returns the exit code for this input alone */
async function convertOne({ input, output, name }: Job, settings: Settings, io: Io): Promise<number> {
  try {
    const conversion = await convertFile(input, output, {
      ...settings,
      ...remoteInput(io, settings.quiet, name).options,
      overwrite: overwriteOf(settings),
    })
    if (!settings.quiet) talk(conversion, settings, io, name)
    if (settings.json) io.out(`${json(asJson(conversion), 0)}\n`)
    else if (!settings.quiet)
      say('green', 'done', `${name} → ${conversion.output?.path ?? output}: ${verdict(conversion)}`, io)
    return 0
  } catch (error) {
    const code = fail(error, io, settings.json ?? false, name)
    if (!settings.json && !settings.quiet) say('red', 'failed', `${name}: exit code ${code}`, io)
    return code
  }
}

function say(colour: 'green' | 'red', label: string, text: string, io: Io): void {
  io.out(
    `${painter(io, io.outIsTerminal)(colour, label.padEnd(11))} ${fold(printable(text), io.outColumns, 12)}\n`,
  )
}

function tell(codes: readonly number[], { quiet, json, dryRun }: Settings, io: Io): void {
  if (quiet) return
  const done = codes.filter(code => code === 0).length
  const failed = codes.length > done ? `, ${codes.length - done} failed` : ''
  const text = `${done} of ${count(codes.length, 'input')} ${dryRun ? 'can be converted' : 'converted'}${failed}\n`
  if (json) io.err(text)
  else io.out(text)
}

function parseJobs(text = '1'): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text)
  throw new UsageError(`--jobs ${text}: expected a whole number from 1 to 9999.`, 'For example --jobs 4.')
}

function planJobs(inputs: readonly string[], folder: string, format?: OutputFormat): Job[] {
  const jobs = new Map<string, Job>()
  for (const input of inputs) {
    if (input === '-')
      throw new UsageError(
        'Standard input has no name to derive the name of the output from.',
        'Convert it separately: selfsup2mmdet - backbone.pth',
      )
    const [name, file] = [publicName(input), outputName(input, format)]
    const before = jobs.get(file)
    if (before)
      throw new UsageError(
        `${before.name} and ${name} would both become ${join(folder, file)}.`,
        'Convert one of them separately, or to another folder.',
      )
    jobs.set(file, { input, name, output: join(folder, file) })
  }
  return [...jobs.values()]
}

/** `folder/moco_v2.pth.tar` → `moco_v2.pth`; for a URL, without the query. */
export function outputName(input: string, format?: OutputFormat): string {
  const path = /^(https?|hf):\/\//i.test(input) ? safeDecode(input.replace(/[?#].*$/, '')) : input
  const bare = basename(path).replace(
    /(\.(pth|pt|bin|ckpt|torch|pkl|tar|gz|tgz|zip|safetensors|model))+$/i,
    '',
  )
  return `${bare || 'backbone'}.${format === 'safetensors' ? 'safetensors' : 'pth'}`
}

/** `%20` becomes a space; a name that then contains a slash or a NUL is not a file name. */
function safeDecode(address: string): string {
  try {
    const name = decodeURIComponent(basename(address))
    return /[/\\\0]/.test(name) ? basename(address) : name
  } catch {
    return address
  }
}
