/** Options and arguments that accept one of a few names, as people type them. */
import { Argument, Option } from 'commander'
import { findByName } from '../bytes/find-by-name.ts'

interface Choice {
  /** `detector`: in "There is no detector 'x'." */
  readonly what: string
  readonly names: readonly string[]
  /** What they belong to: "completion has no shell 'x'." */
  readonly owner?: string
  /** Other names, squashed. */
  readonly aliases?: Readonly<Record<string, string>>
}

/** An option that accepts one of a few names. */
export function choiceOption(flags: string, about: string, choice: Choice): Option {
  return new Option(flags, about).choices(choice.names).argParser(typed => chosen(choice, typed))
}

/** An argument that must be one of a few names. */
export function choiceArgument(name: string, about: string, choice: Choice): Argument {
  return new Argument(name, about).choices(choice.names).argParser(typed => chosen(choice, typed))
}

function chosen({ names, ...lookup }: Choice, typed: string): string {
  const items = names.map(name => ({ name }))
  return findByName(items, typed, lookup).name
}

/** Releases, as `pip list` shows them, and common short forms. */
export function mmdetOption(flags: string, about: string, names: readonly string[]): Option {
  return new Option(flags, about)
    .choices(names)
    .argParser(typed =>
      chosen({ what: 'MMDetection version', names }, typed.replace(/^v?(\d)(\.(x|\d+))*$/i, '$1')),
    )
}

/** Packages whose classes load a backbone, as people name the target. */
export const LOADERS: Readonly<Record<string, string>> = {
  mmdet: 'mmdetection',
  mmpretrain: 'mmdetection',
  mmcls: 'mmdetection',
}
