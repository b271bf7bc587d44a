/** The names listed for a pickle: dotted names for what they are, and no way around them by `getattr`. */
import { expect, test } from 'vitest'
import { memorySource } from '../../../../src/bytes/source.ts'
import { findForeign } from '../../../../src/formats/torch/safety/globals-named.ts'
import { decodePickle } from '../../../../src/pickle/decode.ts'
import { encodePickle } from '../../../../src/pickle/encode.ts'
import { Call, Global, type PickleValue, Tuple } from '../../../../src/pickle/values.ts'
import { bytesOf, decode, globalName, HOOKS, type Part, text } from '../../../helpers/pickle-bytes.ts'
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
    'a method without a known name',
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
  ['the way to all globals', of(new Global('collections', 'OrderedDict'), '__init__')],
  ['from there', of(new Global('builtins', '__dict__'), 'get')],
  ['a name that is computed', of(scheduler, call('train.name'))],
  ['passed on', tuple(of(scheduler, 'step'), call('train.apply', getattr, tuple(scheduler, '__init__')))],
  ['passed on in a list', tuple(of(scheduler, 'step'), call('train.apply', [getattr]))],
  ['only one of two is a known name', tuple(of(scheduler, 'step'), of(new Global('os', 'path'), 'join'))],
  ['with a default', call('__builtin__.getattr', scheduler, 'step', null)],
])('getattr %s is dangerous', async (_, value) => {
  expect((await told(value)).join()).toMatch(/ dangerous/)
})

test.each(['__dict__.get', 'OrderedDict.__init__.__globals__.get'])('%s, as in protocol 4', async name => {
  expect(await told(new Global('collections', name))).toEqual([`collections.${name} 0 dangerous`])
})

const RUN = globalName('train', 'run')

/** An object with an attribute that is a function from the training code. */
function holder(attribute: string, made = 'cargparse\nNamespace\n)\x81'): Uint8Array {
  return bytesOf(made, '}', text(attribute), RUN, 'sb')
}

const IDENTITY = 'ctorch.nn.modules.linear\nIdentity\n)\x81'
const FROM_TYPE = 'ctorch._tensor\n_rebuild_from_type_v2\n('

async function toldOf(...parts: readonly Part[]): Promise<string[]> {
  const foreign = findForeign(await decode('\x80\x04', ...parts, '.'), 'x.pkl')
  return foreign.map(({ name, calls, severity }) => `${name} ${calls} ${severity}`)
}

// Python runs `train.run` for each of them, as verified with real PyTorch.
test.each<[string, Uint8Array]>([
  ['append of an object that is added to', bytesOf(holder('append'), 'K\x01a')],
  ['extend of a dict that is added to', bytesOf(holder('extend', HOOKS), '(K\x01e')],
  ['add of an object that is added to', bytesOf(holder('add'), '(K\x01\x90')],
  ['append of a module', bytesOf(holder('append', IDENTITY), 'K\x01a')],
  [
    'keys of the argument of a dict',
    bytesOf(globalName('collections', 'OrderedDict'), holder('keys'), '\x85R'),
  ],
  [
    'keys of a dict as the argument of another',
    bytesOf(globalName('builtins', 'dict'), holder('keys', HOOKS), '\x85R'),
  ],
  ['__new__ of what copyreg gets', bytesOf(globalName('copyreg', '__newobj__'), holder('__new__'), '\x85R')],
  [
    '__deepcopy__ of what is copied',
    bytesOf(globalName('torch.optim.swa_utils', 'AveragedModel'), holder('__deepcopy__'), '\x85R'),
  ],
  ['replace of a value instead of a string', bytesOf(globalName('uuid', 'UUID'), holder('replace'), '\x85R')],
  [
    'forward of a module',
    bytesOf(FROM_TYPE, holder('forward', IDENTITY), globalName('torch', 'Tensor'), ')}tR'),
  ],
  [
    'detach of a value instead of a tensor',
    bytesOf(globalName('torch._utils', '_rebuild_parameter'), holder('detach'), `\x89${HOOKS}\x87R`),
  ],
  [
    'extra_repr of a module in str()',
    bytesOf(globalName('builtins', 'str'), holder('extra_repr', IDENTITY), '\x85R'),
  ],
  [
    'an attribute set on a tensor',
    bytesOf(
      FROM_TYPE,
      globalName('torch._utils', '_rebuild_tensor_v2'),
      globalName('torch', 'Tensor'),
      ')}',
      text('append'),
      RUN,
      'stRK\x01a',
    ),
  ],
  [
    '__setstate__ of a dict with attributes',
    bytesOf('cyacs.config\nCfgNode\n)\x81', text('__setstate__'), RUN, 'sK\x01b'),
  ],
])('%s is called', async (_, value) => {
  expect(await toldOf(value)).toContain('train.run 1 unknown')
})

test.each<[string, Uint8Array]>([
  ['an object', holder('run')],
  ['a list', bytesOf(']', RUN, 'a')],
  ['a deque, which is added to', bytesOf('ccollections\ndeque\n)R', RUN, 'a')],
  [
    'a dict of an object',
    bytesOf(globalName('collections', 'OrderedDict'), ']', text('a'), holder('keys'), '\x86a\x85R'),
  ],
  ['a dict with attributes', bytesOf('cyacs.config\nCfgNode\n)\x81', text('a'), RUN, 's}b')],
])('in %s, a function is only named', async (_, value) => {
  expect(await toldOf(value)).toContain('train.run 0 unknown')
})

test.each([
  ['antigravity', 'fly', 'dangerous'],
  ['unittest.__main__', 'main', 'dangerous'],
  ['__main__', 'Net', 'unknown'],
  ['this', 's', 'suspicious'],
])('%s.%s, from a module that does something on import: %s', async (module, name, severity) => {
  expect(await told(new Global(module, name))).toEqual([`${module}.${name} 0 ${severity}`])
})
