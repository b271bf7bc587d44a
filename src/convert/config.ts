/** The settings of the MMDetection config for a method and an architecture. */
import type { Architecture } from '../families/family.ts'
import { ARCHITECTURES } from '../families/index.ts'
import { METHODS } from '../methods/index.ts'
import type { Method } from '../methods/method.ts'
import { BACKBONES } from '../targets/mmdetection/backbones.ts'
import { writeConfig } from '../targets/mmdetection/config.ts'
import { inputs } from '../targets/mmdetection/families/backbone.ts'
import { usualDetector } from '../targets/mmdetection/pretrained.ts'
import { assignment } from '../targets/mmdetection/python.ts'
import {
  asPretrained,
  CONFIG_DEFAULTS,
  type ConfigChoices,
  type ConfigParts,
  type ConfigSettings,
  type Loader,
  usualArchitecture,
  usualBase,
  usualSchedule,
} from '../targets/mmdetection/settings.ts'
import { SCHEDULES } from '../targets/mmdetection/versions.ts'
import { usualGpus, writesWhole, writeWholeConfig } from '../targets/mmdetection/whole-config.ts'
import { loadersOf, type Target } from '../targets/target.ts'
import { chooseArchitecture } from './architecture-names.ts'
import { findMethod } from './recognise.ts'

/** The loader that a config is for; if the target has several, the first. */
export function loaderOf(target: Target): Loader {
  return loadersOf(target)[0].name === 'vitdet' ? 'vitdet' : 'mmdetection'
}

/** Options besides the method; missing ones have defaults. */
export type ConfigOptions = { readonly [K in keyof ConfigChoices]?: ConfigChoices[K] | undefined } & {
  /**
   * An architecture from a checkpoint; or the name of one, whose patch size, windows etc. are taken from the method's
   * released files. By default, the one that the method usually trains.
   */
  readonly arch?: string | Architecture | undefined
  /** For a checkpoint that contains more than a backbone: the result of `decideOrThrow`. */
  readonly parts?: ConfigParts | undefined
}

/**
 * Returns the MMDetection config for a backbone pretrained by a method.
 * @param given a method, or the name of one
 * @throws UsageError when there is no such method or architecture, or the options contradict each other
 * @throws UnsupportedError when MMDetection has no such backbone
 */
export function configFor(given: string | Method, options: ConfigOptions = {}): string {
  const { arch, ...others } = options
  const method = typeof given === 'string' ? findMethod(METHODS, given) : given
  const said = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== undefined))
  const { target = 'mmdetection', mmdet = CONFIG_DEFAULTS.mmdet, parts } = options
  const architecture = architectureFor(method, target, arch)
  const { schedule = usualSchedule(architecture, target, mmdet) } = options
  const { gpus, perGpu } = SCHEDULES[schedule] ?? SCHEDULES['1x']
  const write = parts && writesWhole(parts) ? writeWholeConfig : writeConfig
  return write({
    ...CONFIG_DEFAULTS,
    ...(parts && !writesWhole(parts) ? { detector: usualDetector(parts) } : {}),
    schedule,
    gpus: (parts && usualGpus(parts)) ?? gpus,
    batchSize: parts && writesWhole(parts) ? CONFIG_DEFAULTS.batchSize : perGpu,
    base: usualBase(target),
    checkpoint: `${method.name.replace(/\W+/g, '-')}.pth`,
    ...said,
    architecture,
    // 'SwAV: Unsupervised Learning of …' → 'SwAV'
    method: {
      name: method.name,
      title: method.label ?? method.title.split(':')[0]!,
      heads: method.heads,
      normalisationNote: method.normalisationNote,
    },
    normalisation: method.normalisation,
    style: method.style ?? 'pytorch',
  })
}

/**
 * What your own config needs to load a ResNet, as Python.
 * @returns undefined for other networks, for which neck, heads and optimizer must differ too
 */
export function snippetFor(
  { name, family, facts }: Pick<Architecture, 'name' | 'family' | 'facts'>,
  checkpoint: string,
): string | undefined {
  if (family !== 'resnet') return undefined
  const { settings = {}, channels = [256] } = BACKBONES[name] ?? {}
  return assignment('model', {
    backbone: {
      ...settings,
      ...inputs('in_channels', facts.channels),
      init_cfg: { type: 'Pretrained', checkpoint },
    },
    ...(channels[0] === 256 ? {} : { neck: { in_channels: channels } }),
  })
}

function architectureFor(
  method: Method,
  target: Loader,
  arch: string | Architecture = usualArchitecture(method.name, target),
): ConfigSettings['architecture'] {
  return typeof arch === 'string' ? asPretrained(method.name, chooseArchitecture(ARCHITECTURES, arch)) : arch
}
