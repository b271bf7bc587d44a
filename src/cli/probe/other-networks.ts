/** Networks in a checkpoint that were not kept: probing them shows whether the wrong one was chosen. */

import { type ConvertOptions, type Decision, decide } from '../../convert/decide.ts'
import { KNOWN } from '../../convert/knowledge.ts'
import { isRefusal } from '../../convert/refusal.ts'
import { drawFilters } from '../../probe/picture.ts'
import { encodePng } from '../../probe/png.ts'
import { quickProbe } from '../../probe/probe.ts'
import type { OtherNetwork } from '../../probe/report/pictures.ts'
import type { Checkpoint } from '../../tensor/tensor.ts'

/** @returns a report for each other network of the method that the file contains completely */
export async function otherNetworks(
  checkpoint: Checkpoint,
  { match }: Decision,
  options: ConvertOptions,
): Promise<OtherNetwork[]> {
  const others: OtherNetwork[] = []
  for (const { name } of match.method.networks ?? []) {
    if (name === match.network?.name) continue
    const decision = decide(checkpoint, KNOWN, { ...options, network: name })
    // It is missing or incomplete, so it cannot be probed.
    if (isRefusal(decision)) continue
    const { order } = decision.match.method.normalisation
    const { looks, reasons, firstLayer } = await quickProbe(decision.canonical, order)
    const filters = await encodePng(drawFilters(firstLayer))
    others.push({ name, looks, reason: reasons[0] ?? '', filters })
  }
  return others
}
