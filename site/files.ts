/** The chosen or dropped files: all are listed, one is shown. */
import { blobSource, type Checkpoint, openCheckpoint } from '../src/browser.ts'
import { printable, size } from '../src/explain/print.ts'
import { byId, element } from './dom.ts'

/** A file, and the result of opening it. */
export interface Entry {
  readonly file: File
  /** Opens it once. */
  readonly opened: () => Promise<Checkpoint>
  /** A short summary. */
  state: string
}

let entries: Entry[] = []
let current: Entry | undefined

/**
 * Adds files to the list; an existing one is read again.
 * @returns the first of them, which should be shown
 */
export function addFiles(files: readonly File[]): Entry | undefined {
  const added = files.map(entryOf)
  const names = new Set(files.map(({ name }) => name))
  entries = [...entries.filter(({ file }) => !names.has(file.name)), ...added]
  return added[0]
}

function entryOf(file: File): Entry {
  let checkpoint: Promise<Checkpoint> | undefined
  return {
    file,
    state: '',
    opened() {
      checkpoint ??= openCheckpoint(blobSource(file))
      return checkpoint
    },
  }
}

/** @returns files that were not opened yet */
export function unseenFiles(): readonly Entry[] {
  return entries.filter(({ state }) => state === '')
}

export function showFiles(onPick: (entry: Entry) => void, picked = current): void {
  current = picked
  byId('several').hidden = entries.length < 2
  byId('files').replaceChildren(
    ...entries.map(entry => {
      const item = element('li')
      const button = element('button', '', 'file')
      button.setAttribute('type', 'button')
      if (entry === current) button.setAttribute('aria-current', 'true')
      button.append(
        element('span', printable(entry.file.name), 'name'),
        element('span', [size(entry.file.size), entry.state].filter(Boolean).join(', '), 'soft'),
      )
      button.addEventListener('click', () => onPick(entry))
      item.append(button)
      return item
    }),
  )
}
