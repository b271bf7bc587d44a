/** Where state dicts are found besides in dictionaries: under numbers, in lists, in objects; their paths; and the cost. */
import { describe, expect, test } from 'vitest'
import { describePickle } from '../../../../src/formats/torch/checkpoint.ts'
import type { Call, PickleValue } from '../../../../src/pickle/values.ts'
import { call, dict, tuple, vector } from '../../../helpers/torch-bytes.ts'

const NO_BYTES = {
  fileSize: 1000,
  bigEndian: false,
  open: () => Promise.reject(new Error('bytes were asked for')),
  openPart: () => Promise.reject(new Error('bytes were asked for')),
}

function describeValue(value: PickleValue) {
  return describePickle(
    { value, globals: [], calls: [], altered: new Set(), keys: new Set() } as never,
    NO_BYTES,
    'x.pkl',
  )
}

function paths(value: PickleValue): string[] {
  return [...describeValue(value).sections.keys()]
}

const net = () => dict({ 'conv1.weight': vector('0', 3) })
const numbered = (...entries: [PickleValue, PickleValue][]): PickleValue => new Map(entries)

function made(path: string, { state, entries, items }: Partial<Call>, ...args: PickleValue[]): Call {
  const object = call(path, ...args)
  if (state !== undefined) object.state = state
  for (const [key, value] of entries ?? []) object.ownEntries().set(key, value)
  for (const item of items ?? []) object.ownItems().push(item)
  return object
}

describe('a state dict', () => {
  test.each<[string, PickleValue, string[]]>([
    ['in a tuple', tuple(3, net()), ['1']],
    ['in a list', [net(), net()], ['0', '1']],
    ['under a number', numbered([0, net()], [-2, net()]), ['0', '-2']],
    ['in a list in a dict', dict({ models: [3, net()] }), ['models.1']],
    ['deeper', [tuple(1, numbered([7, dict({ net: net() })]))], ['0.1.7.net']],
    [
      'in a Namespace',
      made('argparse.Namespace', { state: dict({ state_dict: net(), epoch: 3 }) }),
      ['@state_dict'],
    ],
    [
      'in a SimpleNamespace',
      dict({ run: made('types.SimpleNamespace', { state: dict({ m: net() }) }) }),
      ['run.@m'],
    ],
    ['in a deque', made('collections.deque', { items: [net()] }), ['0']],
    ['in an EasyDict, once', easyDict({ model: net() }), ['model']],
    ['that is an EasyDict', dict({ model: easyDict({ 'conv1.weight': vector('0', 3) }) }), ['model']],
    [
      'in slots',
      made('types.SimpleNamespace', { state: tuple(dict({ a: net() }), dict({ b: net() })) }),
      ['@a', '@b'],
    ],
    [
      'in the content of an omegaconf',
      made('omegaconf.dictconfig.DictConfig', {
        state: dict({
          _content: dict({ sd: made('omegaconf.nodes.AnyNode', { state: dict({ _val: net() }) }) }),
        }),
      }),
      ['@_content.sd.@_val'],
    ],
  ])('%s', (_, value, expected) => {
    expect(paths(value)).toEqual(expected)
  })

  function easyDict(entries: Readonly<Record<string, PickleValue>>): Call {
    return made('easydict.EasyDict', { entries: dict(entries), state: dict(entries) })
  }

  test('in an addict whose state is the object itself', () => {
    const object = made('addict.addict.Dict', { entries: dict({ model: net() }) })
    object.state = object
    expect([...describeValue(object).sections.keys()]).toEqual(['model'])
  })

  test('equal paths are numbered', () => {
    expect(paths(numbered([0, net()], ['0', net()], ['a.b', net()], ['a', dict({ b: net() })]))).toEqual([
      '0',
      '0#2',
      'a.b',
      'a.b#2',
    ])
    expect(paths(numbered([0, net()], ['0', net()], ['0#2', net()]))).toEqual(['0', '0#2', '0#2#2'])
  })

  test('in two places is found in both, as the same object', () => {
    const state = net()
    const { sections } = describeValue(dict({ model: state, history: [tuple(1, state)] }))
    expect([...sections.keys()]).toEqual(['model', 'history.0.1'])
    expect(sections.get('history.0.1')).toBe(sections.get('model'))
  })
})

describe('not a state dict', () => {
  test("an optimizer's state for each parameter", () => {
    const optimizer = dict({
      state: numbered([0, dict({ momentum_buffer: vector('0', 3) })], [1, dict({ exp_avg: vector('1', 4) })]),
      param_groups: [dict({ lr: vector('2', 1), params: [0, 1] })],
    })
    expect(paths(dict({ model: net(), optimizer, optimizer_states: [optimizer] }))).toEqual(['model'])
  })

  test('tensors in a list, or as attributes', () => {
    const object = made('argparse.Namespace', { state: dict({ 'a.weight': vector('1', 2) }) })
    expect(paths(dict({ rng: [vector('0', 3)], object }))).toEqual([])
  })

  test('an invalid tensor there is ignored, because nobody needs it', () => {
    const broken = call('torch._utils._rebuild_tensor_v2', 3)
    expect(paths([net(), numbered([0, dict({ momentum: broken })])])).toEqual(['0'])
    expect(() => paths([dict({ 'conv1.weight': broken })])).toThrow('reference to a storage')
  })
})

describe('an object of another class', () => {
  const model = (entries: Readonly<Record<string, PickleValue>>) =>
    made('m.Net', { state: dict({ _parameters: dict(entries), _buffers: dict({}), _modules: dict({}) }) })

  test('is reported if it contains tensors, with its path, and is not searched', () => {
    const ddp = made('m.Wrapper', { state: dict({ net: model({ w: vector('0', 3) }) }) })
    const { sections, objects } = describeValue(
      dict({ run: [ddp], args: made('m.Args', { state: dict({ a: 1 }) }) }),
    )
    expect(sections.size).toBe(0)
    expect(objects).toEqual([{ path: 'run.0', python: '["run"][0]', class: 'm.Wrapper', isModule: false }])
    expect(describeValue(model({ w: vector('0', 3) })).objects).toEqual([
      { path: '', python: '', class: 'm.Net', isModule: true },
    ])
  })

  test('is reported if it was made with a state dict as argument', () => {
    const { objects } = describeValue(dict({ "it's": call('m.Pair', 3, net()) }))
    expect(objects).toEqual([{ path: "it's", python: `["it's"]`, class: 'm.Pair', isModule: false }])
  })

  test('only five are reported', () => {
    const { objects } = describeValue(Array.from({ length: 9 }, () => model({ w: vector('0', 3) })))
    expect(objects).toHaveLength(5)
  })
})

describe('values other than tensors in a state dict', () => {
  test('are described as in Python', () => {
    const { nonTensors } = describeValue(
      dict({
        sd: dict({ 'a.weight': vector('0', 3), 'a.count': 5, 'a.bias': null, inner: dict({ x: 1 }) }),
        epoch: 3,
      }),
    )
    expect([...nonTensors!]).toEqual([
      [
        'sd',
        new Map([
          ['a.count', '5'],
          ['a.bias', 'None'],
        ]),
      ],
    ])
  })
})

describe('within limits', () => {
  function timed<T>(work: () => T): T {
    const start = performance.now()
    const result = work()
    expect(performance.now() - start).toBeLessThan(10_000)
    return result
  }

  test('a log of a million steps', () => {
    const log = Array.from({ length: 1_000_000 }, (_, step) => tuple(step, 0.5))
    expect([...timed(() => describeValue(dict({ log, model: net() })).sections.keys())]).toEqual(['model'])
  })

  test('of a list, only the first thousand items', () => {
    const list: PickleValue[] = Array.from({ length: 1001 }, (_, index) => index)
    list[999] = net()
    list[1000] = net()
    expect([...describeValue(list).sections.keys()]).toEqual(['999'])
  })

  test('a billion paths through lists and objects', () => {
    let value: PickleValue = net()
    for (let level = 0; level < 12; level++)
      value =
        level % 2
          ? Array(10).fill(value)
          : made('argparse.Namespace', {
              state: numbered(
                ...Array.from({ length: 10 }, (_, at): [string, PickleValue] => [`a${at}`, value]),
              ),
            })
    const { sections } = timed(() => describeValue(value))
    expect(sections.size).toBeGreaterThan(100)
    expect(sections.size).toBeLessThan(1100)
  })

  test('lists nested 200,000 deep, where the search stops at its limit', () => {
    let value: PickleValue = net()
    for (let level = 0; level < 200_000; level++) value = [value]
    expect(timed(() => describeValue(value)).sections.size).toBe(0)
  })

  test('lists nested 2,000 deep, whose path is too long', () => {
    let value: PickleValue = net()
    for (let level = 0; level < 2000; level++) value = [value]
    expect(() => describeValue(value)).toThrow(/the path to a dictionary of tensors has more than 1000/)
  })

  test('a list that contains itself', () => {
    const list: PickleValue[] = [net()]
    list.push(list)
    expect([...describeValue(list).sections.keys()]).toEqual(['0'])
  })

  test('many objects over one large dictionary', () => {
    const large = numbered(...Array.from({ length: 100_000 }, (_, key): [number, number] => [key, key]))
    const objects = Array.from({ length: 900 }, () => made('m.Object', { state: large }))
    expect(timed(() => describeValue(dict({ objects }))).objects).toEqual([])
  })
})

describe('a checkpoint without a state dict', () => {
  const array = call('numpy._core.multiarray._reconstruct', 3)
  const [tensor, other] = [vector('0', 3), vector('1', 4)]
  test.each<[string, PickleValue, string]>([
    ['a tensor', tensor, 'a tensor'],
    ['a list of parameters', [tensor, other], 'a list of 2: tensors without names'],
    ['a tuple of parameters', tuple(tensor, other), 'a tuple of 2: tensors without names'],
    ['a list of mixed values', [tensor, 3], 'a list of 2'],
    ['nothing', [], 'a list of 0'],
    [
      'names that are not strings',
      numbered([tuple('a', 'b'), tensor]),
      'a dict of 1: tensors whose names are not strings',
    ],
    ['arrays', dict({ 'conv1.weight': array, epoch: 3 }), 'a dict of 2: NumPy arrays instead of tensors'],
    [
      'a method',
      call('__builtin__.getattr', call('m.Net'), 'state_dict'),
      'the method state_dict of an object, and not what it returns',
    ],
    ['a dict', dict({ epoch: 3 }), 'a dict of 1'],
  ])('%s', (_, value, holds) => {
    expect(describeValue(value).holds).toBe(holds)
  })
})
