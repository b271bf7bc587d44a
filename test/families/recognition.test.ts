/**
 * Families of networks: each name list is recognised as fixtures/families/recognised.tsv says and fits no other method, and the
 * converted tensors are exactly the ones that the loading class has.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Decision } from '../../src/convert/decide.ts'
import { KNOWN } from '../../src/convert/knowledge.ts'
import { matchesIn } from '../../src/convert/match.ts'
import { recogniseArchitecture } from '../../src/convert/verify.ts'
import { decideOrThrow } from '../../src/explain/decide.ts'
import type { Architecture, Facts, Family } from '../../src/families/family.ts'
import { FAMILIES } from '../../src/families/index.ts'
import { spellingOf } from '../../src/families/spelling.ts'
import { matcher } from '../../src/rename/pattern.ts'
import { spell } from '../../src/rename/spell.ts'
import { HOMES } from '../../src/targets/mmdetection/homes.ts'
import type { Home } from '../../src/targets/target.ts'
import type { StateDict } from '../../src/tensor/tensor.ts'
import { differences, listNames, readSource, readTarget, type TargetList } from '../helpers/family-lists.ts'
import { checkpointWith } from '../helpers/lists.ts'
import { patternTensor } from '../helpers/tensors.ts'

const TABLE = new URL('../../fixtures/families/recognised.tsv', import.meta.url)
const lines = readFileSync(TABLE, 'utf8')
  .trimEnd()
  .split('\n')
  .filter(line => !line.startsWith('#'))
  .map(line => line.split('\t'))
const refused = lines.filter(([, method]) => method === 'refused')
const converted = lines.filter(([, method]) => method !== 'refused')

test('every list is in the table', () => {
  expect(lines.map(([name]) => name).sort()).toEqual(listNames('sources').sort())
})

const decided = new Map<string, Decision>()

function decisionOf(name: string): Decision {
  const before = decided.get(name) ?? decideOrThrow(readSource(name))
  decided.set(name, before)
  return before
}

describe('recognises', () => {
  test.each(converted)('%s as %s', (name, method, network, architecture, loader, counts) => {
    expect(matchesIn(readSource(name!), KNOWN, {}).map(fit => fit.method.name)).toEqual([method])
    const { match, architecture: found, home, plan, report } = decisionOf(name!)
    expect([match.network?.name ?? '-', found.name, home.class]).toEqual([network, architecture, loader])
    expect(report.complete).toBe(true)
    const left = plan.fates.filter(fate => 'because' in fate).length
    expect(`${plan.kept.size} ${left}`).toBe(counts)
  })
})

describe('refuses', () => {
  test.each(refused)('%s', (name, _, error, words) => {
    let thrown: unknown
    try {
      decideOrThrow(readSource(name!))
    } catch (found) {
      thrown = found
    }
    expect(thrown).toBeInstanceOf(Error)
    const { name: kind, message } = thrown as Error
    if (error !== 'any') expect(kind).toBe(error)
    if (words !== '-') expect(message).toContain(words)
  })
})

/** The list of a class's tensors, and the network that it represents. */
interface Loader {
  readonly target: TargetList
  readonly home: Home
  readonly architecture: Architecture
}

/** @returns nothing for classes that no family uses, and for networks with extra tensors, like CLIP's leading normalisation */
function loadersOf(name: string): Loader[] {
  const target = readTarget(name)
  return Object.entries(HOMES).flatMap(([family, home]) => {
    if (lastPart(home.class) !== lastPart(target.class)) return []
    const architecture = architectureOf(FAMILIES.find(known => known.name === family)!, home, target)
    return architecture ? [{ target, home, architecture }] : []
  })
}

const lastPart = (path: string): string => path.split('.').at(-1)!

function architectureOf(family: Family, home: Home, { tensors }: TargetList): Architecture | undefined {
  const spelling = spellingOf(new Set(tensors.keys()), [family])?.spelling
  if (spelling?.name !== home.spelling) return undefined
  const origin = 'a name list'
  const copyTo = () => Promise.reject(new Error('a name list has no bytes'))
  const items = [...tensors].map(
    ([name, { dtype, shape }]) => [name, { from: [name], tensor: { dtype, shape, origin, copyTo } }] as const,
  )
  const { kept, unmatched } = spell(spelling.rules, new Map(items))
  if (unmatched.some(name => !isMade(home, name))) return undefined
  const state = new Map([...kept].map(([name, { tensor }]) => [name, tensor]))
  return recogniseArchitecture(state, family.architectures(state))?.architecture
}

function isMade({ makes = [] }: Home, name: string): boolean {
  return makes.some(pattern => matcher(pattern)(name) !== undefined)
}

/** These may differ between a file and a config: the loader resizes them, or the config omits them. */
const OF_CONFIGS = [
  'positions',
  'windows',
  'tableRows',
  'finalNorm',
  'classToken',
  'qkvBias',
  'classPosition',
]

function sameNetwork(one: Architecture, other: Architecture): boolean {
  const text = (facts: Facts): string =>
    JSON.stringify(Object.entries(facts).filter(([fact]) => !OF_CONFIGS.includes(fact)))
  return one.family === other.family && one.name === other.name && text(one.facts) === text(other.facts)
}

/** Lines of differences that are expected between a source and a target of the same network. */
function isExpected(line: string, home: Home, ours: Facts, theirs: Facts): boolean {
  const [name] = line.split(/:? /)
  if (line.endsWith('is missing') && isMade(home, name!)) return true
  if (/^(norm3|ln1)\./.test(name!)) return ours.finalNorm !== theirs.finalNorm
  if (name === 'cls_token') return ours.classToken !== theirs.classToken
  if (name === 'pos_embed' || name!.includes('rope.freqs_')) return ours.positions !== theirs.positions
  return name!.endsWith('.relative_position_bias_table') && String(ours.windows) !== String(theirs.windows)
}

const loaders = listNames('targets').flatMap(loadersOf)
const pairs = converted.flatMap(([name]) =>
  loaders
    .filter(({ home, architecture }) => {
      const { home: ours, architecture: found } = decisionOf(name!)
      return ours === home && sameNetwork(found, architecture)
    })
    .map(loader => ({ name: name!, target: loader.target.name, loader })),
)

describe('the converted tensors are the ones that the class has', () => {
  test.each(pairs)('$name in $target', ({ name, loader }) => {
    const { plan, architecture, home, report } = decisionOf(name)
    const prefix = home.prefix.length
    const state: StateDict = new Map([...plan.kept].map(([as, tensor]) => [as.slice(prefix), tensor]))
    expect(
      differences(state, loader.target).filter(
        line =>
          !isExpected(line, home, architecture.facts, loader.architecture.facts) &&
          !(report.withoutCounters && line.endsWith('.num_batches_tracked is missing')),
      ),
    ).toEqual([])
  })

  test('most lists have a class to compare with', () => {
    const compared = new Set(pairs.map(({ name }) => name))
    expect(converted.map(([name]) => name).filter(name => !compared.has(name!)).length).toBeLessThan(35)
    expect(new Set(pairs.map(({ target }) => target)).size).toBeGreaterThan(25)
  })
})

// CLIP's ResNets have the same names as MIT's, but a narrower stem, and pool where MMDetection's ResNet has strides.
test('a possible CLIP ResNet is not mistaken for another', () => {
  const { sections } = readSource('mit_semseg_resnet50')
  const shapes: Record<string, readonly number[]> = {
    'conv1.weight': [32, 3, 3, 3],
    'conv2.weight': [32, 32, 3, 3],
    'conv3.weight': [64, 32, 3, 3],
    'layer1.0.conv1.weight': [64, 64, 1, 1],
    'layer1.0.downsample.0.weight': [256, 64, 1, 1],
  }
  const narrow = new Map(
    [...sections.get('')!].map(([name, tensor]) => {
      const bn = /^bn([123])\.(?!num)/.exec(name)?.[1]
      const shape = shapes[name] ?? (bn ? [bn === '3' ? 64 : 32] : tensor.shape)
      return [name, { ...tensor, shape }] as const
    }),
  )
  expect(() => decideOrThrow(checkpointWith('clip.pth', new Map([['', narrow]])))).toThrow(
    "names of CLIP's ResNets",
  )
})

test("a Res2Net with the names of MMDetection's class is refused: that class omits a pooling layer, and no tensor shows it", () => {
  const { tensors } = readTarget('res2net-101-v1d-26w-4s_mmdet')
  const state = new Map(
    [...tensors].map(([name, { dtype, shape }]) => [name, patternTensor(dtype, shape, name)]),
  )
  const named = checkpointWith('res2net', new Map([['state_dict', state]]))
  expect(() => decideOrThrow(named)).toThrow('which lacks a pooling layer of other Res2Nets')
  // With the names of MMPretrain's class, and of timm, the result is right.
  const other = readTarget('res2net-50-v1d-26w-4s_mmpretrain')
  const { home, plan } = decideOrThrow(readSource('timm_res2net50d'))
  expect(home.class).toBe('mmpretrain.Res2Net')
  expect(differences(plan.kept, other)).toEqual([])
})
