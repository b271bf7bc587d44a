/** The user's choices: method, network, loader, type of weights, and format. */
import {
  type CastDType,
  type Decision,
  METHODS,
  type OutputFormat,
  type Part,
  TARGETS,
  ToolError,
} from '../src/browser.ts'
import { byId } from './dom.ts'

const method = byId('method', HTMLSelectElement)
const network = byId('network', HTMLSelectElement)
const part = byId('part', HTMLSelectElement)
const target = byId('target', HTMLSelectElement)
const dtype = byId('dtype', HTMLSelectElement)
const format = byId('format', HTMLSelectElement)

const DTYPES: readonly (readonly [value: CastDType | '', label: string])[] = [
  ['', 'as in the file'],
  ['float32', 'float32'],
  ['float16', 'float16'],
  ['bfloat16', 'bfloat16'],
]

const PARTS: Readonly<Record<Part, string>> = {
  backbone: 'backbone',
  neck: 'backbone and neck',
  detector: 'all but its classification layers',
}

const FORMATS: Readonly<Record<OutputFormat, string>> = {
  zip: 'PyTorch',
  legacy: 'PyTorch before 1.6',
  safetensors: 'safetensors',
}

export interface Choice {
  readonly selfsup: string
  readonly network?: string
  readonly part?: Part
  readonly target: string
  readonly dtype?: CastDType
}

/** @param onChange called when the decision depends on the choice; the format only affects writing */
export function prepareChoices(onChange: () => void): void {
  for (const { name, title } of METHODS) method.add(new Option(`${name} – ${title}`, name))
  for (const { name, title } of TARGETS) target.add(new Option(`${name} – ${title}`, name))
  for (const [value, label] of DTYPES) dtype.add(new Option(label, value))
  for (const [value, label] of Object.entries(PARTS)) part.add(new Option(label, value))
  for (const [value, label] of Object.entries(FORMATS)) format.add(new Option(label, value))
  method.addEventListener('change', () => {
    forgetNetwork()
    onChange()
  })
  for (const select of [network, part, target, dtype, format]) select.addEventListener('change', onChange)
}

/** Another file or method has other networks, loaders, and perhaps only a backbone. */
export function forgetNetwork(): void {
  network.replaceChildren()
  part.value = 'backbone'
  target.selectedIndex = 0
  showChoices()
}

export function chosen(): Choice {
  return {
    selfsup: method.value,
    ...(network.value !== '' && { network: network.value }),
    ...(part.value !== 'backbone' && { part: part.value as Part }),
    target: target.value,
    ...(dtype.value !== '' && { dtype: dtype.value as CastDType }),
  }
}

export function chosenFormat(): OutputFormat {
  return format.value as OutputFormat
}

/** Sets a choice for the user, as if made with the control. */
export function chooseMethod(name: string): void {
  method.value = name
  method.dispatchEvent(new Event('change'))
}

/** @param decision undefined if nothing can be converted: then only another method may help */
export function showChoices(decision?: Decision): void {
  const networks = decision?.match.method.networks ?? []
  if (decision) {
    network.replaceChildren(...networks.map(({ name, about }) => new Option(`${name}: ${about}`, name)))
    network.value = decision.match.network?.name ?? ''
  }
  show(network, network.options.length > 1)
  show(part, part.value !== 'backbone' || (decision !== undefined && hasMore(decision)))
  // Most networks have one class that loads them. A choice that does not match can be changed.
  show(target, target.selectedIndex > 0 || (decision !== undefined && loadersOf(decision) > 1))
  for (const select of [dtype, format]) show(select, decision !== undefined)
}

/** Whether the file contains more of a detector than its backbone. */
function hasMore({ match, plan }: Decision): boolean {
  const rules = match.method.rules.flatMap(rule => ('drop' in rule && rule.part !== undefined ? [rule] : []))
  return plan.fates.some(fate => 'because' in fate && rules.some(({ because }) => because === fate.because))
}

function loadersOf({ architecture }: Decision): number {
  return TARGETS.filter(({ homes }) => homes[architecture.family]).length
}

function show(select: HTMLSelectElement, isThere: boolean): void {
  select.closest('p')!.hidden = !isThere
}

/** The methods that an error suggests; `auto` if the chosen one does not match. */
export function methodsToTry(error: unknown): readonly string[] {
  const details = error instanceof ToolError && 'details' in error ? error.details : {}
  const { candidates = [], unmatched } = (details ?? {}) as Partial<Record<string, readonly string[]>>
  const known = candidates.filter(name => METHODS.some(method => method.name === name))
  if (known.length > 0) return known.filter(name => name !== method.value)
  return unmatched && method.value !== 'auto' ? ['auto'] : []
}
