/** Configs for detectors without base files in MMDetection: FCOS, DETR, Deformable DETR. */
import { UnsupportedError } from '../../errors.ts'
import type { Facts } from '../../families/family.ts'
import { refusePackageOf2 } from './config.ts'
import { dataSettings } from './data.ts'
import type { Backbone } from './families/backbone.ts'
import { backboneOf } from './families/index.ts'
import { aboutParts, refuseUnusualSizes, TRAINED } from './pretrained.ts'
import { assignment, commentLines, Noted, type Py, type PyDict, PyTuple } from './python.ts'
import { areCoco, type ConfigParts, type ConfigSettings, countOf, imagesPerStep } from './settings.ts'
import { autoScale } from './training.ts'
import { BASE_NORMALISATION, type Generation } from './versions.ts'

/** What a model's settings depend on besides the tensors. */
interface About {
  readonly mmdet: Generation
  /** The name of the method. */
  readonly method: string
}

interface WholeConfig {
  /** In `configs/`. */
  readonly base: Readonly<Record<Generation, string>>
  /** The learning rate, and the images per step and GPUs that it is for. */
  readonly rate: number
  readonly images: number
  readonly gpus: number
  /** Differences from the base, by the facts of the parts. */
  model(facts: Facts, channels: readonly number[], about: About): PyDict
}

const CONFIGS: Readonly<Record<string, WholeConfig>> = {
  fcos: {
    base: {
      '2': 'fcos/fcos_r50_caffe_fpn_gn-head_1x_coco.py',
      '3': 'fcos/fcos_r50-caffe_fpn_gn-head_1x_coco.py',
    },
    rate: 0.01,
    images: 16,
    gpus: 8,
    model: (facts, channels, { mmdet, method }) => ({
      ...inRgb(mmdet, method),
      neck: {
        ...inChannels(channels, 256),
        ...(facts.extraConvs === 'on_input' ? { add_extra_convs: 'on_input' } : {}),
        ...(facts.neckNorm === 'bn' ? { norm_cfg: { type: 'BN', requires_grad: true } } : {}),
      },
      ...(facts.headNorm === 'gn'
        ? {}
        : { bbox_head: { norm_cfg: facts.headNorm === 'bn' ? { type: 'BN', requires_grad: true } : null } }),
    }),
  },
  detr: {
    base: { '2': 'detr/detr_r50_8x2_150e_coco.py', '3': 'detr/detr_r50_8xb2-150e_coco.py' },
    rate: 0.0001,
    images: 16,
    gpus: 8,
    model: detrModel,
  },
  'deformable-detr': {
    base: {
      '2': 'deformable_detr/deformable_detr_r50_16x2_50e_coco.py',
      '3': 'deformable_detr/deformable-detr_r50_16xb2-50e_coco.py',
    },
    rate: 0.0002,
    images: 32,
    gpus: 16,
    model: deformableModel,
  },
}

/**
 * MMDetection's own FCOS uses a backbone in Caffe's style and BGR images; all pre-training uses the other style and RGB.
 * @throws UnsupportedError in 2.x, whose pipelines normalise images and would have to be written completely
 */
function inRgb(mmdet: Generation, method: string): PyDict {
  if (mmdet === '2')
    throw new UnsupportedError('No config is written here for FCOS in MMDetection 2.x.', [
      { use: [{ mmdet: '3' }] },
    ])
  if (method === TRAINED) return {}
  const { mean, std, order } = BASE_NORMALISATION
  return {
    data_preprocessor: { mean, std, bgr_to_rgb: order === 'rgb' },
    backbone: { style: 'pytorch', norm_cfg: { type: 'BN', requires_grad: true } },
  }
}

/** Whether a detector's config is based on a complete one. */
export function writesWhole({ detector: { name } }: Pick<ConfigParts, 'detector'>): boolean {
  return Object.hasOwn(CONFIGS, name)
}

/** The number of GPUs in the base of such a config. */
export function usualGpus({ detector: { name } }: Pick<ConfigParts, 'detector'>): number | undefined {
  return CONFIGS[name]?.gpus
}

/**
 * The text of a config, valid Python.
 * @throws UsageError when the settings contradict each other
 * @throws UnsupportedError when MMDetection does not have the detector
 */
export function writeWholeConfig(settings: ConfigSettings): string {
  const { parts, mmdet, base } = settings
  refuseUnusualSizes(parts!)
  const config = CONFIGS[parts!.detector.name]!
  const backbone = backboneOf(settings)
  refusePackageOf2(settings)
  if (backbone.maps.kind !== 'pyramid')
    throw new UnsupportedError(
      `${parts!.detector.title} needs the feature maps of four stages, and a ${settings.architecture.title} has a single one.`,
      'Convert the backbone alone.',
    )
  const variables: PyDict = {
    _base_: baseOf(base, config.base[mmdet]),
    model: modelOf(settings, config, backbone, backbone.maps.channels),
    ...dataSettings({ ...settings, schedule: '1x', recipe: 'mmdet' }, backbone),
    ...rateOf(settings, config),
    load_from: settings.checkpoint,
  }
  const parts_ = Object.entries(variables).map(([name, value]) => assignment(name, value))
  return [heading(settings), ...parts_].join('\n')
}

function heading({ parts, method, architecture, mmdet }: ConfigSettings): string {
  const lines = [
    `${parts!.detector.title} with a ${architecture.title}, pretrained with ${method.title}, for MMDetection ${mmdet}.x.`,
    ...aboutParts(parts, method),
  ]
  return `${lines.map(line => commentLines(line, 0)).join('\n')}\n`
}

/** Next to `_base_`, whose path is known. */
function baseOf(base: string, config: string): Py {
  if (base.endsWith('::')) return `${base}${config}`
  return `${base.replace(/\/+$/, '')}/../${config}`.replace('_base_/../', '')
}

function modelOf(
  { parts, mmdet, method, architecture, classes }: ConfigSettings,
  config: WholeConfig,
  { settings }: Backbone,
  channels: readonly number[],
): PyDict {
  const {
    bbox_head: head,
    backbone: own,
    ...model
  } = config.model(parts!.facts, channels, { mmdet, method: method.name })
  const heads: PyDict = {
    ...((head ?? {}) as PyDict),
    ...(areCoco({ classes }) ? {} : { num_classes: countOf({ classes }) }),
  }
  return {
    backbone: {
      ...(architecture.family === 'resnet' ? settings : { _delete_: true, ...settings }),
      ...((own ?? {}) as PyDict),
      init_cfg: new Noted(null, 'The weights are in load_from, below.'),
    },
    ...model,
    ...(Object.keys(heads).length > 0 ? { bbox_head: heads } : {}),
  }
}

function inChannels(channels: readonly number[], usual: number): PyDict {
  return channels[0] === usual ? {} : { in_channels: channels }
}

const BEFORE: Py = new PyTuple('norm', 'self_attn', 'norm', 'ffn')
const BEFORE_IN_DECODER: Py = new PyTuple('norm', 'self_attn', 'norm', 'cross_attn', 'norm', 'ffn')

/**
 * The methods whose positions are in the middle of a pixel (amirbar/DETReg models/position_encoding.py, also for its DETR);
 * facebookresearch/detr and the others use its end, like the base.
 */
const MIDDLE: readonly string[] = ['detreg']

function detrModel(
  { queries, preNorm }: Facts,
  channels: readonly number[],
  { mmdet, method }: About,
): PyDict {
  const last = channels.at(-1)!
  const own: PyDict = {
    ...(queries === 100 ? {} : { [mmdet === '2' ? 'num_query' : 'num_queries']: queries as number }),
    ...(MIDDLE.includes(method)
      ? {
          positional_encoding: {
            offset: new Noted(-0.5, 'As it was pretrained: positions are middles of pixels.'),
          },
        }
      : {}),
  }
  if (mmdet === '3') return { ...own, ...(last === 2048 ? {} : { neck: { in_channels: [last] } }) }
  return {
    bbox_head: {
      ...own,
      ...(last === 2048 ? {} : { in_channels: last }),
      ...(preNorm === true ? { transformer: BEFORE_LAYERS } : {}),
    },
  }
}

const layers = (operation_order: Py): PyDict => ({ transformerlayers: { operation_order } })

const BEFORE_LAYERS = new Noted(
  { encoder: layers(BEFORE), decoder: layers(BEFORE_IN_DECODER) },
  'It was pretrained with normalisations before the layers (--pre_norm).',
)

function deformableModel(facts: Facts, channels: readonly number[], { mmdet }: About): PyDict {
  const { queries, neckBias, levels, twoStage } = facts
  if (levels !== 4)
    throw new UnsupportedError(
      `There is no config here for a Deformable DETR of ${levels === 1 ? 'one level' : `${String(levels)} levels`}.`,
      'Set num_feature_levels, num_levels of all attentions, in_channels and out_indices in a config of your own.',
    )
  const hasOther = queries !== 300 && twoStage !== true
  const own: PyDict = {
    ...(hasOther ? { [mmdet === '2' ? 'num_query' : 'num_queries']: queries as number } : {}),
    ...refinement(facts),
  }
  const neck: PyDict = {
    ...inChannels(channels.slice(1), 512),
    ...(neckBias === true
      ? {
          bias: new Noted(
            true,
            'The pretrained convolutions have one. MMDetection 3.2 and later can have it; older ones stop at this setting.',
          ),
        }
      : {}),
  }
  return {
    ...(mmdet === '3' ? own : { bbox_head: own }),
    ...(Object.keys(neck).length > 0 ? { neck } : {}),
  }
}

/** Two stages imply refinement: the base's own configs only combine both. */
function refinement({ boxRefine, twoStage }: Facts): PyDict {
  const both: PyDict = twoStage === true ? { as_two_stage: true } : {}
  if (boxRefine === true || twoStage === true) return { with_box_refine: true, ...both }
  if (boxRefine === false) return both
  return {
    with_box_refine: new Noted(false, 'No name tells: as it was in the training of this checkpoint.'),
    ...both,
  }
}

/** The linear rule, as everywhere. */
function rateOf(settings: ConfigSettings, { rate, images }: WholeConfig): PyDict {
  const at = imagesPerStep(settings)
  if (at === images) return {}
  const lr = Number(((rate * at) / images).toPrecision(12))
  const why = `${at} images per step: the learning rate is ${rate} for ${images} images, and scales with their number.`
  return {
    ...(settings.mmdet === '2'
      ? { optimizer: new Noted({ lr }, why) }
      : { optim_wrapper: new Noted({ optimizer: { lr } }, why) }),
    ...autoScale(at),
  }
}
