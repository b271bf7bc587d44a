/** A config that is written later, from the converted file, is the one that the conversion would have written. */
import { expect, test } from 'vitest'
import { type ConfigOptions, configFor, loaderOf } from '../../src/convert/config.ts'
import { decide } from '../../src/convert/decide.ts'
import { KNOWN } from '../../src/convert/knowledge.ts'
import { isRefusal } from '../../src/convert/refusal.ts'
import { configFactsOf } from '../../src/explain/config-facts.ts'
import { listNames, readSource } from '../helpers/family-lists.ts'

const TARGETS = ['mmdetection', 'vitdet'] as const

const converted = listNames('sources').flatMap(name =>
  TARGETS.flatMap(target => {
    const decision = decide(readSource(name), KNOWN, { target })
    return isRefusal(decision) ? [] : [{ name, target, decision }]
  }),
)

test.each(converted)('$name for $target', ({ name, target, decision }) => {
  const { match, architecture, plan, home } = decision
  const method = (match.pretrainedBy ?? match.method).name
  const shared = { mmdet: '3', checkpoint: 'x.pth' } as const
  const file = { ...readSource(name), facts: new Map(), sections: new Map([[home.section, plan.kept]]) }
  const found = configFactsOf(file, method)
  expect(found.target).toBe(target)
  const later = configOrError(found.method.name, {
    ...shared,
    arch: found.architecture,
    target: found.target,
  })
  const beside = configOrError(method, { ...shared, arch: architecture, target: loaderOf(decision.target) })
  expect(unfolded(later)).toBe(unfolded(beside))
})

/** Under MMDetection's names, MIT's ResNets are ordinary ResNet-C. */
function unfolded(config: string): string {
  return config.replaceAll('\n# ', ' ').replace(' of MIT', '')
}

/** Not every network has one: ViTDet's pyramid, for example, is for patches of 16 pixels. */
function configOrError(method: string, options: ConfigOptions): string {
  try {
    return configFor(method, options)
  } catch (error) {
    return (error as Error).message
  }
}
