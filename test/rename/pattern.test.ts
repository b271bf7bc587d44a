/** The patterns of rules: literal text, at most one star, and no regular expressions. */
import { describe, expect, test } from 'vitest'
import { matcher, substitute } from '../../src/rename/pattern.ts'

describe('matcher', () => {
  test.each([
    ['queue', 'queue', ''],
    ['queue', 'queue_ptr', undefined],
    ['queue', 'a.queue', undefined],
    ['', '', ''],
    ['', 'x', undefined],
    ['*', '', ''],
    ['*', 'anything.at.all', 'anything.at.all'],
    ['fc.*', 'fc.weight', 'weight'],
    ['fc.*', 'fc.', ''],
    ['fc.*', 'fc', undefined],
    ['fc.*', 'xfc.weight', undefined],
    ['*.weight', 'layer1.0.conv1.weight', 'layer1.0.conv1'],
    ['*.weight', '.weight', ''],
    ['*.weight', 'weight', undefined],
    ['layer*.weight', 'layer1.0.weight', '1.0'],
    // The parts before and after the star must not overlap in the name.
    ['aba*ba', 'ababa', ''],
    ['aba*aba', 'ababa', undefined],
    ['ab*ba', 'aba', undefined],
    // No other character is special.
    ['fc.', 'fcx', undefined],
    ['a+b?(c)[d]^$|\\', 'a+b?(c)[d]^$|\\', ''],
    ['a+*', 'aa', undefined],
    ['LAYER*', 'layer1', undefined],
    ['*', 'line\nline', 'line\nline'],
  ])('%j and %j: %j', (pattern, name, stands) => {
    expect(matcher(pattern)(name)).toBe(stands)
  })
})

describe('substitute', () => {
  test.each([
    ['*', 'conv1.weight', 'conv1.weight'],
    ['backbone.*', 'conv1', 'backbone.conv1'],
    ['fc.*.x', '', 'fc..x'],
    ['fixed', 'ignored', 'fixed'],
    // Not the patterns of String.replace.
    ['<*>', '$&$1$$', '<$&$1$$>'],
  ])('%j with %j: %j', (pattern, stands, name) => {
    expect(substitute(pattern, stands)).toBe(name)
  })
})
