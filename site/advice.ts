/** Advice in terms of the page's controls, if there are any for it. */
import { type AdviceStep, MismatchError, ToolError } from '../src/browser.ts'
import { stepInWords } from '../src/errors.ts'
import { COMMAND_LINE } from '../src/explain/command-line.ts'
import { type Note, noteInWords } from '../src/explain/notes.ts'

/** The labels of the controls, by option; and the text of the default choice. */
const CONTROLS: Readonly<Record<string, readonly [label: string, preset: string]>> = {
  selfsup: ['Trained with', 'auto-detect'],
  network: ['Network', 'the first one'],
  part: ['Part of the detector', 'backbone'],
  target: ['For', 'mmdetection'],
}

/** What to do about an error; '' if nothing. */
export function adviceHere(error: unknown): string {
  if (!(error instanceof ToolError)) return ''
  if (error instanceof MismatchError && isUnmatched(error.details))
    return 'It may come from another method: choose “auto-detect” under “Trained with”.'
  return error.steps.map(stepHere).join(' ')
}

/** A note, with controls that select what was not kept, or text to type for it. */
export function noteHere(note: Note): string {
  const { text, use } = note
  if (use === undefined) return noteInWords(note, COMMAND_LINE)
  return Object.keys(use).every(isHere)
    ? `${text}; to keep it instead, choose ${Object.entries(use).map(chosenHere).join(' and ')}`
    : noteInWords({ text, typed: COMMAND_LINE.settings(use) }, COMMAND_LINE)
}

/** Only the command line can list tensors for custom rules. */
function isUnmatched(details: unknown): boolean {
  return typeof details === 'object' && details !== null && 'unmatched' in details
}

function stepHere(step: AdviceStep): string {
  if (typeof step === 'string') return step
  if ('use' in step && step.use.every(settings => Object.keys(settings).every(isHere))) {
    const choices = step.use.map(settings => Object.entries(settings).map(chosenHere).join(' and '))
    return `${begin(step)} ${choices.join(', or ')}.`
  }
  if ('leaveOut' in step && isHere(step.leaveOut)) {
    const [label, preset] = CONTROLS[step.leaveOut]!
    return `${begin(step)} “${preset}” under “${label}”.`
  }
  return `On the command line: ${stepInWords(step, COMMAND_LINE).trim()}`
}

function begin({ say }: { readonly say?: string }): string {
  return say === undefined ? 'Choose' : `${say} choose`
}

function isHere(option: string): boolean {
  return Object.hasOwn(CONTROLS, option)
}

function chosenHere([option, value]: readonly [string, string | number | true]): string {
  return `${value} under “${CONTROLS[option]![0]}”`
}
