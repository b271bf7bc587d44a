/** Line wrapping: whole words in a terminal, one line in a pipe. */
import { expect, test } from 'vitest'
import { painter } from '../../src/cli/io.ts'
import { fold } from '../../src/explain/fold.ts'
import { size } from '../../src/explain/print.ts'
import { table } from '../../src/explain/table.ts'

test.each([
  [0, '0 bytes'],
  [999, '999 bytes'],
  [1000, '1.0 kB'],
  [999_949, '999.9 kB'],
  [999_950, '1.0 MB'],
  [94_200_000, '94.2 MB'],
  [999_999_999, '1.0 GB'],
  [5e15, '5000.0 TB'],
])('%d bytes are %s', (bytes, text) => {
  expect(size(bytes)).toBe(text)
})

test('wraps between words, and indents what follows', () => {
  expect(fold('one two three four five six', 24, 4)).toBe('one two three four\n    five six')
  expect(fold('one  two', 80)).toBe('one  two')
  expect(fold(`a ${'x'.repeat(90)} b`, 40)).toBe(`a\n${'x'.repeat(90)}\nb`)
  expect(fold('exactly twenty wide!', 20)).toBe('exactly twenty wide!')
})

test.each([undefined, 0, 25])('does not wrap in %s columns, if 12 are taken', columns => {
  expect(fold('one two three four five six seven', columns, 12)).toBe('one two three four five six seven')
})

test.each([
  [{}, false, false],
  [{}, true, true],
  [{ NO_COLOR: '1' }, true, false],
  [{ TERM: 'dumb' }, true, false],
  [{ FORCE_COLOR: '1' }, false, true],
  [{ FORCE_COLOR: '1', NO_COLOR: '1' }, false, true],
  [{ FORCE_COLOR: '0' }, true, false],
  [{ FORCE_COLOR: '' }, false, false],
])('with %j, in a terminal: %s, colours: %s', (env, isTerminal, expected) => {
  const io = { out() {}, err() {}, outIsTerminal: isTerminal, errIsTerminal: isTerminal, env }
  expect(painter(io, isTerminal)('red', 'x')).toBe(expected ? '\x1b[31mx\x1b[39m' : 'x')
})

const ROWS = [
  ['keep', 'a.long.name.of.a.tensor', 'float32  64×3×7×7', '→ conv1.weight'],
  ['drop', 'queue', 'float32  128', 'dictionary of negatives'],
]

test('a table is aligned, and not wrapped in a pipe', () => {
  expect(table(ROWS)).toBe(
    'keep  a.long.name.of.a.tensor  float32  64×3×7×7  → conv1.weight\n' +
      'drop  queue                    float32  128       dictionary of negatives',
  )
})

test('in a narrow terminal its last column wraps, or moves to the next line', () => {
  const folds = [
    'keep  a.long.name.of.a.tensor  float32  64×3×7×7  → conv1.weight',
    'drop  queue                    float32  128       dictionary of',
    '                                                  negatives',
  ]
  expect(table(ROWS, 70).split('\n')).toEqual(folds)
  expect(table(ROWS, 60).split('\n')).toEqual([
    'keep  a.long.name.of.a.tensor  float32  64×3×7×7',
    '      → conv1.weight',
    'drop  queue                    float32  128',
    '      dictionary of negatives',
  ])
  expect(table(ROWS, 47).split('\n')).toEqual([
    'keep  a.long.name.of.a.tensor',
    '      float32  64×3×7×7  → conv1.weight',
    'drop  queue',
    '      float32  128       dictionary of',
    '                         negatives',
  ])
})
