/** Options of other programs, and what to use instead: an option of ours, or a sentence. */
import { METHODS } from '../methods/index.ts'

type Habits = Readonly<Record<string, string>>

/** The same text for several options. */
function each(options: string, meant: string): Habits {
  return Object.fromEntries(options.split(' ').map(option => [option, meant]))
}

const OVERWRITE = each(
  '-f -y --force --yes',
  'To replace a file that selfsup2mmdet did not write: --overwrite.',
)
const FILE = '-i --input --file --ckpt --checkpoint --path'
const TRAIN = "It is an option of MMDetection's tools/train.py."

/** For all commands. */
const GENERAL: Habits = {
  ...OVERWRITE,
  ...each('--list --methods', 'selfsup2mmdet methods lists the methods.'),
  ...each(
    '--help-all --help-full --usage',
    'selfsup2mmdet convert --help lists all options of a conversion.',
  ),
}

const BY_COMMAND: Readonly<Record<string, Habits>> = {
  convert: {
    ...each('-o --out --output --dst', 'The output is the second argument: selfsup2mmdet <input> <output>.'),
    ...each(`${FILE} --src --source`, 'The input is the first argument: selfsup2mmdet <input> <output>.'),
    ...each('-m -s --method --ssl', '--selfsup'),
    ...each('-a --model --backbone', '--selfsup is the method, --arch the architecture.'),
    ...each('-n', '--dry-run'),
    ...each('--half --fp16 --float16', '--dtype float16'),
    ...each('--bf16 --bfloat16', '--dtype bfloat16'),
    ...each('--fp32 --float32', '--dtype float32'),
    ...each(
      '--checkpoint-key --checkpoint_key --model-key --state-dict',
      '--section is the part of the file, --network the network in it.',
    ),
    ...each('--prefix', "--keep selects tensors by their names: --keep 'encoder.*=*'."),
    ...each('--rename', '--keep'),
    ...each('--debug', '--verbose'),
    ...each('--md5 --hash --checksum', '--sha256'),
    ...each(
      '--in-channels --in-chans --channels --img-size --patch-size',
      'It is read from the checkpoint: omit the option.',
    ),
    ...each('--device --map-location --cpu', 'No GPU is used: omit the option.'),
  },
  config: {
    ...each('-o --output', '--out'),
    ...each(
      '-m -s --method --model --selfsup --ssl',
      'The method is the first argument: selfsup2mmdet config <method>.',
    ),
    ...each('-i --input --file --ckpt --weights --pretrained --load-from --path', '--checkpoint'),
    ...each('--num-classes --class --labels --names', '--classes'),
    ...each('--ann-file --annotations', '--classes annotations.json reads the classes from a file.'),
    ...each('--dataset', '--data-root'),
    ...each(
      '--amp --fp16 --half',
      'Start the training with mixed precision: tools/train.py <config> --amp in MMDetection 3.x, --cfg-options fp16.loss_scale=512.0 in 2.x.',
    ),
    ...each('--lr --learning-rate', 'The learning rate follows from --gpus and --batch-size.'),
    ...each('--epochs --epoch --max-epochs', '--schedule sets the number of epochs.'),
    ...each('--freeze --frozen', '--frozen-stages'),
    ...each('-b --bs --batch --samples-per-gpu', '--batch-size'),
    ...each('-n --num-gpus --ngpus', '--gpus'),
    ...each('--cfg-options --work-dir --resume --launcher --auto-scale-lr --seed', TRAIN),
    ...each(
      '--workers --num-workers --img-size --image-size --optimizer --weight-decay --momentum',
      'Change this in the config.',
    ),
  },
  verify: {
    ...each(FILE, 'The file is the first argument: selfsup2mmdet verify <file>.'),
    ...each('--source --src --original --reference --with', '--against'),
  },
  probe: {
    ...each(FILE, 'The file is the first argument: selfsup2mmdet probe <file>.'),
    ...each('-o --out --output --html', '--report'),
  },
  inspect: {
    ...each(FILE, 'The file is the first argument: selfsup2mmdet inspect <file>.'),
    ...each('--grep --search --name --match', '--filter'),
    ...each('-a -v --verbose --full', '--all'),
    ...each('-o --out --output --svg', '--picture'),
  },
  diff: each('--against --with', 'Give both files as arguments: selfsup2mmdet diff <first> <second>.'),
  methods: each('--name --method --selfsup -s', 'Give the name alone: selfsup2mmdet methods <name>.'),
}

/** What is meant by an option that the command does not have; undefined if it is not a habit. */
export function habit(option: string, command: string): string | undefined {
  const [own, network] = [BY_COMMAND[command] ?? {}, option.replace(/^--/, '')]
  const meant = [own, GENERAL].find(habits => Object.hasOwn(habits, option))?.[option]
  if (meant !== undefined)
    return meant.startsWith('--') && !meant.endsWith('.') ? `Did you mean ${meant}?` : meant
  const isNetwork = METHODS.some(({ networks = [] }) => networks.some(({ name }) => name === network))
  return command === 'convert' && isNetwork ? `Did you mean --network ${network}?` : undefined
}
