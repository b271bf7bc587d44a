// Draws the content of a terminal of 80 columns: text stays text, and colours follow the reader's light or dark scheme.

export const COLUMNS = 80
const [CELL, LINE, SIZE, PAD] = [8.4, 20, 14, 16]

/** The sequences that our program uses; any other is an error, so that no picture is silently wrong. */
const STYLES = {
  0: () => ({}),
  1: style => ({ ...style, bold: true }),
  2: style => ({ ...style, dim: true }),
  22: ({ colour }) => ({ colour }),
  31: style => ({ ...style, colour: 'red' }),
  32: style => ({ ...style, colour: 'green' }),
  33: style => ({ ...style, colour: 'yellow' }),
  39: ({ colour: _, ...style }) => style,
}

/**
 * @param {string} text as a program sent it to a terminal
 * @returns {{ column: number, text: string, classes: string }[][]} for each row, its pieces of one style
 */
export function emulate(text) {
  const rows = [[]]
  let [column, style] = [0, {}]
  const put = character => {
    if (character < ' ') throw new Error(`This terminal does not know ${JSON.stringify(character)}`)
    if (column === COLUMNS) {
      rows.push([])
      column = 0
    }
    rows.at(-1)[column++] = { character, classes: Object.entries(style).map(classOf).join(' ') }
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a terminal is sent.
  for (const [piece, code, final] of text.matchAll(/\x1b\[([\d;]*)([A-Za-z])|[\s\S]/gu)) {
    if (final === 'm') style = (code || '0').split(';').reduce(restyle, style)
    else if (final === 'K' && code === '') rows.at(-1).length = column
    else if (piece === '\n') rows.push([])
    else if (piece === '\r') column = 0
    else put(piece)
  }
  while (rows.length > 0 && rows.at(-1).length === 0) rows.pop()
  return rows.map(pieces)
}

function classOf([name, value]) {
  return value === true ? name : value
}

function restyle(style, number) {
  const change = STYLES[Number(number)]
  if (!change) throw new Error(`This terminal does not know the style ${number}`)
  return change(style)
}

/** Without invisible blanks at both ends. */
function pieces(cells) {
  const found = []
  for (const [column, { character, classes }] of Array.from(cells, cell => cell ?? BLANK).entries()) {
    const last = found.at(-1)
    if (last?.classes === classes && last.column + last.text.length === column) last.text += character
    else found.push({ column, text: character, classes })
  }
  return found.flatMap(({ column, text, classes }) => {
    const before = text.length - text.trimStart().length
    return text.trim() === '' ? [] : [{ column: column + before, text: text.trim(), classes }]
  })
}

const BLANK = { character: ' ', classes: '' }

const STYLE = `
.page { fill: #ffffff; stroke: #d0d7de } text { fill: #1f2328; font: ${SIZE}px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; white-space: pre }
.bold { font-weight: 600 } .dim { fill: #59636e } .red { fill: #cf222e } .green { fill: #1a7f37 } .yellow { fill: #9a6700 }
@media (prefers-color-scheme: dark) { .page { fill: #0d1117; stroke: #30363d } text { fill: #e6edf3 } .dim { fill: #9198a1 } .red { fill: #ff7b72 } .green { fill: #3fb950 } .yellow { fill: #d29922 } }
`

/**
 * @param {string} title the alternative text
 * @param {string} text as a program sent it to a terminal
 * @returns {string} an SVG
 */
export function draw(title, text) {
  const rows = emulate(text)
  const [width, height] = [COLUMNS * CELL + 2 * PAD, rows.length * LINE + 2 * PAD]
  const lines = rows.flatMap((row, index) => row.map(piece => element(piece, PAD + index * LINE + SIZE)))
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<title>${escapeXml(title)}</title>
<style>${STYLE}</style>
<rect class="page" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="6"/>
${lines.join('\n')}
</svg>
`
}

/** `textLength`: columns stay aligned in any font. */
function element({ column, text, classes }, y) {
  const named = classes === '' ? '' : ` class="${classes}"`
  const length = Number((text.length * CELL).toFixed(1))
  const x = Number((PAD + column * CELL).toFixed(1))
  return `<text${named} x="${x}" y="${y}" textLength="${length}" lengthAdjust="spacingAndGlyphs">${escapeXml(text)}</text>`
}

function escapeXml(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
