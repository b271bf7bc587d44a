/** The networks of a checkpoint that were not kept: looking at each shows whether the wrong one was kept. */

import { type ConvertOptions, type Decision, decide } from '../../convert/decide.ts'
import { KNOWN } from '../../convert/knowledge.ts'
import { isRefusal } from '../../convert/refusal.ts'
import { drawFilters } from '../../probe/picture.ts'
import { encodePng } from '../../probe/png.ts'
import { quickProbe } from '../../probe/probe.ts'
import type { OtherNetwork } from '../../probe/report/pictures.ts'
import type { Checkpoint } from '../../tensor/tensor.ts'

/** @returns one for each network of the method beside the one that was taken, where the file has it whole */
export async function otherNetworks(
  checkpoint: Checkpoint,
  { match }: Decision,
  options: ConvertOptions,
): Promise<OtherNetwork[]> {
  const others: OtherNetwork[] = []
  for (const { name } of match.method.networks ?? []) {
    if (name === match.network?.name) continue
    const decision = decide(checkpoint, KNOWN, { ...options, network: name })
    // It is not there, or not whole: nothing to look at.
    if (isRefusal(decision)) continue
    const { order } = decision.match.method.normalisation
    const { looks, reasons, firstLayer } = await quickProbe(decision.canonical, order)
    const filters = await encodePng(drawFilters(firstLayer))
    others.push({ name, looks, reason: reasons[0] ?? '', filters })
  }
  return others
}
