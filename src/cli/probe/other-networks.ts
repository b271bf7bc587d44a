/** The networks of a checkpoint that were not taken: a glance at each shows whether the wrong one was. */

import { type ConvertOptions, type Decision, decide } from '../../convert/decide.ts'
import { KNOWLEDGE } from '../../convert/knowledge.ts'
import { MismatchError } from '../../errors.ts'
import { drawFilters } from '../../probe/picture.ts'
import { encodePng } from '../../probe/png.ts'
import { quickProbe } from '../../probe/probe.ts'
import type { OtherNetwork } from '../../probe/report/pictures.ts'
import type { Checkpoint } from '../../tensor/tensor.ts'

/** @returns one for each network of the method beside the one that was taken, where the file has it whole */
export async function otherNetworks(
  checkpoint: Checkpoint,
  { recognised }: Decision,
  options: ConvertOptions,
): Promise<OtherNetwork[]> {
  const others: OtherNetwork[] = []
  for (const { name } of recognised.method.networks ?? []) {
    if (name === recognised.network?.name) continue
    const decision = tryDecide(checkpoint, { ...options, network: name })
    if (!decision) continue
    const { order } = decision.recognised.method.normalisation
    const { looks, reasons, firstLayer } = await quickProbe(decision.plan.kept, order)
    const filters = await encodePng(drawFilters(firstLayer))
    others.push({ name, looks, reason: reasons[0] ?? '', filters })
  }
  return others
}

function tryDecide(checkpoint: Checkpoint, options: ConvertOptions): Decision | undefined {
  try {
    return decide(checkpoint, KNOWLEDGE, options)
  } catch (error) {
    // It is not there, or not whole: nothing to look at.
    if (error instanceof MismatchError) return undefined
    throw error
  }
}
