/** The public API: which values and types are exported, that examples use each of them, and that docs/api.md is up to date. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
// @ts-expect-error: a script without types
import { apiPage, examplesOf, readApi } from '../scripts/api.js'
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

/** Each value is a promise, and one more thing to learn. The second list requires Node. */
const ANYWHERE = [
  ...['convertSource', 'openCheckpoint', 'decideOrThrow', 'methodByHand', 'writeBackbone'],
  ...['diffStates', 'probeBackbone', 'configFor', 'readTensor', 'readFloats'],
  ...['blobSource', 'memorySource', 'openUrl', 'memorySink', 'streamSink'],
  ...['METHODS', 'FAMILIES', 'TARGETS'],
  ...['ToolError', 'MismatchError', 'UsageError', 'FormatError', 'UnsupportedError', 'SystemError'],
]
const WITH_NODE = ['convertFile', 'openCheckpointFile', 'verifyFile']

const page = readFileSync('docs/api.md', 'utf8')
const api: readonly Entry[] = readApi()
/** Kinds that exist at run time. */
const VALUES = ['function', 'class', 'constant']

test('the library exports 27 values, and no others', () => {
  expect(Object.keys(browser).sort()).toEqual([...ANYWHERE].sort())
  expect(Object.keys(node).sort()).toEqual([...ANYWHERE, ...WITH_NODE].sort())
  expect(Object.keys(node)).toHaveLength(27)
})

test('every value appears in an example', () => {
  expect(Object.keys(node).filter(name => examplesOf(name).length === 0)).toEqual([])
})

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

/** The public functions that do the command line's work. For its output, it may use internal functions. */
const WORK = {
  'src/cli/inputs.ts': ['openCheckpointFile'],
  'src/cli/commands/convert.ts': ['convertFile'],
  'src/cli/commands/convert-many.ts': ['convertFile'],
  'src/cli/commands/verify.ts': ['verifyFile'],
  'src/cli/commands/diff.ts': ['openCheckpointFile', 'diffStates'],
  'src/cli/commands/config.ts': ['configFor'],
  'src/cli/commands/probe.ts': ['decideOrThrow', 'probeBackbone'],
  'src/cli/options.ts': ['methodByHand'],
}

/** The internals of these functions: calling them would do the same work a second time. */
const PARTS =
  /\b(openCheckpoint|openInput|openUrl|openFile|openWith|recogniseMethod|planSection|placePlan|verifyBackbone|writeBackbone|writeTorch\w+|writeSafetensors|castTensor|compareTensors|readLoaded|findDefects|writeConfig)\(/

test('the command line works through the public functions', () => {
  for (const [file, names] of Object.entries(WORK))
    for (const name of names) {
      expect(node).toHaveProperty(name)
      expect(readFileSync(file, 'utf8'), file).toMatch(new RegExp(`\\b${name}\\(`))
    }
  const files = readdirSync('src/cli', { recursive: true, encoding: 'utf8' }).filter(file =>
    file.endsWith('.ts'),
  )
  const calling = files.flatMap(file => PARTS.exec(readFileSync(join('src/cli', file), 'utf8')) ?? [])
  expect(calling).toEqual([])
})
