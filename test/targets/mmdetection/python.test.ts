/** The Python code that we write: Python reads the original values, within 79 columns. */
import { describe, expect, test } from 'vitest'
import {
  assignment,
  commentLines,
  Noted,
  type Py,
  PyCode,
  PyTuple,
  pyString,
} from '../../../src/targets/mmdetection/python.ts'
import { PYTHON, runPython } from '../../helpers/python.ts'

const STRINGS = [
  'plain',
  "it's",
  'say "x"',
  `both ' and "`,
  'back\\slash',
  'new\nline\ttab\0nul',
  'naïve 日本 🎉',
  '\u2028\u202e\u00a0\u00ad\ufeff',
  '\ud800',
  "x'); import os; os.system('id') #",
  '{{_base_.model}}',
]

describe.skipIf(!PYTHON)('Python reads', () => {
  test.each(STRINGS)('the string %j', text => {
    const said = runPython('-c', `import json; print(json.dumps(${pyString(text)}))`)
    expect(JSON.parse(said)).toBe(text)
  })

  test('every kind of value, however long', () => {
    const value: Py = {
      text: 'x'.repeat(100),
      numbers: Array.from({ length: 60 }, (_, i) => i / 8),
      nothing: null,
      flags: [true, false],
      pair: new PyTuple(1, 2),
      one: new PyTuple('only'),
      empty: {},
      list: [],
      deep: { deeper: { deepest: [{ a: 1 }, { b: [{ c: new Noted(2, 'why '.repeat(40)) }] }] } },
      '**': new PyCode('more'),
    }
    const text = `more = dict(z=1)\n${assignment('value', value)}import json; print(json.dumps(value))`
    expect(JSON.parse(runPython('-c', text))).toEqual({
      text: 'x'.repeat(100),
      numbers: Array.from({ length: 60 }, (_, i) => i / 8),
      nothing: null,
      flags: [true, false],
      pair: [1, 2],
      one: ['only'],
      empty: {},
      list: [],
      deep: { deeper: { deepest: [{ a: 1 }, { b: [{ c: 2 }] }] } },
      z: 1,
    })
  })
})

test('strings are written like repr does', () => {
  expect(pyString("it's")).toBe(`"it's"`)
  expect(pyString('a\n')).toBe("'a\\u000a'")
})

test.each<[string, Py, string]>([
  ['short', { a: 1 }, 'x = dict(a=1)\n'],
  [
    'arguments that fit on a line',
    { long: 'x'.repeat(60), b: 2 },
    `x = dict(\n    long='${'x'.repeat(60)}', b=2)\n`,
  ],
  [
    'arguments that do not',
    { long: 'x'.repeat(66), b: 2 },
    `x = dict(\n    long='${'x'.repeat(66)}',\n    b=2)\n`,
  ],
  [
    'a list of dicts',
    [{ type: 'LoadImageFromFile' }, { type: 'RandomFlip', prob: 0.5 }, { type: 'PackDetInputs' }],
    "x = [\n    dict(type='LoadImageFromFile'),\n    dict(type='RandomFlip', prob=0.5),\n    dict(type='PackDetInputs')\n]\n",
  ],
  ['a reason', { a: new Noted(1, 'because') }, 'x = dict(\n    # because\n    a=1)\n'],
])('layout: %s', (_, value, text) => {
  expect(assignment('x', value)).toBe(text)
})

test('comments are wrapped at 79 columns', () => {
  const lines = commentLines('word '.repeat(50).trim(), 4).split('\n')
  expect(lines.length).toBeGreaterThan(3)
  for (const line of lines) expect(line).toMatch(/^ {4}# word.{0,69}$/)
})
