/**
 * ResNets with weights under other names, or stored as values from which they are computed: pruned, re-parametrised,
 * quantised. Renaming does not help; a line of Python does, or the checkpoint from before.
 */
import { shellWord } from '../bytes/text.ts'
import type { Checkpoint, StateDict } from '../tensor/tensor.ts'
import { pythonPath } from './whole-objects.ts'
import { type Change, wrappedNorms } from './wrapped-norms.ts'

interface KnownChange extends Change {
  /** A name in a stage or its stem must end with this. */
  readonly ends: RegExp
  /** No name may end with this. */
  readonly never?: RegExp
  /** A name must contain this. */
  readonly has?: RegExp
  /** With this instead of the ending, no name may begin like it: the usual neighbour is missing. */
  readonly lacks?: string
}

/** Removes every entry whose key ends in `end` as `w`, and stores a replacement: `k` is the name of the plain weight. */
function each(end: string, replaced: string, value: string): string {
  return `[s.update({k: ${value}}) for q in list(s) if q.endswith("${end}") for k in [q[:-${end.length}]${replaced === '' ? '' : ` + "${replaced}"`}] for w in [s.pop(q)]]`
}

const SIGMA = (u: string, v: string): string => `w / torch.dot(s.pop(${u}), w.flatten(1) @ s.pop(${v}))`

/** The dimension kept in the lengths `w`, the argument of torch.nn.utils.weight_norm; -1 for none. */
const LENGTHS = 'next((i for i, n in enumerate(w.shape) if n > 1), -1)'

const MEND = 'This computes the plain weights; convert its output:'

const CHANGES: readonly KnownChange[] = [
  {
    // torch/nn/utils/prune.py
    is: 'The weights are pruned with torch.nn.utils.prune: the file has weight_orig and weight_mask, and the weights are their product.',
    ends: /(?:weight|bias)_mask$/,
    mend: MEND,
    python: each('_orig', '', 'w * s.pop(k + "_mask")'),
  },
  {
    // torch/nn/utils/spectral_norm.py
    is: 'The weights are under spectral normalisation: the file has weight_orig, weight_u and weight_v.',
    ends: /weight_u$/,
    mend: MEND,
    python: each('.weight_orig', '.weight', SIGMA('k + "_u"', 'k + "_v"')),
  },
  {
    // torch/nn/utils/weight_norm.py
    is: 'The weights are under weight normalisation: the file has weight_g and weight_v, their length and direction.',
    ends: /weight_g$/,
    mend: MEND,
    python: each('.weight_g', '.weight', `torch._weight_norm(s.pop(k + "_v"), w, ${LENGTHS})`),
  },
  {
    // torch/nn/utils/parametrizations.py _SpectralNorm
    is: 'The weights are under spectral normalisation: the file has parametrizations.weight.original and its vectors.',
    ends: /parametrizations\.weight\.0\._u$/,
    mend: MEND,
    python: each('.parametrizations.weight.original', '.weight', SIGMA('q[:-8] + "0._u"', 'q[:-8] + "0._v"')),
  },
  {
    // torch/nn/utils/parametrizations.py _WeightNorm
    is: 'The weights are under weight normalisation: the file has parametrizations.weight.original0 and original1.',
    ends: /parametrizations\.weight\.original0$/,
    mend: MEND,
    python: each(
      '.parametrizations.weight.original0',
      '.weight',
      `torch._weight_norm(s.pop(q[:-1] + "1"), w, ${LENGTHS})`,
    ),
  },
  {
    is: 'The weights are parametrised (torch.nn.utils.parametrize): they are computed from parametrizations.weight.original.',
    ends: /parametrizations\.weight\.original$/,
    mend: 'In the code that builds the model, remove the parametrizations before saving its state_dict(): [torch.nn.utils.parametrize.remove_parametrizations(m, "weight") for m in model.modules() if torch.nn.utils.parametrize.is_parametrized(m, "weight")]',
  },
  {
    is: 'The network has adapters (LoRA) in addition to its weights.',
    ends: /lora_A\b/,
    mend: 'Merge them before saving: model = model.merge_and_unload(); torch.save(model.state_dict(), "merged.pth")',
  },
  {
    is: 'The network is prepared for quantisation, with BatchNorm inside its convolutions.',
    ends: /conv\d\.bn\.running_mean$/,
    has: /weight_fake_quant/,
    mend: 'Convert the float model, from before prepare_qat.',
  },
  {
    is: 'The network is quantised to 8 bits: it has scale and zero_point instead of float weights.',
    ends: /(?:_packed_params|zero_point)$/,
    never: /(?:weight_fake_quant|activation_post_process)/,
    mend: 'Convert the float model instead, from before quantisation.',
  },
  {
    is: 'BatchNorm is folded into the convolutions, which have biases instead.',
    ends: /conv(\d)\.bias$/,
    lacks: 'bn$1.',
    mend: 'Convert the model from before its layers were fused.',
  },
]

/** @returns what was done to a ResNet in one of the sections, and what reverts it; undefined if nothing is recognised */
export function describeChange(
  sections: ReadonlyMap<string, StateDict>,
  file: Pick<Checkpoint, 'source' | 'refusedByDefault'>,
): readonly string[] | undefined {
  for (const [section, state] of sections) {
    const names = [...state.keys()]
    const inside = insideResNets(names)
    if (inside.length === 0) continue
    const found = CHANGES.find(change => isMadeBy(change, inside, names)) ?? wrappedNorms(inside)
    if (found) return [found.is, found.mend, ...commandOf(found, section, file)]
  }
  return undefined
}

function isMadeBy(
  { ends, has, never, lacks }: KnownChange,
  inside: readonly string[],
  names: readonly string[],
) {
  if (never && names.some(name => never.test(name))) return false
  if (has && !names.some(name => has.test(name))) return false
  return inside.some(
    name =>
      ends.test(name) &&
      (lacks === undefined || !names.some(other => other.startsWith(name.replace(ends, lacks)))),
  )
}

const STAGE = /^(.*?)layer[1-4]\.\d+\./

/** What comes before the name of a stage in a tensor's name; undefined outside stages. */
export function prefixOfStage(name: string): string | undefined {
  return STAGE.exec(name)?.[1]
}

const STEM = /^(.*?)(?:conv1|bn1)\./

/** Names in the stages of ResNets, and in their stems. */
function insideResNets(names: readonly string[]): string[] {
  const prefixes = new Set(names.flatMap(name => prefixOfStage(name) ?? []))
  return names.filter(name => prefixes.has((STAGE.exec(name) ?? STEM.exec(name))?.[1] ?? '-'))
}

/** A line to paste that writes a file with plain weights. */
function commandOf(
  { python }: Change,
  section: string,
  { source, refusedByDefault }: Pick<Checkpoint, 'source' | 'refusedByDefault'>,
): string[] {
  if (python === undefined) return []
  const path =
    section === ''
      ? ''
      : section
          .split('.')
          .map(key => `[${JSON.stringify(key)}]`)
          .join('')
  // A file that PyTorch refuses by default runs its own code.
  const trust = refusedByDefault === undefined ? '' : ', weights_only=False'
  const code = [
    'import torch',
    `x = torch.load(${JSON.stringify(pythonPath(source))}, "cpu"${trust})`,
    `s = x${path}`,
    python,
    'torch.save(x, "plain.pth")',
  ].join('; ')
  return [
    ...(trust === '' ? [] : ['If you trust the file (loading it runs its code):']),
    `  python -c ${shellWord(code)}`,
  ]
}
