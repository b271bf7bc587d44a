/** What is shown of a checkpoint. All text from files goes in as text, never as HTML. */
import {
  becauseOf,
  type Checkpoint,
  type Decision,
  foreignNames,
  MismatchError,
  type Report,
  sizeOf,
  type Tensor,
  ToolError,
} from '../src/browser.ts'
import { count, dropReasons, printable, reportLines, shape, size } from '../src/explain/print.ts'

/** More rows make browsers slow; the filter finds the rest. */
const SHOWN = 2000

export function byId<T extends HTMLElement>(id: string, type?: new () => T): T {
  const found = document.getElementById(id)
  if (!(found instanceof (type ?? HTMLElement))) throw new Error(`the page has no #${id}`)
  return found as T
}

export function clear(): void {
  byId('result').hidden = true
  byId('next').hidden = true
  byId('all').hidden = true
  byId('warning').hidden = true
  for (const id of ['facts', 'wrong', 'tensors', 'advice']) byId(id).replaceChildren()
}

export function showDecision(checkpoint: Checkpoint, decision: Decision): void {
  const { match, architecture, report, plan } = decision
  const { method, network } = match
  const kept = sizeOf(plan.kept)
  open('good', `Complete: ${architecture.title}, ${report.present} of ${report.expected} tensors`)
  warnOf(checkpoint)
  byId('saving').hidden = false
  byId('save').textContent = `Save backbone, ${size(kept.bytes)}`
  showFacts([
    ...fileFacts(checkpoint),
    ['method', `${method.name}${network ? `, network ${network.name}` : ''}: ${becauseOf(match)}`],
    ['architecture', architecture.title],
    ['kept', `${count(kept.tensors, 'tensor')}, ${size(kept.bytes)}`],
    ['dropped', dropReasons(plan.fates) || 'nothing'],
    ...foreignFacts(checkpoint),
  ])
}

export function showError(error: unknown, checkpoint: Checkpoint | undefined): void {
  open('bad', 'Not converted')
  byId('saving').hidden = true
  const text =
    error instanceof ToolError ? `${error.message} ${adviceHere(error)}` : `Internal error: ${error}`
  byId('advice').textContent = printable(text)
  if (checkpoint) {
    warnOf(checkpoint)
    showFacts([...fileFacts(checkpoint), ...foreignFacts(checkpoint)])
  }
  if (error instanceof MismatchError && isReport(error.details))
    byId('wrong').append(...reportLines(error.details).map(line => element('li', line.trim())))
}

/** The advice in the words of this page, which has one choice and no options. */
function adviceHere(error: ToolError): string {
  const { candidates, unmatched } = (error instanceof MismatchError ? error.details : {}) as Partial<
    Record<string, readonly string[]>
  >
  if (candidates) return `Choose ${candidates.join(' or ')} under “Trained with”.`
  if (unmatched) return 'It may come from another method: choose “auto-detect” under “Trained with”.'
  return /--\w|`selfsup2mmdet/.test(error.advice) ? `On the command line: ${error.advice}` : error.advice
}

/** What loading the file elsewhere would do comes before all facts. */
function warnOf(checkpoint: Checkpoint): void {
  const names = foreignNames(checkpoint, 'dangerous')
  const more = names.length > 5 ? ` and ${names.length - 5} more` : ''
  byId('warning').hidden = names.length === 0
  byId('warning').textContent = printable(
    `Warning: PyTorch would run ${names.slice(0, 5).join(', ')}${more} when loading this file; nothing was run here.`,
  )
}

/** The tensors whose name contains the text, each with its fate where there is one. */
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
      const row = element('tr', '')
      row.className = fate.startsWith('→') ? '' : 'drop-fate'
      row.append(
        ...[name, fate, tensor.dtype, shape(tensor.shape)].map(text => element('td', printable(text))),
      )
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
    ...(names.length > 0
      ? [['not run', `other code that the file names: ${names.join(', ')}`] as const]
      : []),
    ...checkpoint.notes.map((note): Fact => ['note', note]),
  ]
}

function showFacts(facts: readonly Fact[]): void {
  byId('facts').replaceChildren(
    ...facts.flatMap(([label, text]) => [element('dt', label), element('dd', printable(text))]),
  )
}

function element(tag: string, text: string): HTMLElement {
  const made = document.createElement(tag)
  made.textContent = text
  return made
}

function isReport(details: unknown): details is Report {
  return typeof details === 'object' && details !== null && 'misshapen' in details
}
