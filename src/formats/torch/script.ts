/** TorchScript modules: objects whose attributes are tensors and further modules. */
import { FormatError } from '../../errors.ts'
import { Call, type PickleValue } from '../../pickle/values.ts'
import type { StateDict, Tensor } from '../../tensor/tensor.ts'
import { SCRIPT_CLASS } from './globals.ts'

/** The largest known networks have some ten thousand modules; one that is met at many places counts each time. */
const MAX_MODULES = 1_000_000

/**
 * The tensors of a module and those inside it, under the names that `state_dict()` gives them. (TorchScript does not say here
 * which tensors are parameters or buffers, and which are plain attributes: all are taken.)
 * @param source the name of the pickle, for messages
 * @throws FormatError when a module lies inside itself
 */
export function scriptState(
  root: PickleValue,
  asTensor: (value: PickleValue) => Tensor | undefined,
  source: string,
): StateDict {
  const state = new Map<string, Tensor>()
  const waiting: [prefix: string, module: PickleValue][] = [['', root]]
  let count = 0
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [prefix, module] = next
    if (++count > MAX_MODULES)
      throw new FormatError(
        { source },
        `there are more than ${MAX_MODULES} modules, or one lies inside itself.`,
      )
    const inner: typeof waiting = []
    for (const [name, value] of attributesOf(module) ?? []) {
      if (typeof name !== 'string') continue
      const tensor = asTensor(value)
      if (tensor) state.set(prefix + name, tensor)
      else if (attributesOf(value)) inner.push([`${prefix}${name}.`, value])
    }
    waiting.push(...inner.reverse())
  }
  return state
}

/** The attributes of a module; undefined for values that are none. */
function attributesOf(value: PickleValue): ReadonlyMap<PickleValue, PickleValue> | undefined {
  if (!(value instanceof Call) || !value.path.startsWith(SCRIPT_CLASS)) return undefined
  return value.state instanceof Map ? value.state : undefined
}
