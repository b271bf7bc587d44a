/** TorchScript modules: objects whose attributes are tensors and further modules. */
import { damagedAdvice, FormatError } from '../../../errors.ts'
import { Call, type PickleValue } from '../../../pickle/values.ts'
import type { StateDict, Tensor } from '../../../tensor/tensor.ts'
import { SCRIPT_CLASS } from '../globals.ts'

/** Of the name of a module with those around it; the longest known have a tenth. */
const MAX_MODULE_NAME = 1000

/**
 * Of the names of all attributes. The largest known networks have some ten thousand modules, and a tenth of this; one that is
 * met at many places counts each time, and through memos, a kilobyte has more places than there are atoms.
 */
const MAX_NAMES_LENGTH = 50_000_000

/**
 * The tensors of a module and those inside it, under the names that `state_dict()` gives them. (TorchScript does not say here
 * which tensors are parameters or buffers, and which are plain attributes: all are taken.)
 * @param source the name of the pickle, for messages
 * @throws FormatError when a module lies inside itself, or there are more than can be gone through
 */
export function scriptState(
  root: PickleValue,
  asTensor: (value: PickleValue) => Tensor | undefined,
  source: string,
): StateDict {
  const state = new Map<string, Tensor>()
  const waiting: [prefix: string, module: PickleValue][] = [['', root]]
  let length = 0
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [prefix, module] = next
    const attributes = attributesOf(module) ?? new Map()
    length += attributes.size * (prefix.length + 1)
    requireNames(prefix.length, length, source)
    const inner: typeof waiting = []
    for (const [name, value] of attributes) {
      if (typeof name !== 'string') continue
      const tensor = asTensor(value)
      if (tensor) state.set(prefix + name, tensor)
      else if (attributesOf(value)) inner.push([`${prefix}${name}.`, value])
    }
    // One by one: as arguments, a hundred thousand are more than the stack of JavaScript holds.
    for (const one of inner.reverse()) waiting.push(one)
  }
  return state
}

function requireNames(prefix: number, all: number, source: string): void {
  if (prefix <= MAX_MODULE_NAME && all <= MAX_NAMES_LENGTH) return
  throw new FormatError(
    { source },
    'the modules have too many or too long names, or one contains itself.',
    damagedAdvice('archive'),
  )
}

/** The attributes of a module; undefined for values that are none. */
function attributesOf(value: PickleValue): ReadonlyMap<PickleValue, PickleValue> | undefined {
  if (!(value instanceof Call) || !value.path.startsWith(SCRIPT_CLASS)) return undefined
  return value.state instanceof Map ? value.state : undefined
}
