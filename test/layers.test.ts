/** The architecture: imports run downward only, and only the allowed parts use Node's modules. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

const LAYERS = [
  ['errors'],
  ['bytes'],
  ['http', 'zip', 'tar', 'pickle', 'tensor'],
  ['node', 'rename', 'formats'],
  ['families'],
  ['methods', 'targets'],
  ['probe', 'convert'],
  ['explain'],
  ['browser', 'files'],
  ['index'],
  ['cli'],
]
const IMPORT = /(?:from|import)\s+'([^']+)'/g

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.ts'))
  .map(file => join('src', file))
const area = (file: string): string => file.split('/')[1]!.replace(/\.ts$/, '')
const rank = (file: string): number => LAYERS.findIndex(row => row.includes(area(file)))
const imports = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(IMPORT)].map(found => found[1]!)

test.each(files)('%s imports downward', file => {
  expect(rank(file), 'an area of a known layer').toBeGreaterThanOrEqual(0)
  for (const path of imports(file).filter(path => path.startsWith('.'))) {
    const to = join(dirname(file), path)
    const allowed = area(file) === area(to) || rank(to) < rank(file)
    expect(allowed, `${file} may not import ${to}`).toBe(true)
  }
})

test('ARCHITECTURE.md lists what each folder imports', () => {
  const table = readFileSync('ARCHITECTURE.md', 'utf8')
    .split('<!-- rooms -->')[1]!
    .split('<!-- /rooms -->')[0]!
  const said = [...table.matchAll(/^\| `(\w+)` \| .+? \| ?(.*?) ?\|$/gm)].map(([, room, to]) => [room, to])
  const found = LAYERS.flat().map(room => {
    const own = files.filter(file => area(file) === room)
    const to = own.flatMap(file =>
      imports(file)
        .filter(path => path.startsWith('.'))
        .map(path => area(join(dirname(file), path))),
    )
    return [
      room,
      [...new Set(to)]
        .filter(other => other !== room)
        .sort()
        .join(', '),
    ]
  })
  expect(Object.fromEntries(said)).toEqual(Object.fromEntries(found))
})

test("only cli/ and node/ import Node's modules", () => {
  const knowing = files.filter(file => imports(file).some(path => path.startsWith('node:')))
  expect(knowing.filter(file => !['cli', 'node'].includes(area(file)))).toEqual([])
})

test('the browser entry does not reach anything that uses Node', () => {
  const reached = new Set<string>()
  const visit = (file: string): void => {
    if (reached.has(file)) return
    reached.add(file)
    for (const path of imports(file)) {
      expect(path, `${file} imports`).toMatch(/^\./)
      visit(join(dirname(file), path))
    }
  }
  visit('src/browser.ts')
  expect(reached.size).toBeGreaterThan(80)
  expect([...reached].filter(file => ['node', 'files'].includes(area(file)))).toEqual([])
})

test('files stay small', () => {
  const long = files.filter(file => readFileSync(file, 'utf8').split('\n').length > 300)
  expect(long).toEqual([])
})

test('there are no import cycles', () => {
  const state = new Map<string, 'open' | 'done'>()
  function visit(file: string, path: readonly string[]): void {
    if (state.get(file) === 'done') return
    expect(state.get(file), [...path, file].join(' → ')).toBeUndefined()
    state.set(file, 'open')
    for (const to of imports(file).filter(path => path.startsWith('.')))
      visit(join(dirname(file), to), [...path, file])
    state.set(file, 'done')
  }
  for (const file of files) visit(file, [])
})
