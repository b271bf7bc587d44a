/** Finds architectures by the names that people type. */

import { findByName, squashed } from '../bytes/find-by-name.ts'
import type { Architecture } from '../families/family.ts'

/** @throws UsageError when the name is unknown */
export function chooseArchitecture(architectures: readonly Architecture[], name: string): Architecture {
  return findByName(architectures, name, {
    what: 'architecture',
    as: asArchitecture,
    aliases: ALIASES,
    option: 'arch',
  })
}

/** `r50`, `RN50-w2`: as in papers and file names. */
const ALIASES: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ...[18, 34, 50, 101, 152].map(depth => [`${depth}`, `resnet${depth}`] as const),
    ...[2, 4, 5].flatMap(width => ['w', 'x'].map(by => [`50${by}${width}`, `resnet50w${width}`] as const)),
  ].flatMap(([size, name]) => ['r', 'rn', 'resnet'].map(short => [`${short}${size}`, name])),
)

const FAMILY_NAMES: Readonly<Record<string, string>> = {
  vit: 'vit',
  beit: 'beit',
  beitv2: 'beit',
  eva02: 'eva02',
  swin: 'swin',
  swinv2: 'swin-v2',
  convnext: 'convnext',
  convnextv2: 'convnext',
}

const SIZES: Readonly<Record<string, string>> = {
  t: 'tiny',
  ti: 'tiny',
  s: 'small',
  b: 'base',
  l: 'large',
  xl: 'xlarge',
  h: 'huge',
}

/** `ViT-B/16`, `vit_base_patch16_224`, `vitb16`, `convnextv2-b`: a family, a size, and numbers that the tensors show. */
function asArchitecture(typed: string): string {
  const [, family = '', size = ''] =
    /^(vit|(?:beit|swin|convnext)(?:v2)?|eva02)(xlarge|xl|tiny|ti|small|base|large|huge|[tsblh])?(?:\/?(?:patch|window|p|w)?\d)*$/.exec(
      squashed(typed),
    ) ?? []
  const known = FAMILY_NAMES[family]
  if (known === undefined) return typed
  if (size === '') return known
  return `${known}-${SIZES[size] ?? size}`
}
