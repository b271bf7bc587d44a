/** `probe --forward`: runs the backbone on images, and formats the result. */

import { UsageError } from '../../errors.ts'
import type { Method } from '../../methods/method.ts'
import { type Forward, probeForward } from '../../probe/forward/forward.ts'
import { generateImages } from '../../probe/forward/images.ts'
import type { Probe, ProbeVerdict } from '../../probe/probe.ts'
import type { StateDict } from '../../tensor/tensor.ts'
import type { Engine } from './tensorflow.ts'

export interface ForwardOptions {
  readonly forward?: boolean
  readonly images?: string
}

/** What was run on which images, for messages and JSON. */
export interface ForwardRun extends Forward {
  /** The package that computed it. */
  readonly engine: Engine['name']
  /** The folder of the images; undefined for generated ones. */
  readonly folder?: string | undefined
  /** What else the folder contains, as text; '' for nothing. */
  readonly leftOut: string
}

/** @throws UsageError when images are given, but nothing is run on them */
export function checkForwardOptions({ forward, images }: ForwardOptions): void {
  if (!forward && images !== undefined) throw new UsageError('--images requires --forward.', 'Add --forward.')
}

/** @returns undefined without --forward; then TensorFlow.js is not loaded */
export async function runForward(
  kept: StateDict,
  method: Method,
  { looks }: Probe,
  { forward, images: folder }: ForwardOptions,
): Promise<ForwardRun | undefined> {
  if (!forward) return undefined
  const { loadTensorFlow } = await import('./tensorflow.ts')
  const { readImages } = await import('./images.ts')
  const { images, leftOut } =
    folder === undefined ? { images: generateImages(), leftOut: '' } : await readImages(folder)
  const { tf, name } = await loadTensorFlow()
  const isTrained = looks !== 'random'
  const run = await probeForward(tf, kept, method, images, { isTrained })
  return { ...run, engine: name, folder, leftOut }
}

/** The overall verdict: the worst of everything found. Doubts about the images are not doubts about the backbone. */
export function overallVerdict({ looks }: Probe, forward: ForwardRun | undefined): ProbeVerdict {
  if (looks === 'broken' || forward?.verdict === 'broken') return 'broken'
  if (looks !== 'random' && forward?.verdict === 'collapsed') return 'collapsed'
  return looks
}

/** A table's head and rows. */
export function activationRows({ stages }: Forward, number: (value: number) => string): string[][] {
  return [
    ['stage', 'output', 'mean', 'std. dev.', 'max', 'zeros'],
    ...stages.map(({ name, shape, mean, deviation, largest, zeros }) => [
      name,
      shape.join(' × '),
      number(mean),
      number(deviation),
      number(largest),
      `${(100 * zeros).toFixed(0)} %`,
    ]),
  ]
}
