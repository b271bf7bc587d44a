/** The types of the public API, their comments, and that docs/api.md is up to date. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
// @ts-expect-error: a script without types
import { apiPage, readApi } from '../scripts/api.js'
import * as browser from '../src/browser.ts'
import * as node from '../src/index.ts'

interface Entry {
  readonly name: string
  readonly kind: string
  readonly file: string
  readonly about: string
  readonly inBrowser: boolean
  readonly lacks: readonly string[]
}

const page = readFileSync('docs/api.md', 'utf8')
const api: readonly Entry[] = readApi()
/** Kinds that exist at run time. */
const VALUES = ['function', 'class', 'constant']

test('every type that an export mentions is exported', () => {
  const lacking = api.flatMap(({ name, lacks }) => lacks.map(type => `${name} names ${type}`))
  expect(lacking).toEqual([])
})

test('docs/api.md is up to date: run `npm run api`', () => {
  expect(page).toBe(apiPage(api))
})

test('every export has a comment that describes it', () => {
  const silent = api.filter(({ about }) => about === '')
  expect(silent.map(({ file, name }) => `${file}: ${name}`)).toEqual([])
})

test('the exports are the ones that a program finds, in Node and in a browser', () => {
  const values = api.filter(({ kind }) => VALUES.includes(kind))
  expect(values.map(({ name }) => name).sort()).toEqual(Object.keys(node).sort())
  const inBrowser = values.filter(entry => entry.inBrowser).map(({ name }) => name)
  expect(inBrowser.sort()).toEqual(Object.keys(browser).sort())
  for (const { name, inBrowser } of api)
    expect(page.split(`\n### ${name}\n`)[1]!.split('\n')[1]!.endsWith('**Node only**'), name).toBe(!inBrowser)
})

test('its links lead to headings, and each heading has a unique link', () => {
  const headings = [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading!)
  const anchors = new Map<string, string>()
  for (const heading of headings) {
    const slug = heading.toLowerCase().replaceAll(' ', '-')
    const count = [...anchors.values()].filter(other => other.toLowerCase() === heading.toLowerCase()).length
    anchors.set(count === 0 ? slug : `${slug}-${count}`, heading)
  }
  const links = [...page.matchAll(/\[`(\w+)`\]\(#([\w-]+)\)/g)]
  expect(links.length).toBeGreaterThan(api.length)
  for (const [, name, anchor] of links) expect(anchors.get(anchor!), anchor).toBe(name)
})

test('declarations have types and no bodies', () => {
  expect(page).toContain('\nfunction configFor(given: string | Method, options?: ConfigOptions): string\n')
  expect(page).toContain(
    '### TensorArray\n\ntype · [tensor/read-tensor.ts](../src/tensor/read-tensor.ts)\n\n',
  )
  expect(page).toContain(
    '- parameter `input`: a path, a URL, or `-` for standard input: see `openCheckpointFile`\n',
  )
  expect(page).toMatch(/- throws: MismatchError when .*\n/)
  expect(page).not.toMatch(/\breturn /)
})
