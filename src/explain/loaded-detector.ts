/** A detector as MMDetection loads it with `load_from`, or why it finds none. */
import { firstFew } from '../bytes/text.ts'
import { chooseTarget } from '../convert/decide.ts'
import type { Knowledge } from '../convert/knowledge.ts'
import { type LoadedNetwork, loadedNetwork } from '../convert/loaded.ts'
import { expectedParts, namesIn, saidFacts, withMade } from '../convert/parts.ts'
import { MismatchError } from '../errors.ts'
import { type Architecture, architecture, type Facts } from '../families/family.ts'
import { renamedBy, spellState } from '../rename/spell.ts'
import {
  type Anew,
  type DetectorGeneration,
  type DetectorKind,
  detectorOf,
  type Part,
  type SpeltDetector,
  spellingIn,
} from '../targets/detector.ts'
import { nonTensorsForMMDetection } from '../targets/mmdetection/load.ts'
import type { Detectors } from '../targets/target.ts'
import { underPrefix } from '../tensor/prefix.ts'
import type { Checkpoint, StateDict } from '../tensor/tensor.ts'
import { type LoadedFile, type LoadOptions, readAsMMDetection } from './as-mmdetection.ts'

/** A backbone, its neck and heads. */
export interface LoadedDetector extends LoadedFile {
  readonly network: LoadedNetwork
  readonly detector: DetectorKind
  /** The generation whose names it uses. */
  readonly generation: DetectorGeneration
  readonly architecture: Architecture
  /** The backbone alone, under its own names. */
  readonly backbone: StateDict
  /** What MMDetection initialises. */
  readonly anew: readonly Anew[]
  readonly facts: Facts
}

const BACKBONE = 'backbone.'

/**
 * @param part that the file should contain; by default the one that it states
 * @returns undefined if neither says that it contains more than a backbone
 */
export function partOf(
  checkpoint: Pick<Checkpoint, 'facts'>,
  part?: Part,
): Exclude<Part, 'backbone'> | undefined {
  const told = part ?? checkpoint.facts.get('meta.part')
  return told === 'neck' || told === 'detector' ? told : undefined
}

/**
 * @returns an error if the names do not match any detector of MMDetection
 * @throws MismatchError when MMDetection would find no tensors
 */
export function readDetector(
  checkpoint: Checkpoint,
  part: Exclude<Part, 'backbone'>,
  options: LoadOptions,
  { families, targets }: Knowledge,
): LoadedDetector | MismatchError {
  const state = readAsMMDetection(checkpoint)
  const target = chooseTarget(targets, options.target)
  const backbone = underPrefix(state, BACKBONE)
  const network = loadedNetwork(backbone, families, target, options.arch)
  const maps = network && target.detectors?.mapsOf(network.architecture)
  const parts = new Map([...state].filter(([name]) => !name.startsWith(BACKBONE)))
  const found = target.detectors && loadedParts(parts, target.detectors, part, checkpoint)
  if (!network || !maps || !found) return noDetector(checkpoint, state, network === undefined)
  const { detector } = found
  const canonical = spellState(found.spelling.rules, parts)
  const { specs, anew } = expectedParts(
    canonical,
    withLacks(found, target.detectors!, checkpoint),
    maps,
    part,
  )
  const generation: DetectorGeneration = found.spelling.name === 'mmdetection 2' ? '2' : '3'
  const names = namesIn(detector, generation)
  const classLayers = [...parts.keys()].filter(name => !canonical.has(renamedBy(found.spelling.rules, name)))
  const whole = architecture(
    { ...network.architecture, ...titled(network.architecture, detector, part) },
    () => [
      ...network.architecture.tensors().map(spec => ({ ...spec, name: BACKBONE + spec.name })),
      ...specs.map(spec => ({ ...spec, name: renamedBy(names, spec.name) })),
    ],
  )
  const made = new Set([...[...network.made].map(name => BACKBONE + name), ...classLayers])
  return withMade(
    {
      state,
      others: nonTensorsForMMDetection(checkpoint),
      network: { ...network, architecture: whole, made },
      target: target.name,
      detector,
      generation,
      architecture: network.architecture,
      backbone,
      anew,
      facts: { ...detector.facts(canonical, new Set(parts.keys())), ...saidFacts(checkpoint) },
    },
    network.home,
  )
}

/** The detector stated in the file, or one with MMDetection's own names. */
function loadedParts(
  parts: StateDict,
  { known, neck }: Detectors,
  part: Part,
  { facts }: Pick<Checkpoint, 'facts'>,
): SpeltDetector | undefined {
  const told = [...known, neck].find(({ name }) => name === facts.get('meta.detector'))
  if (told) return { detector: told, spelling: spellingIn(told, facts.get('meta.mmdet') === '2' ? '2' : '3') }
  const found = detectorOf(new Set(parts.keys()), part === 'neck' ? [...known, neck] : known)
  return found?.spelling.name.startsWith('mmdetection') ? found : undefined
}

/** The file's source may lack some tensors of a group. */
function withLacks(
  found: SpeltDetector,
  { known }: Detectors,
  { facts }: Pick<Checkpoint, 'facts'>,
): SpeltDetector {
  const made = known
    .flatMap(({ spellings }) => spellings)
    .find(({ name }) => name === facts.get('meta.method'))
  return made?.lacks ? { ...found, spelling: { ...found.spelling, lacks: made.lacks } } : found
}

function titled({ title }: Architecture, detector: DetectorKind, part: Part): Pick<Architecture, 'title'> {
  return { title: part === 'neck' ? `${title} and a neck` : `${title} and ${detector.title}` }
}

function noDetector({ source }: Checkpoint, state: StateDict, lacksBackbone: boolean): MismatchError {
  const problem = lacksBackbone
    ? `no tensor of a backbone begins with '${BACKBONE}'`
    : 'apart from its backbone, it is not a known detector'
  return new MismatchError(
    `${source}: ${problem}; its first tensors are ${firstFew(state.keys(), 5)}.`,
    [{ say: 'If it is only a backbone,', leaveOut: 'part' }],
    { names: [...state.keys()].slice(0, 100) },
  )
}
