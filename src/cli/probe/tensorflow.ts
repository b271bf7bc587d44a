/** TensorFlow.js, if it is installed. It is only loaded for `probe --forward`. */

import { UnsupportedError } from '../../errors.ts'
import type { TensorFlow } from '../../probe/forward/tensorflow.ts'
import { requirePackage } from './optional-package.ts'

export interface Engine {
  readonly tf: TensorFlow
  /** The package that computes, for messages. */
  readonly name: string
}

/** What both packages provide besides `TensorFlow`. */
interface Core extends TensorFlow {
  ready(): Promise<void>
  setBackend(name: string): Promise<boolean>
}

interface Candidate {
  readonly name: string
  readonly load: () => Core
  /** The backend to set; tfjs-node sets its own. */
  readonly backend?: string
}

const NODE = '@tensorflow/tfjs-node'
const CORE = '@tensorflow/tfjs-core'
const WASM = '@tensorflow/tfjs-backend-wasm'

/** The fastest first. */
const CANDIDATES: readonly Candidate[] = [
  { name: NODE, load: () => requirePackage(NODE) as Core },
  {
    name: WASM,
    load: () => {
      const core = requirePackage(CORE) as Core
      requirePackage(WASM)
      return core
    },
    backend: 'wasm',
  },
]

/** @throws UnsupportedError when neither is installed, or none works */
export async function loadTensorFlow(candidates: readonly Candidate[] = CANDIDATES): Promise<Engine> {
  const problems: string[] = []
  for (const { name, load, backend } of candidates)
    try {
      const tf = load()
      if (backend && !(await tf.setBackend(backend))) throw new Error(`the backend ${backend} did not start`)
      await tf.ready()
      return { tf, name }
    } catch (error) {
      problems.push(`${name}: ${firstLine(error)}`)
    }
  throw new UnsupportedError(
    `--forward needs TensorFlow.js, and none was found (${problems.join('; ')}).`,
    `Run npm install ${CORE} ${WASM} where selfsup2mmdet is installed, or install ${NODE} instead, which is faster.`,
  )
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n')[0]!
}
