/**
 * ResNets whose weights are there under other names, or as something from which they are computed: pruned, re-parametrised,
 * quantised. No renaming helps; a line of Python does, or the checkpoint from before.
 */
import { shellWord } from '../bytes/text.ts'
import type { StateDict } from '../tensor/tensor.ts'
import { pythonPath } from './whole-objects.ts'

interface Change {
  /** After "its weights are" or the like: a sentence. */
  readonly is: string
  /** Some name of the section ends so, within a stage or its stem. */
  readonly ends: RegExp
  /** And no name ends so. */
  readonly never?: RegExp
  readonly mend: string
  /** Python that makes plain weights of what is in the dictionary `s`, with `torch` imported. */
  readonly python?: string
}

/** Every entry whose key ends in `end` is taken out as `w`, and something put in its place: `k` is the name of the plain weight. */
function each(end: string, replaced: string, value: string): string {
  return `[s.update({k: ${value}}) for q in list(s) if q.endswith("${end}") for k in [q[:-${end.length}] + "${replaced}"] for w in [s.pop(q)]]`
}

const SIGMA = (u: string, v: string): string => `w / torch.dot(s.pop(${u}), w.flatten(1) @ s.pop(${v}))`

const MEND = 'This computes the plain weights; convert its output:'

const CHANGES: readonly Change[] = [
  {
    // torch/nn/utils/prune.py
    is: 'The weights are pruned with torch.nn.utils.prune: the file has weight_orig and weight_mask, and the weights are their product.',
    ends: /weight_mask$/,
    mend: MEND,
    python: each('.weight_orig', '.weight', 'w * s.pop(k + "_mask")'),
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
    python: each('.weight_g', '.weight', 'torch._weight_norm(s.pop(k + "_v"), w, 0)'),
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
      'torch._weight_norm(s.pop(q[:-1] + "1"), w, 0)',
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
    mend: 'Convert the float model, from before prepare_qat.',
  },
  {
    is: 'The network is quantised to 8 bits: it has scale and zero_point instead of float weights.',
    ends: /(?:_packed_params|zero_point)$/,
    never: /(?:weight_fake_quant|activation_post_process)/,
    mend: 'Convert the float model instead, from before quantisation.',
  },
  {
    is: 'BatchNorm is folded into the convolutions: they have biases, and there is no BatchNorm.',
    ends: /conv\d\.bias$/,
    never: /(?:bn\d|downsample\.1)\./,
    mend: 'Convert the model from before its layers were fused.',
  },
  {
    is: 'Each BatchNorm is inside another module: bn1.bn.weight instead of bn1.weight.',
    ends: /bn\d\.bn\.weight$/,
    mend: 'If those modules compute nothing else, this renames them; convert its output:',
    python: '[s.update({q.replace(".bn.", "."): s.pop(q)}) for q in list(s) if ".bn." in q]',
  },
]

/** @returns what was done to the ResNet of one of the sections, and what undoes it; undefined where nothing is known to have been */
export function describeChange(
  sections: ReadonlyMap<string, StateDict>,
  source: string | undefined,
): readonly string[] | undefined {
  for (const [section, state] of sections) {
    const names = [...state.keys()]
    const stages = names.filter(name => /(?:^|\.)layer[1-4]\.\d+\./.test(name))
    if (stages.length === 0) continue
    const found = CHANGES.find(
      ({ ends, never }) =>
        stages.some(name => ends.test(name)) && !(never && names.some(name => never.test(name))),
    )
    if (found) return [found.is, found.mend, ...commandOf(found, section, source)]
  }
  return undefined
}

/** A line to paste that writes a file with plain weights. */
function commandOf({ python }: Change, section: string, source: string | undefined): string[] {
  if (python === undefined) return []
  const path =
    section === ''
      ? ''
      : section
          .split('.')
          .map(key => `[${JSON.stringify(key)}]`)
          .join('')
  const code = [
    'import torch',
    `x = torch.load(${JSON.stringify(pythonPath(source))}, "cpu")`,
    `s = x${path}`,
    python,
    'torch.save(x, "plain.pth")',
  ].join('; ')
  return [`  python -c ${shellWord(code)}`]
}
