/** TorchScript modules: objects whose attributes are tensors and further modules. */
import { damagedAdvice, FormatError } from '../../../errors.ts'
import { Call, type PickleValue } from '../../../pickle/values.ts'
import type { StateDict, Tensor } from '../../../tensor/tensor.ts'
import { SCRIPT_CLASS } from '../globals.ts'

/** For the full name of a module; the longest known ones have a tenth of this. */
const MAX_MODULE_NAME = 1000

/**
 * For the names of all attributes. The largest known networks have some ten thousand modules, and a tenth of this. A module
 * in several places counts each time: through the memo, a kilobyte can contain more places than there are atoms.
 */
const MAX_NAMES_LENGTH = 50_000_000

/**
 * The tensors of a module and its submodules, under the names that `state_dict()` gives them. (TorchScript does not record
 * which tensors are parameters or buffers, and which are plain attributes: all are included.)
 * @param source the name of the pickle, for messages
 * @throws FormatError when a module contains itself, or there are too many modules
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
    // One by one: a hundred thousand arguments would overflow JavaScript's stack.
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

/** The attributes of a module; undefined for other values. */
function attributesOf(value: PickleValue): ReadonlyMap<PickleValue, PickleValue> | undefined {
  if (!(value instanceof Call) || !value.path.startsWith(SCRIPT_CLASS)) return undefined
  return value.state instanceof Map ? value.state : undefined
}
