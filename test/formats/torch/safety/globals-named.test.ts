/** Guards what is told of the names in a pickle: names with dots for what they are, and no way around by `getattr`. */
import { expect, test } from 'vitest'
import { memorySource } from '../../../../src/bytes/source.ts'
import { findForeign } from '../../../../src/formats/torch/safety/globals-named.ts'
import { decodePickle } from '../../../../src/pickle/decode.ts'
import { encodePickle } from '../../../../src/pickle/encode.ts'
import { Call, Global, type PickleValue, Tuple } from '../../../../src/pickle/values.ts'
import { call, tuple } from '../../../helpers/torch-bytes.ts'

async function told(value: PickleValue): Promise<string[]> {
  const foreign = findForeign(await decodePickle(memorySource(encodePickle(value), 'x.pkl')), 'x.pkl')
  return foreign.map(({ name, calls, severity }) => `${name} ${calls} ${severity}`)
}

const of = (owner: PickleValue, name: PickleValue): Call => call('__builtin__.getattr', owner, name)
const scheduler = new Global('torch.optim.lr_scheduler', 'OneCycleLR')

test.each<[string, PickleValue, string[]]>([
  [
    'a method',
    of(scheduler, '_annealing_cos'),
    [
      'torch.optim.lr_scheduler.OneCycleLR 0 harmless',
      'torch.optim.lr_scheduler.OneCycleLR._annealing_cos 0 harmless',
    ],
  ],
  [
    'a method that is not known by name',
    of(scheduler, '_annealing_sin'),
    [
      'torch.optim.lr_scheduler.OneCycleLR 0 harmless',
      'torch.optim.lr_scheduler.OneCycleLR._annealing_sin 0 unknown',
    ],
  ],
  [
    'a class in a class in a class, which is called',
    new Call(of(of(new Global('train', 'Config'), 'Data'), 'Crop'), new Tuple([])),
    ['train.Config 0 unknown', 'train.Config.Data 0 unknown', 'train.Config.Data.Crop 1 unknown'],
  ],
  ['a uuid', call('uuid.UUID'), ['uuid.UUID 1 harmless']],
  ['a machine', call('platform.uname_result'), ['platform.uname_result 1 harmless']],
  [
    'a version',
    call('torch.torch_version.TorchVersion', '2.1'),
    ['torch.torch_version.TorchVersion 1 harmless'],
  ],
])('%s is harmless, or unknown', async (_, value, expected) => {
  expect(await told(value)).toEqual(expected)
})

const getattr = new Global('__builtin__', 'getattr')

test.each<[string, PickleValue]>([
  ['of a dangerous module', of(new Global('os', 'path'), 'join')],
  ['of a suspicious one', of(new Global('functools', 'partial'), 'func')],
  ['of what a call returned', of(call('__builtin__.__import__', 'os'), 'system')],
  ['of an object', of(call('train.Config'), 'run')],
  ['up to a module', of(of(new Global('torch', 'serialization'), 'os'), 'system')],
  ['a module that another imports', of(new Global('torch', 'serialization'), 'os')],
  ['the way to everything', of(new Global('collections', 'OrderedDict'), '__init__')],
  ['from there', of(new Global('builtins', '__dict__'), 'get')],
  ['a name that is computed', of(scheduler, call('train.name'))],
  ['handed on', tuple(of(scheduler, 'step'), call('train.apply', getattr, tuple(scheduler, '__init__')))],
  ['handed on in a list', tuple(of(scheduler, 'step'), call('train.apply', [getattr]))],
  ['one of two is no name', tuple(of(scheduler, 'step'), of(new Global('os', 'path'), 'join'))],
  ['with a default', call('__builtin__.getattr', scheduler, 'step', null)],
])('getattr %s is dangerous', async (_, value) => {
  expect((await told(value)).join()).toMatch(/ dangerous/)
})

test.each(['__dict__.get', 'OrderedDict.__init__.__globals__.get'])(
  '%s, as protocol 4 has it',
  async name => {
    expect(await told(new Global('collections', name))).toEqual([`collections.${name} 0 dangerous`])
  },
)
