/** The names of objects whose class was pickled with them. */
import { expect, test } from 'vitest'
import { className } from '../../../../src/formats/torch/contents/objects.ts'
import { Call, Global, Tuple } from '../../../../src/pickle/values.ts'

const made = (by: string, ...args: string[]) => {
  const at = by.lastIndexOf('.')
  return new Call(new Global(by.slice(0, at), by.slice(at + 1)), new Tuple(args))
}

test.each([
  ['resnet.ResNet', made('resnet.ResNet')],
  // From torch.save(net, path, pickle_module=dill), and cloudpickle, for a class in __main__.
  ['Net', new Call(made('dill._dill._create_type', 'type', 'Net'), new Tuple([]))],
  ['Net', new Call(made('cloudpickle.cloudpickle._make_skeleton_class', 'type', 'Net'), new Tuple([]))],
  ['without a name', new Call(made('functools.partial'), new Tuple([]))],
])('%s', (name, object) => {
  expect(className(object)).toBe(name)
})
