/** Advice as data: the library, the command line and the page suggest the same step, each with its own options. */
import { describe, expect, test } from 'vitest'
import { adviceHere } from '../../site/advice.ts'
import { type AdviceStep, MismatchError, UsageError } from '../../src/errors.ts'
import { adviceToType } from '../../src/explain/command-line.ts'

const STEPS: readonly (readonly [step: AdviceStep, library: string, typed: string, page: string])[] = [
  ['Download it again.', 'Download it again.', 'Download it again.', 'Download it again.'],
  [
    { use: [{ selfsup: 'swav' }], orLeaveOut: 'selfsup' },
    "Use { selfsup: 'swav' }, or omit selfsup.",
    'Use --selfsup swav, or omit --selfsup.',
    'Choose swav under “Trained with”.',
  ],
  [
    { say: 'If that is the one:', use: [{ selfsup: 'dino', network: 'student' }, { network: 'teacher' }] },
    "If that is the one: { selfsup: 'dino', network: 'student' } or { network: 'teacher' }.",
    'If that is the one: --selfsup dino --network student or --network teacher.',
    'If that is the one: choose dino under “Trained with” and student under “Network”, or teacher under “Network”.',
  ],
  [
    { say: 'It is in two places:', use: [{ section: 'ema net' }, { section: '' }] },
    "It is in two places: { section: 'ema net' } or { section: '' }.",
    "It is in two places: --section 'ema net' or --section ''.",
    "On the command line: It is in two places: --section 'ema net' or --section ''.",
  ],
  [
    { say: 'To replace it:', use: [{ overwrite: true }] },
    'To replace it: { overwrite: true }.',
    'To replace it: --overwrite.',
    'On the command line: To replace it: --overwrite.',
  ],
  [{ use: [{ limits: 4 }] }, 'Use { limits: 4 }.', 'Use --limits 4.', 'On the command line: Use --limits 4.'],
  [{ leaveOut: 'keepHead' }, 'Omit keepHead.', 'Omit --keep-head.', 'On the command line: Omit --keep-head.'],
  [
    { say: 'It has only one network:', leaveOut: 'network' },
    'It has only one network: omit network.',
    'It has only one network: omit --network.',
    'It has only one network: choose “the first one” under “Network”.',
  ],
  [
    { say: 'State which part holds it:', state: 'section' },
    'State which part holds it: section.',
    'State which part holds it: --section.',
    'On the command line: State which part holds it: --section.',
  ],
  [
    { run: "selfsup2mmdet x.pth backbone.pth --keep 'a.*=*'" },
    "  selfsup2mmdet x.pth backbone.pth --keep 'a.*=*'",
    "  selfsup2mmdet x.pth backbone.pth --keep 'a.*=*'",
    "On the command line: selfsup2mmdet x.pth backbone.pth --keep 'a.*=*'",
  ],
]

describe.each(STEPS)('%j', (step, library, typed, page) => {
  const error = new UsageError('No.', [step])

  test('library', () => {
    expect(error.advice).toBe(library)
    expect(error.steps).toEqual([step])
  })

  test('command line', () => {
    expect(adviceToType(error)).toBe(typed)
  })

  test('page', () => {
    expect(adviceHere(error)).toBe(page)
  })
})

test('several steps are several lines, and names cannot add more', () => {
  const error = new UsageError('No.', ['One.', { say: 'a\nb', use: [{ section: 'x\ny' }] }])
  expect(adviceToType(error).split('\n')).toEqual(['One.', expect.stringContaining('a\\u000ab --section')])
  expect(error.advice.split('\n')).toHaveLength(2)
})

test('without advice, the text is empty', () => {
  const error = new UsageError('No.')
  expect([error.advice, adviceToType(error), adviceHere(error)]).toEqual(['', '', ''])
  expect(error.steps).toEqual([])
  expect(adviceHere(new Error('internal'))).toBe('')
})

test('the page suggests that another method may fit', () => {
  const error = new MismatchError('No.', [{ run: 'selfsup2mmdet …' }], { unmatched: ['a'] })
  expect(adviceHere(error)).toBe(
    'It may come from another method: choose “auto-detect” under “Trained with”.',
  )
})
