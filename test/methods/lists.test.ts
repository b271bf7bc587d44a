/**
 * The methods: for each name list of a real checkpoint layout, exactly one method is recognised, every tensor has a fate, the
 * backbone is complete for each network, and every rule is used.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { KNOWN } from '../../src/convert/knowledge.ts'
import { matchesIn } from '../../src/convert/match.ts'
import { decideOrThrow } from '../../src/explain/decide.ts'
import { METHODS } from '../../src/methods/index.ts'
import { matcher } from '../../src/rename/pattern.ts'
import { withoutWrapper } from '../../src/rename/wrappers.ts'
import { detectorLists, detectorTable, readDetectorSource, trained } from '../helpers/detector-lists.ts'
import { readSource } from '../helpers/family-lists.ts'
import { FOLDER, readList } from '../helpers/lists.ts'

const lists = readdirSync(FOLDER)
  .filter(name => name.endsWith('.txt'))
  .map(name => readList(name))

/** Lists of networks other than ResNets, with their methods; test/families/recognition.test.ts tests them. */
const families = readFileSync(new URL('../../fixtures/families/recognised.tsv', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map(line => line.split('\t'))
  .filter(([name, method]) => !name!.startsWith('#') && method !== 'refused')
  .map(([name, method]) => ({ method: method!, checkpoint: readSource(name!) }))

/** Lists of detectors, with their methods; test/targets/mmdetection/parts.test.ts tests them. */
const detectors = detectorTable()
  .filter(([, , , method]) => method !== 'refused')
  .map(([name, , , method]) => ({ method: method!, checkpoint: readDetectorSource(name!) }))
const ofMMDetection = detectorLists('targets').map(name => ({
  method: 'mmdet-detector',
  checkpoint: trained(name),
}))

const all = [...lists, ...families, ...detectors, ...ofMMDetection]

test.each(METHODS.map(method => method.name))('%s has a name list', name => {
  expect(all.filter(list => list.method === name)).not.toHaveLength(0)
})

describe.each(lists)('$file', list => {
  test(`is recognised as ${list.method} and as nothing else`, () => {
    const fits = matchesIn(list.checkpoint, KNOWN, {})
    expect(fits.map(({ method }) => method.name)).toEqual([list.method])
    const { match, report, architecture } = decideOrThrow(list.checkpoint)
    expect([match.method.name, architecture.name]).toEqual([list.method, list.architecture])
    expect(report.complete).toBe(true)
    expect(match.network?.name).toBe(list.networks[0])
  })

  test('gives a complete backbone for each of its networks', () => {
    for (const network of list.networks) {
      const { plan, report } = decideOrThrow(list.checkpoint, {
        selfsup: list.method,
        network,
      })
      expect(report.complete).toBe(true)
      expect(plan.fates.length).toBe(list.checkpoint.sections.get(sectionOf(list, network))!.size)
    }
  })
})

function sectionOf(list: (typeof lists)[number], network: string): string {
  return decideOrThrow(list.checkpoint, { selfsup: list.method, network }).match.section
}

describe.each(METHODS)('$name', method => {
  test('uses every rule, and no rule hides another', () => {
    const names = all
      .filter(list => list.method === method.name)
      .flatMap(list =>
        [...list.checkpoint.sections.values()].flatMap(state => [...state.keys()].map(withoutWrapper)),
      )
    const used = new Set(
      names.map(name =>
        method.rules.findIndex(rule => matcher('keep' in rule ? rule.keep : rule.drop)(name) !== undefined),
      ),
    )
    expect(method.rules.filter((_, index) => !used.has(index))).toEqual([])
  })

  test('names the sources of its facts', () => {
    expect(method.code.commit).toMatch(/^[0-9a-f]{40}$/)
    expect(method.paper).toMatch(/^https:\/\//)
    for (const rule of method.rules) if ('drop' in rule) expect(rule.because).not.toBe('')
  })
})

test('file names are method names', () => {
  for (const method of METHODS) {
    const text = readFileSync(new URL(`../../src/methods/${method.name}.ts`, import.meta.url), 'utf8')
    expect(text).toContain(`name: '${method.name}'`)
  }
})
