/** Values that are not tensors under a name of the backbone: never reported as missing, and never ignored. */
import { describe, expect, test } from 'vitest'
import { MismatchError } from '../../src/errors.ts'
import { decideOrThrow } from '../../src/explain/decide.ts'
import { nonTensorsForMMDetection } from '../../src/targets/mmdetection/load.ts'
import type { Checkpoint } from '../../src/tensor/tensor.ts'
import { readList } from '../helpers/lists.ts'

const LIST = 'moco.resnet50.txt'
const QUERY = 'module.encoder_q.'

/** MoCo's list, with other values than tensors under some names of a network. */
function moco(others: Readonly<Record<string, string>>): Checkpoint {
  const { checkpoint } = readList(LIST)
  const names = Object.keys(others)
  const state = new Map([...checkpoint.sections.get('state_dict')!].filter(([name]) => !names.includes(name)))
  return {
    ...checkpoint,
    sections: new Map([['state_dict', state]]),
    nonTensors: new Map([['state_dict', new Map(Object.entries(others))]]),
  }
}

function counters(prefix: string): Record<string, string> {
  const names = [...readList(LIST).checkpoint.sections.get('state_dict')!.keys()]
  return Object.fromEntries(
    names
      .filter(name => name.startsWith(prefix) && name.endsWith('.num_batches_tracked'))
      .map(name => [name, '5']),
  )
}

function refused(checkpoint: Checkpoint, options = {}): MismatchError {
  try {
    decideOrThrow(checkpoint, options)
  } catch (error) {
    if (error instanceof MismatchError) return error
    throw error
  }
  throw new Error('it was taken')
}

describe('counters that are numbers', () => {
  test('all of them: a note, and a complete backbone', () => {
    const { report, notes } = decideOrThrow(moco(counters(QUERY)))
    expect(report).toMatchObject({ complete: true, withoutCounters: true, present: 265 })
    expect(notes).toEqual([
      'module.encoder_q.bn1.num_batches_tracked and 52 more counters are left out: the first is 5, not a tensor; PyTorch counts from 0 instead',
    ])
  })

  test('those of the other network are not mentioned', () => {
    const { report, notes } = decideOrThrow(moco(counters('module.encoder_k.')))
    expect(report).toMatchObject({ complete: true, present: 318 })
    expect(notes).toEqual([])
  })

  test('one of them: an error that says so, and the command that drops all', () => {
    const checkpoint = moco({ [`${QUERY}bn1.num_batches_tracked`]: '5' })
    const { message, advice } = refused(checkpoint)
    expect(message).toContain(
      '317 of 318 tensors match, 1 is not a tensor: bn1.num_batches_tracked is 5, not a tensor.',
    )
    expect(advice).toContain(
      "--section state_dict --drop '*.num_batches_tracked' --keep 'encoder_q.conv1.*=conv1.*'",
    )
  })
})

describe('weights that are not tensors', () => {
  test('are not reported as missing', () => {
    const { message, advice, details } = refused(
      moco({ [`${QUERY}layer1.0.bn1.weight`]: '5', [`${QUERY}layer2.0.bn1.bias`]: 'None' }),
    )
    expect(message).toMatch(
      /316 of 318 tensors match, 2 are not tensors: layer1\.0\.bn1\.weight is 5, not a tensor\.$/,
    )
    expect(advice).toContain('save model.state_dict() of the model itself')
    expect(details).toMatchObject({
      missing: [
        { name: 'layer1.0.bn1.weight', found: '5' },
        { name: 'layer2.0.bn1.bias', found: 'None' },
      ],
    })
  })

  test('even if the method is recognised by them', () => {
    const { message, advice } = refused(moco({ [`${QUERY}conv1.weight`]: 'None' }))
    expect(message).toContain('conv1.weight is None, not a tensor.')
    expect(advice).not.toContain('selfsup:')
  })

  test('NumPy arrays have their own advice', () => {
    const is = 'an object made by numpy._core.multiarray._reconstruct'
    expect(refused(moco({ [`${QUERY}layer1.0.bn1.weight`]: is })).advice).toContain('torch.from_numpy')
    expect(refused(moco({ [`${QUERY}conv1.weight`]: is })).advice).toContain('torch.from_numpy')
  })

  test('values that no rule keeps are ignored', () => {
    expect(decideOrThrow(moco({ 'module.queue_ptr': '5', epoch: '3' })).notes).toEqual([])
  })
})

test('under the names that MMDetection reads', () => {
  const others = { 'module.conv1.weight': 'None' }
  const [section, none] = [new Map(), new Map(Object.entries(others))]
  const checkpoint = {
    sections: new Map([['state_dict', section]]),
    nonTensors: new Map([['state_dict', none]]),
  }
  expect([...nonTensorsForMMDetection(checkpoint)]).toEqual([['conv1.weight', 'None']])
  expect([...nonTensorsForMMDetection(checkpoint, 'module')]).toEqual([['conv1.weight', 'None']])
  expect([...nonTensorsForMMDetection(checkpoint, 'backbone.')]).toEqual([])
})
