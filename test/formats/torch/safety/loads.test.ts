/**
 * Which files are reported to load: only those that PyTorch loads, whatever else is beside the tensors. Each answer is
 * PyTorch's, from 1.13 and 2.13 with weights_only=False; test/interop/odd.test.ts asks it about many more.
 */
import { expect, test } from 'vitest'
import { memorySource } from '../../../../src/bytes/source.ts'
import { type Container, whichLoad } from '../../../../src/formats/torch/safety/loads.ts'
import { decodePickle } from '../../../../src/pickle/decode.ts'
import { bytesOf, HOOKS, STORAGE, text } from '../../../helpers/pickle-bytes.ts'

const part = (layout: string, more = `\x89${HOOKS}`) =>
  bytesOf('ctorch._utils\n_rebuild_tensor_v2\n(', STORAGE, layout, more, 'tR')
const bytes = (data: string) => bytesOf('c_codecs\nencode\n', text(data), text('latin1'), '\x86R')
const float64 = bytesOf(
  ...['cnumpy\ndtype\n', text('f8'), '\x89\x88\x87R(K\x03', text('<')],
  'NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb',
)
const ofBytes = (grad: string) =>
  bytesOf(
    'ctorch._utils\n_rebuild_tensor_v3\n(',
    ...['(', text('storage'), 'ctorch.storage\nUntypedStorage\n', text('0'), text('cpu'), 'K\x08tQ'],
    ...['K\x00K\x02\x85K\x01\x85', grad, HOOKS, 'ctorch\nfloat32\ntR'],
  )
/** The float 2.0. */
const TWO = 'G\x40\0\0\0\0\0\0\0'
const nested = (depth: number) => bytesOf(')', '\x85'.repeat(depth))

async function said(
  item: string | Uint8Array,
  container: Container = 'zip',
  protocol = '\x02',
): Promise<string> {
  const pickle = bytesOf(
    '\x80',
    protocol,
    '}(',
    text('a'),
    part('K\x00K\x02\x85K\x01\x85'),
    text('x'),
    item,
    'u.',
  )
  return whichLoad(container, await decodePickle(memorySource(pickle, 'x.pkl')), true)
}

test.each<[string, string | Uint8Array]>([
  ['a part of a storage', part('K\x01K\x01\x85K\x01\x85')],
  ['a part without elements, wherever it is', part('K\x09K\x00\x85K\x01\x85')],
  ['a set', 'c__builtin__\nset\n]K\x01a\x85R'],
  ['arguments of a command line', bytesOf('cargparse\nNamespace\n)\x81}', text('a'), 'K\x01sb')],
  ['a date', bytesOf('cdatetime\ndate\n', bytes('\x07\xe7\x01\x01'), '\x85R')],
  ['a NumPy number', bytesOf('cnumpy.core.multiarray\nscalar\n', float64, bytes('\0'.repeat(8)), '\x86R')],
  ['a complex number of whole floats', bytesOf('c__builtin__\ncomplex\n', TWO, TWO, '\x86R')],
  ['the metadata of a state dict', bytesOf(HOOKS, '}', text('_metadata'), HOOKS, 'sb')],
])('%s loads', async (_, item) => {
  expect(await said(item)).toBe('always')
})

test.each<[string, string | Uint8Array]>([
  ['a part beyond its storage, in no state dict', bytesOf(']', part('K\x01K\x02\x85K\x01\x85'), 'a')],
  ['one that is discarded', bytesOf(part('K\x00K\x02\x85K\x02\x85'), '0N')],
  ['fewer strides than sizes', part('K\x00K\x02\x85)')],
  ['an argument too many', part('K\x00K\x02\x85K\x01\x85', `\x89${HOOKS}NN`)],
  ['a set of lists', 'c__builtin__\nset\n]]a\x85R'],
  ['a Namespace with a number as argument', 'cargparse\nNamespace\nK\x01\x85R'],
  ['attributes that are not a dict', 'cargparse\nNamespace\n)\x81K\x01b'],
  ['month 13', bytesOf('cdatetime\ndate\n', bytes('\x07\xe7\x0d\x01'), '\x85R')],
  ['a Windows path', bytesOf('cpathlib\nWindowsPath\n', text('a'), '\x85R')],
  [
    'a NumPy number with too few bytes',
    bytesOf('cnumpy.core.multiarray\nscalar\n', float64, bytes('\0'), '\x86R'),
  ],
  ['a fraction of nothing', bytesOf('cfractions\nFraction\n', text('1/0'), '\x85R')],
  ['a class that torch.nn does not have', 'ctorch.nn\nNothing\n'],
  ['one that mmengine does not have', 'cmmengine.no\nThing\n'],
  ['a class that only some NumPy versions have', 'cnumpy\nint\n'],
  ['an extension that nobody registered', '\x82\x01'],
  ['a key that is a Namespace', '}cargparse\nNamespace\n)\x81K\x01s'],
  ['nested tuples as a key', bytesOf('}', nested(100_000), 'K\x01s')],
  ['a size of 2.0', part(`K\x00${TWO}\x85K\x01\x85`)],
  ['a stride of 2.0', part(`K\x00K\x01\x85${TWO}\x85`)],
  ['an offset of 0.0', part('G\0\0\0\0\0\0\0\0K\x02\x85K\x01\x85')],
  ['a size of 2.0, memoised in between', part(`K\x00${TWO}q\x07\x85K\x01\x85`)],
  ['a size of 2.0 from the memo', bytesOf(']', TWO, 'q\x07a', part('K\x00h\x07\x85K\x01\x85'), 'a')],
  ['a size of 2.0 twice', part(`K\x00${TWO}2\x86K\x01K\x01\x86`)],
  ['torch.Size of 2.0', bytesOf('ctorch\nSize\n', TWO, '\x85\x85R')],
  ['a frame longer than the file', bytesOf('\x95', [0xff, 0xff, 0, 0, 0, 0, 0, 0], 'N')],
  ['a frame longer than any file', bytesOf('\x95', [0, 0, 0, 0, 0, 0, 0, 0x80], 'N')],
  ['a dict whose items() is replaced', bytesOf(HOOKS, '}', text('items'), 'K\x01sb')],
  ['a gradient in a storage without a type', ofBytes('\x88')],
  ['an item set in a tensor', bytesOf(part('K\x00K\x02\x85K\x01\x85'), 'K\x05K\x01s')],
])('%s is not reported to load', async (_, item) => {
  expect(['never', 'elsewhere']).toContain(await said(item))
})

test('without a gradient, in a storage without a type, it loads since version 2', async () => {
  expect(await said(ofBytes('\x89'))).toBe('lately')
})

test('a class with its source text, which PyTorch compares', async () => {
  const of = (type: string) => bytesOf('(', text('module'), type, text('a.py'), text('class A: pass'), 'tQ')
  expect(await said(of('ccollections\nOrderedDict\n'), 'stream')).toBe('never')
})

/** Each level is a pair of the previous one: 2^60 tuples, if each were visited. */
test('keys with more elements than could ever be visited', async () => {
  const item = bytesOf('}(', `)${'2\x86'.repeat(60)}`, 'K\x01u')
  expect(await said(item)).toBe('elsewhere')
})
