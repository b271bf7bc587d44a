/** Python values as source text, formatted like MMDetection's configs by yapf: 79 columns, indented by four. */

export type Py = string | number | boolean | null | readonly Py[] | PyTuple | PyCode | PyDict

/** `dict(key=value, …)`; keys are identifiers. */
export type PyDict = { readonly [key: string]: Py | Noted }

/** `(a, b)`. */
export class PyTuple {
  readonly items: readonly Py[]
  constructor(...items: readonly Py[]) {
    this.items = items
  }
}

/** An unquoted expression: a name, `**img_norm_cfg`. */
export class PyCode {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** A value with its reason, as a comment before it. */
export class Noted {
  readonly value: Py
  readonly comment: string
  constructor(value: Py, comment: string) {
    this.value = value
    this.comment = comment
  }
}

const WIDTH = 79

/** `name = value`, with a comment before it, if any. */
export function assignment(name: string, given: Py | Noted): string {
  const { value, comment } = unwrap(given)
  return `${comment ? `${commentLines(comment, 0)}\n` : ''}${name} = ${render(value, 0, name.length + 3, 0)}\n`
}

/** A comment, wrapped to 79 columns; templates (see `pyString`) are broken up. */
export function commentLines(text: string, indent: number): string {
  const start = `${' '.repeat(indent)}#`
  const lines = [start]
  for (const word of text.replace(/\{(?=\{)/g, '{ ').split(/\s+/)) {
    const last = lines.at(-1)!
    if (last !== start && last.length + 1 + word.length > WIDTH) lines.push(`${start} ${word}`)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines.join('\n')
}

/**
 * A string like Python's `repr`, except for `{{`: MMEngine and mmcv replace `{{ fileDirname }}`, `{{ $HOME:… }}` and `{{ _base_.…
 * }}` in the text of a config before Python reads it, even inside quotes. So the second brace is written as an escape.
 */
export function pyString(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = text.replace(/(?<=\{)\{|[\\'"]|[\p{C}\p{Zl}\p{Zp}]|[^\P{Zs} ]/gu, found => {
    if (found === '{') return '\\x7b'
    if (found === '\\') return '\\\\'
    if (found === "'" || found === '"') return found === quote ? `\\${found}` : found
    const code = found.codePointAt(0)!
    return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`
  })
  return `${quote}${escaped}${quote}`
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0')
}

function unwrap(given: Py | Noted): { value: Py; comment: string } {
  return given instanceof Noted ? given : { value: given, comment: '' }
}

/** On one line; undefined if there is a comment inside. */
function inline(given: Py | Noted): string | undefined {
  if (given instanceof Noted) return undefined
  if (given === null) return 'None'
  if (typeof given === 'string') return pyString(given)
  if (typeof given === 'boolean') return given ? 'True' : 'False'
  if (typeof given === 'number') return String(given)
  if (given instanceof PyCode) return given.text
  const { open, items, close } = partsOf(given)
  const texts = items.map(({ key, value }) => {
    const text = inline(value)
    return text === undefined ? undefined : key + text
  })
  return texts.includes(undefined) ? undefined : open + texts.join(', ') + close
}

type Container = readonly Py[] | PyTuple | PyDict

interface Item {
  /** `name=` in a dict, otherwise ''. */
  readonly key: string
  readonly value: Py | Noted
}

function partsOf(value: Container): { open: string; items: readonly Item[]; close: string } {
  const plain = (items: readonly Py[]): Item[] => items.map(value => ({ key: '', value }))
  if (isList(value)) return { open: '[', items: plain(value), close: ']' }
  if (value instanceof PyTuple)
    return { open: '(', items: plain(value.items), close: value.items.length === 1 ? ',)' : ')' }
  const items = Object.entries(value).map(([name, value]) =>
    name.startsWith('**') ? { key: '**', value } : { key: `${name}=`, value },
  )
  return { open: 'dict(', items, close: ')' }
}

function isList(value: Container): value is readonly Py[] {
  return Array.isArray(value)
}

/**
 * @param indent of the line where the value begins
 * @param column where the value begins
 * @param tail the number of characters after it on its last line
 */
function render(value: Py, indent: number, column: number, tail: number): string {
  const short = inline(value)
  const isContainer = typeof value === 'object' && value !== null && !(value instanceof PyCode)
  if (short !== undefined && (column + short.length + tail <= WIDTH || !isContainer)) return short
  const { open, items, close } = partsOf(value as Container)
  const inner = indent + 4
  const together = items.map(({ key, value }) =>
    inline(value) === undefined ? undefined : key + inline(value),
  )
  const oneLine = together.includes(undefined) ? undefined : together.join(', ')
  const isDict = open === 'dict('
  const pad = ' '.repeat(inner)
  if (isDict && oneLine !== undefined && inner + oneLine.length + close.length + tail <= WIDTH)
    return `${open}\n${pad}${oneLine}${close}`
  const lines = items.map(({ key, value: given }, index) => {
    const { value, comment } = unwrap(given)
    const last = index === items.length - 1
    const text = pad + key + render(value, inner, inner + key.length, last && isDict ? 1 + tail : 1)
    return comment ? `${commentLines(comment, inner)}\n${text}` : text
  })
  const end = isDict ? close : `\n${' '.repeat(indent)}${close}`
  return `${open}\n${lines.join(',\n')}${end}`
}
