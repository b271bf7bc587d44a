/** From a method and an architecture to the settings of the MMDetection config that goes with them. */

import { ARCHITECTURES } from '../families/index.ts'
import { METHODS } from '../methods/index.ts'
import type { Method } from '../methods/method.ts'
import { writeConfig } from '../targets/mmdetection/config.ts'
import { CONFIG_DEFAULTS, type ConfigSettings } from '../targets/mmdetection/settings.ts'
import { chooseArchitecture } from './decide.ts'
import { findMethod } from './recognise.ts'

type Derived = 'method' | 'normalisation' | 'style' | 'architecture' | 'checkpoint'

/** What can be said beside the method; see `ConfigSettings`, whose defaults are `CONFIG_DEFAULTS`. */
export type ConfigOptions = {
  readonly [K in keyof Omit<ConfigSettings, Derived>]?: ConfigSettings[K] | undefined
} & {
  /** As MMDetection will be given it, relative to where it is started; by default `<method>.pth`. */
  readonly checkpoint?: string | undefined
  /** The name of one of `ARCHITECTURES`; by default ResNet-50. */
  readonly arch?: string | undefined
}

/**
 * The config for backbones of one method, as text.
 * @param given a method, or the name of one
 * @throws UsageError when there is no such method or architecture, or the options make no sense together
 * @throws UnsupportedError when MMDetection has no such backbone
 */
export function configFor(given: string | Method, options: ConfigOptions = {}): string {
  const { arch = 'resnet50', ...others } = options
  const method = typeof given === 'string' ? findMethod(METHODS, given) : given
  const said = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== undefined))
  const architecture = chooseArchitecture(ARCHITECTURES, arch)
  return writeConfig({
    ...CONFIG_DEFAULTS,
    checkpoint: `${method.name.replace(/\W+/g, '-')}.pth`,
    ...said,
    architecture: architecture.name,
    // 'SwAV: Unsupervised Learning of …' → 'SwAV'
    method: { name: method.name, title: method.label ?? method.title.split(':')[0]! },
    normalisation: method.normalisation,
    style: method.style ?? 'pytorch',
  })
}
