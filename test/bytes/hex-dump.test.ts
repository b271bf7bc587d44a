/** Hex lines in error messages: the right byte is marked, and only existing bytes are shown. */
import { expect, test } from 'vitest'
import { excerpt } from '../../src/bytes/hex-dump.ts'

const BYTES = new TextEncoder().encode(
  '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ\n\u007f',
)

test('the line of the byte, and one line before and after', () => {
  expect(excerpt(BYTES, 0, 18).split('\n')).toEqual([
    '  000000  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  0123456789abcdef',
    '  000010  67 68[69]6a 6b 6c 6d 6e 6f 70 71 72 73 74 75 76  ghijklmnopqrstuv',
    '  000020  77 78 79 7a 41 42 43 44 45 46 47 48 49 4a 4b 4c  wxyzABCDEFGHIJKL',
  ])
})

test('other than printable ASCII is a dot, and missing bytes are blank', () => {
  const lines = excerpt(BYTES, 0, 62).split('\n')
  expect(lines.at(-1)).toBe('  000030  4d 4e 4f 50 51 52 53 54 55 56 57 58 59 5a[0a]7f  MNOPQRSTUVWXYZ..')
  expect(lines).toHaveLength(2)
})

test('a window that begins in the middle of a line', () => {
  expect(excerpt(BYTES.subarray(0, 3), 0x100007, 0x100008)).toBe(
    `  100000 ${'   '.repeat(7)} 30[31]32${'   '.repeat(6)}  ${' '.repeat(7)}012${' '.repeat(6)}`,
  )
})

test('a byte right after the end is also marked', () => {
  expect(excerpt(BYTES.subarray(0, 2), 0, 2)).toContain(' 30 31[  ]')
})

test('the last byte of a line is marked on both sides', () => {
  expect(excerpt(BYTES, 0, 15).split('\n')[0]).toContain(' 65[66] 0123456789abcdef')
})

test('no bytes give no lines', () => {
  expect(excerpt(new Uint8Array(0), 0, 0)).toBe('')
})
