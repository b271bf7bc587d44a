/** Loads optional packages on demand. */

/** Loads `node:module` here, because conversions do not need it. */
const requireHere = (): NodeJS.Require =>
  process.getBuiltinModule('node:module').createRequire(import.meta.filename)

/**
 * With `require`, because `import()` is experimental in code from a cache. All of these packages support it.
 * @throws Node's error when the package is not installed, or fails to load
 */
export function requirePackage(name: string): unknown {
  return requireHere()(name)
}

/** Whether `requirePackage` would find it; does not load it. */
export function hasPackage(name: string): boolean {
  try {
    requireHere().resolve(name)
    return true
  } catch {
    return false
  }
}
