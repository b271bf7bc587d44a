/** Shows a checkpoint: the verdict, and the facts behind it. */

import {
  type Checkpoint,
  type Decision,
  type ExplainedDecision,
  FormatError,
  MismatchError,
  type Report,
  type Tensor,
  ToolError,
} from '../src/browser.ts'
import { sizeOf } from '../src/convert/decide.ts'
import { becauseOf } from '../src/explain/because.ts'
import { count, fullTitle, printable, reportLines, shape, size } from '../src/explain/print.ts'
import { foreignNames } from '../src/tensor/tensor.ts'
import { adviceHere, noteHere } from './advice.ts'
import { chooseMethod, methodsToTry, showChoices } from './choices.ts'
import { byId, element, withBreaks } from './dom.ts'

/** More rows make browsers slow; the filter finds the others. */
const SHOWN = 2000

export function clear(): void {
  for (const id of ['result', 'all', 'warning', 'place', 'use']) byId(id).hidden = true
  for (const id of ['facts', 'wrong', 'tensors', 'advice', 'use']) byId(id).replaceChildren()
}

/** @returns the verdict, in one line */
export function showDecision(checkpoint: Checkpoint, decision: ExplainedDecision): string {
  const { match, architecture, report, plan } = decision
  const { method, network } = match
  const kept = sizeOf(plan.kept)
  const verdict = `Complete: ${fullTitle(architecture)}, ${report.present} of ${report.expected} tensors`
  open('good', verdict)
  warnOf(checkpoint)
  showChoices(decision)
  byId('saving').hidden = false
  byId('save').textContent = `Save backbone, ${size(kept.bytes)}`
  showFacts([
    ['method', `${method.name}${network ? `, network ${network.name}` : ''}: ${becauseOf(match)}`],
    ...fileFacts(checkpoint),
    ...decision.noteParts.map((note): Fact => ['note', noteHere(note)]),
    ...foreignFacts(checkpoint),
  ])
  return verdict
}

/** @returns what is wrong, in one line */
export function showError(error: unknown, file: File, checkpoint: Checkpoint | undefined): string {
  open('bad', 'Not converted')
  byId('saving').hidden = true
  showChoices()
  const { problem, place } = inOrder(error, file.name)
  byId('advice').textContent = printable([problem, adviceHere(error)].filter(Boolean).join(' '))
  byId('place').hidden = place === ''
  byId('place').textContent = printable(place)
  showMethods(methodsToTry(error))
  if (checkpoint) warnOf(checkpoint)
  showFacts(
    checkpoint
      ? [...fileFacts(checkpoint), ...foreignFacts(checkpoint)]
      : [['file', `${file.name}, ${size(file.size)}`]],
  )
  if (error instanceof MismatchError && isReport(error.details))
    byId('wrong').append(...reportLines(error.details).map(line => element('li', line.trim())))
  return printable(problem)
}

/** The problem comes first; the file is known, and byte offsets are for experts. */
function inOrder(error: unknown, file: string): { problem: string; place: string } {
  if (!(error instanceof ToolError)) return { problem: `Internal error: ${error}`, place: '' }
  if (!(error instanceof FormatError)) return { problem: withoutStart(error.message, `${file}: `), place: '' }
  const { source, offset } = error.place
  const byte = offset === undefined ? '' : `byte ${offset} (0x${offset.toString(16)})`
  const problem = [`${source}: ${byte}: `, `${source}: `].reduce(withoutStart, error.message)
  return { problem, place: byte && `Found in ${source} at ${byte}.` }
}

function withoutStart(text: string, start: string): string {
  if (!text.startsWith(start)) return text
  const rest = text.slice(start.length)
  return rest.charAt(0).toUpperCase() + rest.slice(1)
}

/** One button for each method that the error suggests. */
function showMethods(names: readonly string[]): void {
  byId('use').hidden = names.length === 0
  byId('use').replaceChildren(
    ...names.map(name => {
      const button = element('button', name === 'auto' ? 'Use auto-detect' : `Use ${name}`)
      button.setAttribute('type', 'button')
      button.addEventListener('click', () => {
        chooseMethod(name)
        // The button is gone: keyboard focus moves to the start of the result.
        byId('method').focus()
      })
      return button
    }),
  )
}

/** The dangers of loading the file elsewhere come before all facts. */
function warnOf(checkpoint: Checkpoint): void {
  const names = foreignNames(checkpoint, 'dangerous')
  const more = names.length > 5 ? ` and ${names.length - 5} more` : ''
  byId('warning').hidden = names.length === 0
  byId('warning').textContent = printable(
    `Warning: PyTorch would run ${names.slice(0, 5).join(', ')}${more} when loading this file; nothing was run here.`,
  )
}

/** The tensors whose names contain the text, each with its fate, if known. */
export function showTensors({ sections }: Checkpoint, decision: Decision | undefined, filter: string): void {
  const fates = new Map<Tensor, string>()
  for (const fate of decision?.plan.fates ?? [])
    fates.set(fate.tensor, 'as' in fate ? `→ ${fate.as}` : fate.because)
  const all = [...sections].flatMap(([path, state]) =>
    [...state].map(([name, tensor]) => ({ name: path === '' ? name : `${path}.${name}`, tensor })),
  )
  const found = all.filter(({ name }) => name.toLowerCase().includes(filter.toLowerCase()))
  byId('all').hidden = all.length === 0
  byId('summary').textContent =
    found.length === all.length
      ? `All ${count(all.length, 'tensor')}`
      : `${found.length} of ${count(all.length, 'tensor')}`
  byId('tensors').replaceChildren(
    ...found.slice(0, SHOWN).map(({ name, tensor }) => {
      const fate = fates.get(tensor) ?? ''
      const row = element('tr', '', fate.startsWith('→') ? 'kept-fate' : 'drop-fate')
      for (const text of [name, fate, tensor.dtype, shape(tensor.shape)]) {
        const cell = element('td')
        cell.append(...withBreaks(printable(text)))
        row.append(cell)
      }
      return row
    }),
  )
}

function open(kind: 'good' | 'bad', verdict: string): void {
  const result = byId('result')
  result.className = kind
  result.hidden = false
  byId('verdict').textContent = verdict
}

type Fact = readonly [label: string, text: string]

function fileFacts({ source, size: bytes, format, era }: Checkpoint): Fact[] {
  return [
    ['file', `${source}, ${size(bytes)}`],
    ['container', `${format} (${era})`],
  ]
}

function foreignFacts(checkpoint: Checkpoint): Fact[] {
  const names = foreignNames(checkpoint, 'suspicious', 'unknown', 'harmless').slice(0, 10)
  return [
    ...(names.length > 0 ? [['not run', `other code named in the file: ${names.join(', ')}`] as const] : []),
    ...checkpoint.notes.map((note): Fact => ['note', note]),
  ]
}

function showFacts(facts: readonly Fact[]): void {
  byId('facts').replaceChildren(
    ...facts.flatMap(([label, text]) => [element('dt', label), element('dd', printable(text))]),
  )
}

function isReport(details: unknown): details is Report {
  return typeof details === 'object' && details !== null && 'misshapen' in details
}
