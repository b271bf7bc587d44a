/** The page's script; the page is complete without it. Its hash is in the page's policy. */
export const SCRIPT = `
const get = id => document.getElementById(id)
const [search, shown, none, filtered, controls] = ['search', 'shown', 'none', 'filtered', 'controls'].map(get)
const buttons = [...document.querySelectorAll('#reasons button')]
const rows = [...document.querySelectorAll('#fates tbody tr')].map(row => ({
  row,
  reason: row.dataset.reason,
  text: [...row.cells].map(cell => cell.textContent).join(' ').toLowerCase(),
}))
let pressed = buttons[0]
function update() {
  const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean)
  const { reason } = pressed.dataset
  let count = 0
  for (const { row, reason: own, text } of rows) {
    row.hidden = (reason !== '' && own !== reason) || !words.every(word => text.includes(word))
    if (!row.hidden) count++
  }
  for (const button of buttons) button.setAttribute('aria-pressed', String(button === pressed))
  shown.textContent = count.toLocaleString('en') + ' of ' + rows.length.toLocaleString('en')
  none.hidden = count > 0
  const filters = [reason !== '' && pressed.firstChild.data.trim(), words.join(' ')].filter(Boolean)
  filtered.textContent = filters.length > 0 ? 'filtered: ' + filters.join(', ') + ' (' + shown.textContent + ')' : ''
}
for (const button of buttons) button.addEventListener('click', () => {
  pressed = button === pressed ? buttons[0] : button
  update()
})
search.addEventListener('input', update)
document.documentElement.classList.add('script')
controls.hidden = false
// A browser that goes back fills the search in again.
update()

// Only what scrolls is worth a stop of the Tab key.
const watch = new ResizeObserver(entries => {
  for (const { target } of entries)
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0
    else target.removeAttribute('tabindex')
})
for (const region of document.querySelectorAll('.wide')) watch.observe(region)

// On paper nothing can be opened.
let opened = []
addEventListener('beforeprint', () => {
  opened = [...document.querySelectorAll('details:not([open])')]
  for (const details of opened) details.open = true
})
addEventListener('afterprint', () => {
  for (const details of opened) details.open = false
})
`

/** Base64 of its SHA-256; a test compares it with the text. */
export const SCRIPT_HASH = 'OXuwwv2lJVIjG71hufMnU+rVoCQGd2+7xQcQ9xLEH3E='
