/** Optional packages, which are only loaded when they are needed. */

/** `node:module` is loaded here, because no conversion needs it. */
const requireHere = (): NodeJS.Require =>
  process.getBuiltinModule('node:module').createRequire(import.meta.filename)

/**
 * By `require`, for `import()` is experimental where code comes from a cache. All of these packages have a form for it.
 * @throws what Node throws when the package is not installed, or does not start
 */
export function requirePackage(name: string): unknown {
  return requireHere()(name)
}

/** Whether `requirePackage` would find it; it is not loaded. */
export function hasPackage(name: string): boolean {
  try {
    requireHere().resolve(name)
    return true
  } catch {
    return false
  }
}
