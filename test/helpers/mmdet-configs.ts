/** Configs as evaluated by Python, on top of MMDetection's own base files. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Generation } from '../../src/targets/mmdetection/versions.ts'
import { runPython } from './python.ts'

export const FIXTURES = join(import.meta.dirname, '../../fixtures/mmdet/')

// biome-ignore lint/suspicious/noExplicitAny: a config is a tree of anything
export type Config = any

/** Evaluates many configs in one Python process. */
export function evaluate(
  folder: string,
  mmdet: Generation,
  texts: ReadonlyMap<string, string>,
): Map<string, Config> {
  const paths = new Map<string, string>()
  for (const [key, text] of texts) {
    const path = join(folder, `${mmdet}-${paths.size}.py`)
    writeFileSync(path, text)
    paths.set(path, key)
  }
  const values: Record<string, Config> = JSON.parse(
    runPython(join(FIXTURES, 'evaluate.py'), mmdet, ...paths.keys()),
  )
  return new Map(Object.entries(values).map(([path, value]) => [paths.get(path)!, value]))
}
