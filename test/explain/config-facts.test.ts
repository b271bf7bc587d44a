/** The config that is written later, from the converted file, is the one that the conversion would have written. */
import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type ConfigOptions, configFor, loaderOf } from '../../src/convert/config.ts'
import { type ConvertOptions, type Decision, decide } from '../../src/convert/decide.ts'
import { KNOWN } from '../../src/convert/knowledge.ts'
import { metaOf } from '../../src/convert/parts.ts'
import { isRefusal } from '../../src/convert/refusal.ts'
import { VERSION } from '../../src/convert/version.ts'
import { configFactsOf } from '../../src/explain/config-facts.ts'
import type { Checkpoint } from '../../src/tensor/tensor.ts'
import { detectorLists, readDetectorSource } from '../helpers/detector-lists.ts'
import { listNames, readSource } from '../helpers/family-lists.ts'
import { FOLDER, readList } from '../helpers/lists.ts'

/** The decisions about a checkpoint that are not refusals. */
function decisions(checkpoint: Checkpoint, options: readonly ConvertOptions[]) {
  return options.flatMap(options => {
    const decision = decide(checkpoint, KNOWN, options)
    return isRefusal(decision) ? [] : [{ name: checkpoint.source, options, checkpoint, decision }]
  })
}

const LOADERS = [{ target: 'mmdetection' }, { target: 'vitdet' }] as const
const PARTS = (['neck', 'detector'] as const).flatMap(part => [
  { part, mmdet: '3' } as const,
  { part, mmdet: '2' } as const,
])

describe.each([
  ['families', listNames('sources').flatMap(name => decisions(readSource(name), LOADERS))],
  [
    'methods',
    readdirSync(FOLDER)
      .filter(name => name.endsWith('.txt'))
      .flatMap(name => decisions(readList(name).checkpoint, [{}])),
  ],
  ['detectors', detectorLists('sources').flatMap(name => decisions(readDetectorSource(name), PARTS))],
])('%s', (_, cases) => {
  test.each(cases)('$name, $options', ({ checkpoint, options, decision }) => {
    const { match, architecture, target, parts } = decision
    const method = (match.pretrainedBy ?? match.method).name
    const shared = { mmdet: options.mmdet ?? '3', checkpoint: 'x.pth' } as const
    const found = configFactsOf(written(checkpoint, decision), method)
    const later = configOrError(found.method.name, {
      ...shared,
      arch: found.architecture,
      target: found.target,
      parts: found.parts,
    })
    const beside = configOrError(method, { ...shared, arch: architecture, target: loaderOf(target), parts })
    expect(unfolded(later)).toBe(unfolded(beside))
  })
})

/** What a reader finds in the converted file. */
function written(source: Checkpoint, { match, home, plan, parts }: Decision): Checkpoint {
  const meta = {
    selfsup2mmdet: VERSION,
    method: (match.pretrainedBy ?? match.method).name,
    ...(parts && metaOf(parts)),
  }
  const facts = new Map(Object.entries(meta).map(([key, value]) => [`meta.${key}`, String(value)]))
  return { ...source, facts, sections: new Map([[home.section, plan.kept]]) }
}

/** Not every network has one: ViTDet's pyramid, for example, is for patches of 16 pixels. */
function configOrError(method: string, options: ConfigOptions): string {
  try {
    return configFor(method, options)
  } catch (error) {
    return (error as Error).message
  }
}

/** Under MMDetection's names, MIT's ResNets are ordinary ResNet-C. */
function unfolded(config: string): string {
  return config.replaceAll('\n# ', ' ').replace(' of MIT', '')
}
