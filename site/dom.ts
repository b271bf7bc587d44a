/** The page's elements. All text goes in as text, never as HTML. */

/** @throws Error when the page has no such element */
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

/** The name of a tensor, which may go on in the next line behind a dot or an underscore. */
export function withBreaks(name: string): (Node | string)[] {
  return name.split(/(?<=[._])/).flatMap((part, index) => (index === 0 ? [part] : [element('wbr'), part]))
}

/** In the one place that screen readers listen to. */
export function say(text: string): void {
  const status = byId('status')
  status.classList.remove('unseen')
  status.textContent = text
}

/** For those who do not see what has appeared: to the eye, the heading says the same. */
export function announce(text: string): void {
  const status = byId('status')
  status.classList.add('unseen')
  status.textContent = text
}

/** Hands bytes to the browser as a file. */
export function download(parts: readonly BlobPart[], name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([...parts]))
  link.download = name
  link.click()
  // The browser has taken hold of it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
