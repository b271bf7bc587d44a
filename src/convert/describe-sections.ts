/** What lies in a checkpoint, in words for messages. */
import type { Checkpoint } from '../tensor/tensor.ts'
import { withoutWrapper } from './wrappers.ts'

const SECTIONS_SHOWN = 5
const PREFIXES_SHOWN = 6

/** `'state_dict' with 650 tensors (encoder_q, encoder_k, queue)`, for each of the first sections. */
export function describeSections({ sections }: Pick<Checkpoint, 'sections'>): string {
  const shown = [...sections].slice(0, SECTIONS_SHOWN).map(([path, state]) => {
    const prefixes = [...new Set([...state.keys()].map(name => withoutWrapper(name).split('.')[0]!))]
    const few = prefixes.slice(0, PREFIXES_SHOWN).join(', ') + (prefixes.length > PREFIXES_SHOWN ? ', …' : '')
    return `${quoteSection(path)} with ${tensorCount(state.size)} (${few})`
  })
  const left = sections.size - SECTIONS_SHOWN
  return shown.join('; ') + (left > 0 ? `; ${left} more section${left === 1 ? '' : 's'}` : '')
}

/** A section as messages name it. */
export function quoteSection(path: string): string {
  return path === '' ? 'the top level' : `'${path}'`
}

/** `1 tensor`, `2 tensors`. */
export function tensorCount(number: number): string {
  return `${number} tensor${number === 1 ? '' : 's'}`
}

/** `moco.pth.tar: `, or nothing where nobody said which file it is. */
export function inFile(source: string | undefined): string {
  return source === undefined ? '' : `${source}: `
}
