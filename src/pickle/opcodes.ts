/**
 * Every opcode of pickle protocols 0 to 5, in one table for the decoder and its tests. A test compares codes and names with
 * CPython's `pickletools.opcodes`, also the source of the stack effects.
 */
import * as arg from './arguments.ts'
import * as lines from './lines.ts'
import type { Machine } from './machine.ts'
import { MEMORY } from './memory.ts'
import { Instance, type PickleValue, Tuple } from './values.ts'

export interface Opcode {
  readonly code: number
  readonly name: string
  /** The stack before → after, topmost value last; `|` is a mark. */
  readonly effect: string
  /** Memory for the created value without its content, in bytes. */
  readonly memory: number
  /** Reads the whole argument before changing anything, and returns what to do. */
  readonly run: (reader: Parameters<arg.ReadArgument<unknown>>[0], machine: Machine) => void
}

function op<T>(
  code: string,
  name: string,
  argument: arg.ReadArgument<T>,
  effect: string,
  act: (machine: Machine, argument: T) => void,
): Opcode {
  return {
    code: code.charCodeAt(0),
    name,
    effect,
    memory: MADE[NEW.exec(effect)?.[1] ?? ''] ?? 0,
    run: (reader, machine) => act(machine, argument(reader)),
  }
}

const MAX_PROTOCOL = 5

/** Effects that create a value. The arrow is escaped: one such character doubles the memory for the code. */
const NEW = /^(?!dict|list|set|object).*\u2192 (\w+)$/

const MADE: Readonly<Record<string, number>> = {
  int: MEMORY.number,
  float: MEMORY.number,
  str: MEMORY.text,
  bytes: MEMORY.bytes,
  bytearray: MEMORY.bytes,
  tuple: MEMORY.tuple,
  list: MEMORY.list,
  dict: MEMORY.map,
  set: MEMORY.map,
  global: MEMORY.object,
  object: MEMORY.object,
}

export const OPCODES: readonly Opcode[] = [
  // Constants
  op('N', 'NONE', arg.none, '→ None', m => m.push(null)),
  op('\x88', 'NEWTRUE', arg.none, '→ True', m => m.push(true)),
  op('\x89', 'NEWFALSE', arg.none, '→ False', m => m.push(false)),
  // Numbers
  op('I', 'INT', lines.intLine, '→ int', (m, v) => m.push(v)),
  op('J', 'BININT', arg.i32, '→ int', (m, v) => m.push(v)),
  op('K', 'BININT1', arg.u8, '→ int', (m, v) => m.push(v)),
  op('M', 'BININT2', arg.u16, '→ int', (m, v) => m.push(v)),
  op('L', 'LONG', lines.longLine, '→ int', (m, v) => m.push(v)),
  op('\x8a', 'LONG1', arg.long1, '→ int', (m, v) => m.push(v)),
  op('\x8b', 'LONG4', arg.long4, '→ int', (m, v) => m.push(v)),
  op('F', 'FLOAT', lines.floatLine, '→ float', (m, v) => m.float(v)),
  op('G', 'BINFLOAT', arg.f64, '→ float', (m, v) => m.float(v)),
  // Text and bytes. Python 2's strings are bytes that PyTorch decodes as UTF-8.
  op('S', 'STRING', lines.quotedLine, '→ str', (m, v) => m.text(v)),
  op('T', 'BINSTRING', arg.text4, '→ str', (m, v) => m.text(v)),
  op('U', 'SHORT_BINSTRING', arg.text1, '→ str', (m, v) => m.text(v)),
  op('V', 'UNICODE', lines.unicodeLine, '→ str', (m, v) => m.text(v)),
  op('\x8c', 'SHORT_BINUNICODE', arg.text1, '→ str', (m, v) => m.text(v)),
  op('X', 'BINUNICODE', arg.text4, '→ str', (m, v) => m.text(v)),
  op('\x8d', 'BINUNICODE8', arg.text8, '→ str', (m, v) => m.text(v)),
  op('C', 'SHORT_BINBYTES', arg.bytes1, '→ bytes', (m, v) => m.push(v)),
  op('B', 'BINBYTES', arg.bytes4, '→ bytes', (m, v) => m.push(v)),
  op('\x8e', 'BINBYTES8', arg.bytes8, '→ bytes', (m, v) => m.push(v)),
  op('\x96', 'BYTEARRAY8', arg.bytes8, '→ bytearray', (m, v) => m.push(v)),
  op('\x97', 'NEXT_BUFFER', arg.none, '→ buffer', m =>
    m.fail('the pickle needs a buffer that was kept outside of it.'),
  ),
  op('\x98', 'READONLY_BUFFER', arg.none, 'buffer → buffer', m => void m.top()),
  // Tuples
  op(')', 'EMPTY_TUPLE', arg.none, '→ tuple', m => m.push(new Tuple([]))),
  op('\x85', 'TUPLE1', arg.none, 'a → tuple', m => pushTuple(m, [m.pop()])),
  op('\x86', 'TUPLE2', arg.none, 'a b → tuple', m => {
    const last = m.pop()
    pushTuple(m, [m.pop(), last])
  }),
  op('\x87', 'TUPLE3', arg.none, 'a b c → tuple', m => {
    const last = m.pop()
    const middle = m.pop()
    pushTuple(m, [m.pop(), middle, last])
  }),
  op('t', 'TUPLE', arg.none, '| a… → tuple', m => pushTuple(m, m.popMark())),
  // Lists
  op(']', 'EMPTY_LIST', arg.none, '→ list', m => m.push([])),
  op('l', 'LIST', arg.none, '| a… → list', m => m.push(m.popMark())),
  op('a', 'APPEND', arg.none, 'list a → list', m => m.append([m.pop()])),
  op('e', 'APPENDS', arg.none, 'list | a… → list', m => m.append(m.popMark())),
  // Dicts
  op('}', 'EMPTY_DICT', arg.none, '→ dict', m => m.push(new Map())),
  op('d', 'DICT', arg.none, '| key value… → dict', m => m.dict(m.popMark())),
  op('s', 'SETITEM', arg.none, 'dict key value → dict', m => {
    const value = m.pop()
    m.setItems([m.pop(), value])
  }),
  op('u', 'SETITEMS', arg.none, 'dict | key value… → dict', m => m.setItems(m.popMark())),
  // Sets
  op('\x8f', 'EMPTY_SET', arg.none, '→ set', m => m.push(new Set())),
  op('\x90', 'ADDITEMS', arg.none, 'set | a… → set', m => m.addToSet(m.popMark())),
  op('\x91', 'FROZENSET', arg.none, '| a… → set', m => m.set(m.popMark())),
  // The stack
  op('(', 'MARK', arg.none, '→ |', m => m.mark()),
  op('0', 'POP', arg.none, 'a →', m => m.discard()),
  op('1', 'POP_MARK', arg.none, '| a… →', m => void m.popMark()),
  op('2', 'DUP', arg.none, 'a → a a', m => m.duplicate()),
  // The memo
  op('p', 'PUT', lines.key, 'a → a', (m, key) => m.remember(key)),
  op('q', 'BINPUT', arg.u8, 'a → a', (m, key) => m.remember(key)),
  op('r', 'LONG_BINPUT', arg.u32, 'a → a', (m, key) => m.remember(key)),
  op('\x94', 'MEMOIZE', arg.none, 'a → a', m => m.rememberNext()),
  op('g', 'GET', lines.key, '→ a', (m, key) => m.recall(key)),
  op('h', 'BINGET', arg.u8, '→ a', (m, key) => m.recall(key)),
  op('j', 'LONG_BINGET', arg.u32, '→ a', (m, key) => m.recall(key)),
  // Names of classes and functions: only names are kept
  op('c', 'GLOBAL', lines.twoLines, '→ global', (m, [module, name]) => m.global(module, name)),
  op('\x93', 'STACK_GLOBAL', arg.none, 'module name → global', m => {
    const name = m.pop()
    m.global(m.pop(), name)
  }),
  op('\x82', 'EXT1', arg.u8, '→ global', (m, code) => m.global('copyreg', `extension ${code}`)),
  op('\x83', 'EXT2', arg.u16, '→ global', (m, code) => m.global('copyreg', `extension ${code}`)),
  op('\x84', 'EXT4', arg.i32, '→ global', (m, code) => m.global('copyreg', `extension ${code}`)),
  // Calls: recorded, never made
  op('R', 'REDUCE', arg.none, 'callee args → object', m => {
    const args = m.popTuple()
    m.call(m.pop(), args)
  }),
  op('\x81', 'NEWOBJ', arg.none, 'class args → object', m => {
    const args = m.popTuple()
    m.call(m.pop(), args, Instance)
  }),
  op('\x92', 'NEWOBJ_EX', arg.none, 'class args kwargs → object', m => {
    const kwargs = m.pop()
    const args = m.popTuple()
    // Not a copy of the arguments, which could be large, for three bytes of pickle.
    m.take(MEMORY.tuple)
    m.call(m.pop(), new Tuple([args, kwargs]))
  }),
  op('i', 'INST', lines.twoLines, '| args… → object', (m, [module, name]) => {
    m.take(MEMORY.tuple + MEMORY.object)
    const args = m.tupleOf(m.popMark())
    m.global(module, name)
    m.call(m.pop(), args)
  }),
  op('o', 'OBJ', arg.none, '| class args… → object', m => {
    const [callee, ...args] = m.popMark()
    if (callee === undefined) return m.fail('expected a class to instantiate, found nothing.')
    m.take(MEMORY.tuple)
    m.call(callee, m.tupleOf(args, 1))
  }),
  op('b', 'BUILD', arg.none, 'object state → object', m => m.build(m.pop())),
  // Objects outside the pickle
  op('P', 'PERSID', lines.line, '→ object', (m, id) => m.reference(id)),
  op('Q', 'BINPERSID', arg.none, 'id → object', m => m.reference(m.pop())),
  // The pickle
  op('\x80', 'PROTO', arg.u8, '→', (m, version) => {
    if (version > MAX_PROTOCOL) m.fail(`expected a pickle protocol up to ${MAX_PROTOCOL}, found ${version}.`)
    // The protocol determines which class or function a name means.
    if (m.globals.length > 0 && version !== m.protocol)
      m.fail(`expected pickle protocol ${m.protocol} to the end, found ${version}.`)
    m.protocol = version
  }),
  op('\x95', 'FRAME', arg.isBeyondEnd, '→', (m, isBeyond) => {
    if (isBeyond) m.hasOpenFrame = true
  }),
  op('.', 'STOP', arg.none, 'a →', m => {
    m.top()
    m.done = true
  }),
]

/** Values popped one by one: an array of exact size, because pushing to an array reserves sixteen places. */
function pushTuple(machine: Machine, items: readonly PickleValue[]): void {
  machine.push(machine.tupleOf(items))
}
