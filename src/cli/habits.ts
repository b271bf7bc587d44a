/** Options of other programs, and what to use instead: an option of ours, or a sentence. */
import { METHODS } from '../methods/index.ts'

/** Options that mean the same, and the text for them. */
type Habits = readonly (readonly [options: string, meant: string])[]

const FILE = '-i --input --file --ckpt --checkpoint --path'
const TRAIN = "It is an option of MMDetection's tools/train.py."

/** For all commands. */
const GENERAL: Habits = [
  ['-f -y --force --yes', 'To replace a file that selfsup2mmdet did not write: --overwrite.'],
  ['--list --methods', 'selfsup2mmdet methods lists the methods.'],
  ['--help-all --help-full --usage', 'selfsup2mmdet convert --help lists all options of a conversion.'],
]

const BY_COMMAND: Readonly<Record<string, Habits>> = {
  convert: [
    ['-o --out --output --dst', 'The output is the second argument: selfsup2mmdet <input> <output>.'],
    [`${FILE} --src --source`, 'The input is the first argument: selfsup2mmdet <input> <output>.'],
    ['-m -s --method --ssl', '--selfsup'],
    ['-a --model --backbone', '--selfsup is the method, --arch the architecture.'],
    ['-n', '--dry-run'],
    ['--half --fp16 --float16', '--dtype float16'],
    ['--bf16 --bfloat16', '--dtype bfloat16'],
    ['--fp32 --float32', '--dtype float32'],
    [
      '--checkpoint-key --checkpoint_key --model-key --state-dict',
      '--section is the part of the file, --network the network in it.',
    ],
    ['--prefix', "--keep selects tensors by their names: --keep 'encoder.*=*'."],
    ['--rename', '--keep'],
    ['--debug', '--verbose'],
    ['--md5 --hash --checksum', '--sha256'],
    [
      '--in-channels --in-chans --channels --img-size --patch-size',
      'It is read from the checkpoint: omit the option.',
    ],
    ['--device --map-location --cpu', 'No GPU is used: omit the option.'],
  ],
  config: [
    ['-o --output', '--out'],
    [
      '-m -s --method --model --selfsup --ssl',
      'The method is the first argument: selfsup2mmdet config <method>.',
    ],
    ['-i --input --file --ckpt --weights --pretrained --load-from --path', '--checkpoint'],
    ['--num-classes --class --labels --names', '--classes'],
    ['--ann-file --annotations', '--classes annotations.json reads the classes from a file.'],
    ['--dataset', '--data-root'],
    [
      '--amp --fp16 --half',
      'Start the training with mixed precision: tools/train.py <config> --amp in MMDetection 3.x, --cfg-options fp16.loss_scale=512.0 in 2.x.',
    ],
    ['--lr --learning-rate', 'The learning rate follows from --gpus and --batch-size.'],
    ['--epochs --epoch --max-epochs', '--schedule sets the number of epochs.'],
    ['--freeze --frozen', '--frozen-stages'],
    ['-b --bs --batch --samples-per-gpu', '--batch-size'],
    ['-n --num-gpus --ngpus', '--gpus'],
    ['--cfg-options --work-dir --resume --launcher --auto-scale-lr --seed', TRAIN],
    [
      '--workers --num-workers --img-size --image-size --optimizer --weight-decay --momentum',
      'Change this in the config.',
    ],
  ],
  verify: [
    [FILE, 'The file is the first argument: selfsup2mmdet verify <file>.'],
    ['--source --src --original --reference --with', '--against'],
  ],
  probe: [
    [FILE, 'The file is the first argument: selfsup2mmdet probe <file>.'],
    ['-o --out --output --html', '--report'],
  ],
  inspect: [
    [FILE, 'The file is the first argument: selfsup2mmdet inspect <file>.'],
    ['--grep --search --name --match', '--filter'],
    ['-a -v --verbose --full', '--all'],
    ['-o --out --output --svg', '--picture'],
  ],
  diff: [['--against --with', 'Give both files as arguments: selfsup2mmdet diff <first> <second>.']],
  methods: [['--name --method --selfsup -s', 'Give the name alone: selfsup2mmdet methods <name>.']],
}

/** What is meant by an option that the command does not have; undefined if it is not a habit. */
export function habit(option: string, command: string): string | undefined {
  const network = option.replace(/^--/, '')
  const habits = [...(BY_COMMAND[command] ?? []), ...GENERAL]
  const meant = habits.find(([options]) => options.split(' ').includes(option))?.[1]
  if (meant !== undefined)
    return meant.startsWith('--') && !meant.endsWith('.') ? `Did you mean ${meant}?` : meant
  const isNetwork = METHODS.some(({ networks = [] }) => networks.some(({ name }) => name === network))
  return command === 'convert' && isNetwork ? `Did you mean --network ${network}?` : undefined
}
