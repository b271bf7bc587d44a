/** The contents of a pickle: which dictionaries contain tensors, which plain facts are beside them, and which code is named. */
import { describe, expect, test } from 'vitest'
import { memorySource } from '../../../src/bytes/source.ts'
import { describePickle } from '../../../src/formats/torch/checkpoint.ts'
import { decodePickle } from '../../../src/pickle/decode.ts'
import { encodePickle } from '../../../src/pickle/encode.ts'
import { type Call, Global, type PickleValue } from '../../../src/pickle/values.ts'
import { decode, globalName, type Part, text } from '../../helpers/pickle-bytes.ts'
import { call, dict, tuple, vector } from '../../helpers/torch-bytes.ts'

const NO_BYTES = {
  fileSize: 0,
  bigEndian: false,
  open: () => Promise.reject(new Error('bytes were asked for')),
  openPart: () => Promise.reject(new Error('bytes were asked for')),
}

async function described(value: PickleValue) {
  const pickle = await decodePickle(memorySource(encodePickle(value), 'x.pkl'))
  return describePickle(pickle, NO_BYTES, 'x.pkl')
}

async function sections(value: PickleValue): Promise<Record<string, string[]>> {
  const found = (await described(value)).sections
  return Object.fromEntries([...found].map(([path, state]) => [path, [...state.keys()]]))
}

function withEntries(made: Call, entries: Readonly<Record<string, PickleValue>>): Call {
  for (const [key, value] of Object.entries(entries)) made.ownEntries().set(key, value)
  return made
}

function ordered(entries: Readonly<Record<string, PickleValue>>, ...args: PickleValue[]): Call {
  return withEntries(call('collections.OrderedDict', ...args), entries)
}

const A = vector('0', 3)
const B = vector('1', 4)

describe('sections', () => {
  test('a flat state dict is the section without a name', async () => {
    expect(await sections(dict({ a: A, b: B }))).toEqual({ '': ['a', 'b'] })
  })

  test('nested dictionaries have dotted paths, in the order of the file', async () => {
    const value = dict({
      epoch: 3,
      z: ordered({ w: A }),
      a: dict({ x: dict({ y: ordered({ w: B }) }), own: A }),
      m: dict({ w: A }),
    })
    expect(await sections(value)).toEqual({ z: ['w'], a: ['own'], 'a.x.y': ['w'], m: ['w'] })
    expect(Object.keys(await sections(value))).toEqual(['z', 'a', 'a.x.y', 'm'])
  })

  test('tensors beside a dictionary of tensors', async () => {
    expect(await sections(dict({ mean: A, model: dict({ w: B }) }))).toEqual({ '': ['mean'], model: ['w'] })
  })

  test.each<[string, PickleValue]>([
    ['dict', dict({ w: A, v: B })],
    ['OrderedDict', ordered({ w: A, v: B })],
    ['OrderedDict of a dict', ordered({}, dict({ w: A, v: B }))],
    ['OrderedDict of pairs', ordered({}, [tuple('w', A), ['v', B]])],
    ['OrderedDict of pairs, and entries', ordered({ v: B }, [tuple('w', A)])],
    [
      'defaultdict',
      withEntries(call('collections.defaultdict', new Global('builtins', 'list')), { w: A, v: B }),
    ],
  ])('%s', async (_, value) => {
    expect(await sections(dict({ model: value }))).toEqual({ model: ['w', 'v'] })
  })

  test('nothing else is a section: lists, tuples, objects, attributes', async () => {
    const object = ordered({ w: A })
    const stranger = call('m.Model')
    stranger.ownEntries().set('w', A)
    const pickle = await described(dict({ list: [dict({ w: A })], tuple: tuple(object), stranger }))
    expect(pickle.sections.size).toBe(0)
    expect(pickle.holds).toBe('a dict of 3')
  })

  test('keys that are not strings are skipped', async () => {
    const value = new Map<PickleValue, PickleValue>([
      [0, A],
      [tuple('a'), A],
      ['w', B],
      [1, dict({ w: A })],
    ])
    expect(await sections(dict({ optimizer: value }))).toEqual({ optimizer: ['w'] })
  })

  test('attributes of a state dict (_metadata) are not among the tensors', async () => {
    const pickle = await decode(
      globalName('collections', 'OrderedDict'),
      ')R',
      text('w'),
      encodePickle(A).slice(2, -1),
      's}',
      text('_metadata'),
      encodePickle(A).slice(2, -1),
      'sb.',
    )
    const { sections: found } = describePickle(pickle, NO_BYTES, 'x.pkl')
    expect([...found].map(([path, state]) => [path, [...state.keys()]])).toEqual([['', ['w']]])
  })

  test.each(['__proto__', 'constructor', 'a.b', '', 'état'])('a name like %j', async key => {
    const value = new Map<PickleValue, PickleValue>([[key, A]])
    const found = (await described(new Map<PickleValue, PickleValue>([['m', value]]))).sections
    expect([...found.get('m')!.keys()]).toEqual([key])
  })

  test('a dictionary that is reached twice is one object under both keys; one that contains itself is found once', async () => {
    // {'a': d, 'b': d, 'self': the whole} with d = {'w': tensor}
    const pickle = await decode(
      '}q\x00(',
      text('a'),
      '}',
      text('w'),
      encodePickle(A).slice(2, -1),
      'sq\x01',
      text('b'),
      'h\x01',
      text('self'),
      'h\x00u.',
    )
    const { sections: found } = describePickle(pickle, NO_BYTES, 'x.pkl')
    expect([...found.keys()]).toEqual(['a', 'b'])
    expect(found.get('b')).toBe(found.get('a'))
  })

  test('a dictionary within a dictionary of two keys is found under both', async () => {
    // {'a': d, 'b': d} with d = {'m': {'w': tensor}}
    const pickle = await decode(
      '}(',
      text('a'),
      '}',
      text('m'),
      '}',
      text('w'),
      encodePickle(A).slice(2, -1),
      'ssq\x01',
      text('b'),
      'h\x01u.',
    )
    const { sections: found } = describePickle(pickle, NO_BYTES, 'x.pkl')
    expect([...found.keys()]).toEqual(['a.m', 'b.m'])
    expect(found.get('b.m')).toBe(found.get('a.m'))
  })

  test('a billion paths to one dictionary: only about the first thousand', async () => {
    // Each level contains the one below under ten keys: 10^12 paths.
    let value: PickleValue = dict({ w: A })
    for (let level = 0; level < 12; level++)
      value = new Map(Array.from({ length: 10 }, (_, index) => [String(index), value]))
    const start = performance.now()
    const { sections: found } = describePickle(
      { value, globals: [], calls: [], altered: new Set(), keys: new Set() } as never,
      NO_BYTES,
      'x.pkl',
    )
    expect(found.size).toBeGreaterThan(100)
    expect(found.size).toBeLessThan(1100)
    expect(performance.now() - start).toBeLessThan(1000)
  })

  test.each([400, 20_000])('dictionaries nested %i deep', async depth => {
    const pickle = await decode(
      `}${'X\x01\x00\x00\x00a}'.repeat(depth)}`,
      text('w'),
      encodePickle(A).slice(2, -1),
      's'.repeat(depth + 1),
      '.',
    )
    const describing = () => describePickle(pickle, NO_BYTES, 'x.pkl')
    if (depth > 500) expect(describing).toThrow(/the path to a dictionary of tensors has more than 1000/)
    else expect([...describing().sections.keys()]).toEqual([Array(depth).fill('a').join('.')])
  })
})

test('an OrderedDict from NEWOBJ does not include its arguments, as in PyTorch', async () => {
  const parts = [text('w'), encodePickle(A).slice(2, -1)]
  const made = [globalName('collections', 'OrderedDict'), '}', ...parts, 's\x85\x81']
  const pickle = await decode('}', text('a'), ...made, text('v'), encodePickle(B).slice(2, -1), 'ss.')
  const { sections: found } = describePickle(pickle, NO_BYTES, 'x.pkl')
  expect([...found].map(([path, state]) => [path, [...state.keys()]])).toEqual([['a', ['v']]])
})

describe('dictionaries whose entries in PyTorch are uncertain', () => {
  const ORDERED = globalName('collections', 'OrderedDict')
  const entry = (vector: PickleValue) => [text('w'), encodePickle(vector).slice(2, -1)] as const
  const pair = (vector: PickleValue) => ['](', ...entry(vector), 'e'] as const

  test.each<[string, readonly Part[]]>([
    [
      'of a dict that changes',
      [
        '}q\x01',
        ...entry(A),
        's0}',
        text('m'),
        ORDERED,
        'h\x01\x85Rs',
        text('d'),
        'h\x01',
        ...entry(B),
        'ss.',
      ],
    ],
    [
      'of a list that grows',
      [
        ']q\x010}',
        text('m'),
        ORDERED,
        'h\x01(',
        ...pair(A),
        'e\x85Rs',
        text('d'),
        'h\x01',
        ...pair(B),
        'as.',
      ],
    ],
    [
      'of a pair that grows',
      ['}', text('m'), ORDERED, ']]q\x01(', ...entry(A), 'ea\x85Rs', text('d'), 'h\x01Nas.'],
    ],
    ['of two arguments', ['}', text('m'), ORDERED, '}', ...entry(A), 's}', ...entry(B), 's\x86Rs.']],
    [
      'of pairs that are counted',
      ['}', text('m'), globalName('collections', 'Counter'), '](', ...pair(A), 'e\x85Rs.'],
    ],
    ['of another', ['}', text('m'), ORDERED, ORDERED, ')R', ...entry(A), 's\x85Rs.']],
    ['of a tuple of pairs', ['}', text('m'), ORDERED, '(', ...entry(A), 't\x85\x85Rs.']],
  ])('%s', async (_, parts) => {
    const pickle = await decode(...parts)
    expect(() => describePickle(pickle, NO_BYTES, 'x.pkl')).toThrow(
      /expected a dict or a list of pairs, found/,
    )
  })

  const large = new Map<PickleValue, PickleValue>(Array.from({ length: 5000 }, (_, index) => [index, null]))
  const many = (make: () => Call) => {
    const value = new Map(Array.from({ length: 5000 }, (_, index) => [String(index), make()]))
    return () =>
      describePickle(
        { value, globals: [], calls: [], altered: new Set(), keys: new Set() } as never,
        NO_BYTES,
        'x.pkl',
      )
  }

  test('5,000 of the same dict are examined only once', () => {
    const start = performance.now()
    expect(many(() => ordered({}, large))().sections.size).toBe(0)
    expect(performance.now() - start).toBeLessThan(1000)
  })

  test('5,000 of the same dict, each with one more entry, are refused', () => {
    expect(many(() => ordered({ more: null }, large))).toThrow(/copy more than 2000000 entries of others/)
  })
})

describe('TorchScript modules', () => {
  const module = (attributes: Readonly<Record<string, PickleValue>>): Call =>
    Object.assign(call('__torch__.M'), { state: dict(attributes) })
  const found = (value: PickleValue) =>
    describePickle(
      { value, globals: [], calls: [], altered: new Set(), keys: new Set() } as never,
      NO_BYTES,
      'x.pkl',
    ).sections

  test('with 150,000 inner ones', () => {
    const inner = Array.from({ length: 150_000 }, (_, index) => [`m${index}`, module({})] as const)
    expect([
      ...found(module({ ...Object.fromEntries(inner), w: A }))
        .get('')!
        .keys(),
    ]).toEqual(['w'])
  })

  test('with too many paths to follow are refused', () => {
    let value = module({ w: A })
    for (let level = 0; level < 30; level++) value = module({ left: value, right: value })
    expect(() => found(value)).toThrow(/too many or too long names/)
  })

  test('that contain themselves are refused', () => {
    const value = module({})
    Object.assign(value, { state: dict({ self: value }) })
    expect(() => found(value)).toThrow(/or one contains itself/)
  })
})

test('facts are the plain values at the top level, except long strings', async () => {
  const { facts } = await described(
    dict({
      epoch: 200,
      arch: 'resnet50',
      best: true,
      none: null,
      list: [1],
      log: 'x'.repeat(201),
      inner: dict({ lr: 3 }),
      model: dict({ w: A }),
    }),
  )
  expect(Object.fromEntries(facts)).toEqual({ epoch: 200, arch: 'resnet50', best: true })
})

describe('foreign names', () => {
  test('are listed with the number of calls', async () => {
    const { foreign } = await described(
      dict({
        model: dict({ w: A, v: B }),
        args: call('argparse.Namespace'),
        two: [call('m.f', 1), call('m.f', 2)],
        named: new Global('m', 'Class'),
      }),
    )
    expect(foreign).toEqual([
      { name: 'argparse.Namespace', calls: 1, severity: 'harmless' },
      { name: 'm.f', calls: 2, severity: 'unknown' },
      { name: 'm.Class', calls: 0, severity: 'unknown' },
    ])
  })

  test('even if the result was discarded', async () => {
    const pickle = await decode(globalName('os', 'system'), text('ls'), '\x85R0}.')
    expect(describePickle(pickle, NO_BYTES, 'x').foreign).toEqual([
      { name: 'os.system', calls: 1, severity: 'dangerous' },
    ])
  })

  test('do not exist in a plain state dict', async () => {
    expect((await described(ordered({ w: A, v: B }))).foreign).toEqual([])
  })
})

test.each<[PickleValue, string]>([
  [[A], 'a list of 1: tensors without names'],
  [call('m.Model'), 'an object made by m.Model'],
  [A, 'a tensor'],
  [7, '7'],
])('a pickle without sections: a summary of its content', async (value, holds) => {
  const found = await described(value)
  expect(found.holds).toBe(holds)
  expect(found.sections.size).toBe(0)
})

test.each([
  ['is not valid UTF-8', 'U\x02\xff\xfe'],
  ['has more than 1000', text('x'.repeat(1001))],
])('a tensor whose name %s is refused', async (said, name) => {
  const pickle = await decode('}', name, encodePickle(A).slice(2, -1), 's.')
  expect(() => describePickle(pickle, NO_BYTES, 'x.pkl')).toThrow(said)
})

test('a section whose path is not valid UTF-8 is refused', async () => {
  const inner = await decode('}', text('conv1.weight'), encodePickle(A).slice(2, -1), 's.')
  const pickle = { ...inner, value: new Map([['state\udce3', inner.value]]) }
  expect(() => describePickle(pickle, NO_BYTES, 'x.pkl')).toThrow(
    /the path to a dictionary .* is not valid UTF-8/,
  )
})

test('an invalid tensor in a section is an error, not left out', async () => {
  await expect(described(dict({ w: call('torch._utils._rebuild_tensor_v2', 1, 2, 3) }))).rejects.toThrow(
    /x\.pkl: in the description of a tensor, expected a reference to a storage, found 1/,
  )
})
