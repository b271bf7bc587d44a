/** The contents of a checkpoint, described for messages. */
import { count } from '../bytes/count.ts'
import { withoutWrapper } from '../rename/wrappers.ts'
import type { Checkpoint } from '../tensor/tensor.ts'

const SECTIONS_SHOWN = 5
const PREFIXES_SHOWN = 6

/** `'state_dict' with 650 tensors (encoder_q, encoder_k, queue)`, for each of the first sections. */
export function describeSections({ sections }: Pick<Checkpoint, 'sections'>): string {
  const shown = [...sections].slice(0, SECTIONS_SHOWN).map(([path, state]) => {
    const prefixes = [...new Set([...state.keys()].map(name => withoutWrapper(name).split('.')[0]!))]
    const few = prefixes.slice(0, PREFIXES_SHOWN).join(', ') + (prefixes.length > PREFIXES_SHOWN ? ', …' : '')
    return `${quoteSection(path)} with ${count(state.size, 'tensor')} (${few})`
  })
  const left = sections.size - SECTIONS_SHOWN
  return shown.join('; ') + (left > 0 ? `; ${count(left, 'more section')}` : '')
}

/** The name of a section in messages. */
export function quoteSection(path: string): string {
  return path === '' ? 'the top level' : `'${path}'`
}
