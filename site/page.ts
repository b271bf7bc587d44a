/** The page: what a person does, and what is shown. All that is known of checkpoints is the library's. */
import {
  blobSource,
  type Checkpoint,
  type Decision,
  decide,
  explainRefusal,
  isRefusal,
  KNOWN,
  METHODS,
  openCheckpoint,
  pyString,
  ToolError,
  VERSION,
} from '../src/browser.ts'
import { size } from '../src/explain/print.ts'
import { save } from './save.ts'
import { byId, clear, showDecision, showError, showTensors } from './show.ts'

interface Opened {
  readonly file: File
  readonly checkpoint: Checkpoint
}

const method = byId('method', HTMLSelectElement)
const input = byId('file', HTMLInputElement)
const button = byId('save', HTMLButtonElement)
const filter = byId('filter', HTMLInputElement)
const progress = byId('progress', HTMLProgressElement)

let opened: Opened | undefined
let decision: Decision | undefined
/** Counts what was begun: what was overtaken by another file is thrown away. */
let turn = 0
let isSaving = false

byId('version').textContent = VERSION
for (const { name, title } of METHODS) method.add(new Option(`${name} – ${title}`, name))

input.addEventListener('change', () => {
  const file = input.files?.[0]
  if (file) void open(file)
  // Choosing the same file once more is a wish to read it once more.
  input.value = ''
})
method.addEventListener('change', () => {
  if (opened && !isSaving) judge(opened)
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
  const file = event.dataTransfer?.files[0]
  if (file) void open(file)
})

async function open(file: File): Promise<void> {
  if (isSaving) return say('Still saving: please wait until that is done.')
  const mine = ++turn
  opened = undefined
  filter.value = ''
  clear()
  say(`Reading ${file.name}, ${size(file.size)} …`)
  try {
    const checkpoint = await openCheckpoint(blobSource(file))
    if (mine !== turn) return
    opened = { file, checkpoint }
    judge(opened)
  } catch (error) {
    if (mine === turn) refuse(error)
  }
}

/** Names, types and shapes are all that is needed for a verdict. */
function judge({ file, checkpoint }: Opened): void {
  decision = undefined
  clear()
  const options = { selfsup: method.value }
  const found = decide(checkpoint, KNOWN, options)
  if (isRefusal(found)) refuse(explainRefusal(found, { checkpoint, knowledge: KNOWN, options }), checkpoint)
  else {
    decision = found
    showDecision(checkpoint, decision)
    say(`${file.name} can be converted.`)
  }
  showTensors(checkpoint, decision, filter.value)
}

function refuse(error: unknown, checkpoint?: Checkpoint): void {
  say('This file cannot be converted.')
  showError(error, checkpoint)
}

async function saveAs(): Promise<void> {
  if (!opened || !decision || isSaving) return
  isSaving = true
  button.disabled = true
  const name = `${opened.file.name.replace(/(\.(pth|pt|bin|ckpt|torch|pkl|tar|safetensors))+$/i, '') || 'backbone'}.pth`
  try {
    const saved = await save(decision, name === opened.file.name ? `mmdet_${name}` : name, (done, all) => {
      progress.hidden = false
      progress.max = all
      progress.value = done
    })
    say(saved ? `Saved ${saved.name}, ${size(saved.bytes)}.` : 'Nothing was saved.')
    if (saved) showNext(saved.name, decision)
  } catch (error) {
    say(`Not saved: ${error instanceof ToolError ? `${error.message} ${error.advice}` : error}`)
  } finally {
    isSaving = false
    button.disabled = false
    progress.hidden = true
  }
}

function showNext(name: string, { match, architecture }: Decision): void {
  const arch = architecture.name === 'resnet50' ? '' : ` --arch ${architecture.name}`
  byId('next').hidden = false
  byId('snippet').textContent =
    `model = dict(backbone=dict(init_cfg=dict(type='Pretrained', checkpoint=${pyString(name)})))`
  byId('command').textContent =
    `npx selfsup2mmdet config ${match.method.name}${arch} --checkpoint ${quoted(name)} --out config.py`
}

/** As one word of a shell. */
function quoted(text: string): string {
  return /^[\w./+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/** In the one place that screen readers listen to. */
function say(text: string): void {
  byId('status').textContent = text
}
