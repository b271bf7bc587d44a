/** The page: the user's actions, and what is shown. Everything about checkpoints is in the library. */
import { type Checkpoint, type Decision, decideOrThrow, ToolError } from '../src/browser.ts'
import { VERSION } from '../src/convert/version.ts'
import { printable, size } from '../src/explain/print.ts'
import { chosen, chosenFormat, forgetNetwork, prepareChoices } from './choices.ts'
import { prepareConfig, showConfig } from './config.ts'
import { announce, byId, say } from './dom.ts'
import { addFiles, type Entry, showFiles, unseenFiles } from './files.ts'
import { showFilters, showParts, showStages, stageFiller } from './picture.ts'
import { outputName, save } from './save.ts'
import { clear, showDecision, showError, showTensors } from './show.ts'

interface Opened {
  readonly entry: Entry
  readonly checkpoint: Checkpoint
}

const input = byId('file', HTMLInputElement)
const button = byId('save', HTMLButtonElement)
const filter = byId('filter', HTMLInputElement)
const progress = byId('progress', HTMLProgressElement)

let opened: Opened | undefined
let decision: Decision | undefined
/** Counts actions, so that results of outdated ones are discarded. */
let turn = 0
let isSaving = false

byId('version').textContent = VERSION
prepareConfig()
prepareChoices(() => {
  if (opened && !isSaving) judge(opened)
})

input.addEventListener('change', () => {
  take(Array.from(input.files ?? []))
  // Choosing the same file again reads it again.
  input.value = ''
})
filter.addEventListener('input', () => {
  if (opened) showTensors(opened.checkpoint, decision, filter.value)
})
button.addEventListener('click', () => void saveAs())

addEventListener('dragover', event => {
  event.preventDefault()
  document.body.classList.add('dropping')
})
addEventListener('dragleave', event => {
  if (event.relatedTarget === null) document.body.classList.remove('dropping')
})
addEventListener('drop', event => {
  event.preventDefault()
  document.body.classList.remove('dropping')
  take(Array.from(event.dataTransfer?.files ?? []))
})

/** The first new file is shown; the others are listed and opened. */
function take(files: readonly File[]): void {
  const first = addFiles(files)
  if (!first) return
  if (isSaving) {
    showFiles(pick)
    say('Still saving. The new files are in the list: choose one when saving has finished.')
    return
  }
  void pick(first).then(survey)
}

async function pick(entry: Entry): Promise<void> {
  if (isSaving) return say('Still saving: please wait until it has finished.')
  const mine = ++turn
  opened = undefined
  decision = undefined
  filter.value = ''
  document.body.classList.add('chosen')
  byId('choose').textContent = 'Choose another checkpoint'
  clear()
  forgetNetwork()
  showFiles(pick, entry)
  say(`Reading ${printable(entry.file.name)}, ${size(entry.file.size)} …`)
  try {
    const checkpoint = await entry.opened()
    if (mine !== turn) return
    opened = { entry, checkpoint }
    judge(opened)
  } catch (error) {
    if (mine === turn) refuse(error, entry)
  }
}

/** The list's summaries of files that were not selected yet. */
async function survey(): Promise<void> {
  for (const entry of unseenFiles()) {
    try {
      entry.state = stateOf(decideOrThrow(await entry.opened()))
    } catch {
      entry.state = CANNOT
    }
    showFiles(pick)
  }
}

const CANNOT = 'cannot be converted'

function stateOf({ architecture, match }: Decision): string {
  return `${match.method.name}, ${architecture.title}`
}

/** Names, types and shapes are enough for a verdict. */
function judge({ entry, checkpoint }: Opened): void {
  decision = undefined
  const mine = ++turn
  clear()
  try {
    const found = decideOrThrow(checkpoint, chosen())
    decision = found
    announce(`${printable(entry.file.name)}: ${showDecision(checkpoint, found)}`)
    entry.state = stateOf(decision)
    showAll(entry, checkpoint, decision, mine)
  } catch (error) {
    refuse(error, entry, checkpoint)
  }
  showTensors(checkpoint, decision, filter.value)
}

function refuse(error: unknown, entry: Entry, checkpoint?: Checkpoint): void {
  const problem = showError(error, entry.file, checkpoint)
  announce(`${printable(entry.file.name)} cannot be converted. ${problem}`)
  entry.state = CANNOT
  showAll(entry, checkpoint, undefined, turn)
}

function showAll(entry: Entry, checkpoint?: Checkpoint, decision?: Decision, mine?: number): void {
  showFiles(pick)
  showParts(checkpoint, decision)
  showStages(decision)
  void showFilters(decision, () => mine === turn)
  showConfig(decision, outputName(entry.file.name, chosenFormat()), chosenFormat())
}

async function saveAs(): Promise<void> {
  if (!opened || !decision || isSaving) return
  lock(true)
  const format = chosenFormat()
  const fill = stageFiller(decision)
  let isSaved = false
  try {
    const saved = await save(
      decision,
      { name: outputName(opened.entry.file.name, format), format },
      (done, all) => {
        progress.hidden = false
        progress.max = all
        progress.value = done
        fill(done)
      },
    )
    isSaved = saved !== undefined
    say(saved ? `Saved ${saved.name}, ${size(saved.bytes)}.` : 'Nothing was saved.')
    if (saved) showConfig(decision, saved.name, format)
  } catch (error) {
    say(`Not saved: ${error instanceof ToolError ? `${error.message} ${error.advice}` : error}`)
  } finally {
    lock(false)
    progress.hidden = true
    if (!isSaved) fill(0)
  }
}

/** While saving, the choices cannot be changed. */
function lock(saving: boolean): void {
  isSaving = saving
  button.disabled = saving
  byId('choices', HTMLFieldSetElement).disabled = saving
}
