/** Optional packages, which are only loaded when they are needed. */
import { createRequire } from 'node:module'

/**
 * By `require`, for `import()` is experimental where code comes from a cache. All of these packages have a form for it.
 * @throws what Node throws when the package is not installed, or does not start
 */
export function requirePackage(name: string): unknown {
  return createRequire(import.meta.filename)(name)
}

/** Whether `requirePackage` would find it; it is not loaded. */
export function hasPackage(name: string): boolean {
  try {
    createRequire(import.meta.filename).resolve(name)
    return true
  } catch {
    return false
  }
}
