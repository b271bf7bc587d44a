/** The page's elements. All text is inserted as text, never as HTML. */

/** @throws Error when the page does not have the element */
export function byId<T extends HTMLElement>(id: string, type?: new () => T): T {
  const found = document.getElementById(id)
  if (!(found instanceof (type ?? HTMLElement))) throw new Error(`the page has no #${id}`)
  return found as T
}

export function element(tag: string, text = '', className = ''): HTMLElement {
  const made = document.createElement(tag)
  made.textContent = text
  if (className !== '') made.className = className
  return made
}

/** A tensor's name with possible line breaks after dots and underscores. */
export function withBreaks(name: string): (Node | string)[] {
  return name.split(/(?<=[._])/).flatMap((part, index) => (index === 0 ? [part] : [element('wbr'), part]))
}

/** In the only place that screen readers announce. */
export function say(text: string): void {
  const status = byId('status')
  status.classList.remove('unseen')
  status.textContent = text
}

/** For screen readers; visually, the heading says the same. */
export function announce(text: string): void {
  const status = byId('status')
  status.classList.add('unseen')
  status.textContent = text
}

/** Lets the browser save bytes as a file. */
export function download(parts: readonly BlobPart[], name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([...parts]))
  link.download = name
  link.click()
  // By then, the browser has started the download.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
