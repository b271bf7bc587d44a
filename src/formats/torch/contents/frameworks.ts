/** The framework that wrote a checkpoint, as far as it can be seen. */
import { Call, type PickleValue } from '../../../pickle/values.ts'

interface Framework {
  readonly name: string
  /** The path of its version in nested dictionaries. */
  readonly version: readonly string[]
}

// Sources: lightning `checkpoint_connector.py` `dump_checkpoint`; mmengine/runner/runner.py and mmcv/runner/checkpoint.py
// `save_checkpoint`; accelerate and fairseq write no version.
const FRAMEWORKS: readonly Framework[] = [
  { name: 'PyTorch Lightning', version: ['pytorch-lightning_version'] },
  { name: 'MMEngine', version: ['meta', 'mmengine_version'] },
  { name: 'MMCV', version: ['meta', 'mmcv_version'] },
  { name: 'OpenSelfSup', version: ['meta', 'openselfsup_version'] },
  { name: 'selfsup2mmdet', version: ['meta', 'selfsup2mmdet'] },
]

/** `PyTorch Lightning 1.5.10`; undefined if unknown. */
export function frameworkOf(root: PickleValue): string | undefined {
  for (const { name, version } of FRAMEWORKS) {
    const found = version.reduce<PickleValue | undefined>(entry, root)
    if (typeof found === 'string' && found.length < 40) return `${name} ${found}`
  }
  return undefined
}

function entry(dict: PickleValue | undefined, key: string): PickleValue | undefined {
  if (dict instanceof Map) return dict.get(key)
  return dict instanceof Call ? dict.entries.get(key) : undefined
}
