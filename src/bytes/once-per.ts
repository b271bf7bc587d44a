/** Results that are computed once for each object and kept as long as the object lives. */
export function oncePer<K extends object, V extends object>(make: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, V>()
  return key => {
    const before = known.get(key)
    if (before) return before
    const made = make(key)
    known.set(key, made)
    return made
  }
}
