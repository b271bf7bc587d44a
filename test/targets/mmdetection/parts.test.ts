/**
 * What is converted besides a backbone: the converted tensors of each name list (real classes of the methods,
 * fixtures/detectors) are the ones that MMDetection's own class has, and the rest of the class is reported as new.
 */
import { describe, expect, test } from 'vitest'
import { configFor } from '../../../src/convert/config.ts'
import type { Parts } from '../../../src/convert/parts.ts'
import { decideOrThrow, type ExplainedDecision } from '../../../src/explain/decide.ts'
import { isCounter } from '../../../src/families/family.ts'
import { matcher } from '../../../src/rename/pattern.ts'
import type { DetectorGeneration, Part } from '../../../src/targets/detector.ts'
import {
  detectorLists,
  detectorTable,
  readDetectorClass,
  readDetectorSource,
  trained,
} from '../../helpers/detector-lists.ts'

const table = detectorTable().map(([list, part, mmdet, ...rest]) => ({
  list: list!,
  options: { part: part as Part, mmdet: mmdet as DetectorGeneration },
  rest,
}))

test('every list is in the table', () => {
  expect([...new Set(table.map(({ list }) => list))].sort()).toEqual(
    detectorLists('sources')
      .filter(name => name !== 'deformable_detr_r50_singlescale')
      .sort(),
  )
})

describe.each(table.filter(({ rest }) => rest[0] !== 'refused'))(
  '$list as $options',
  ({ list, options, rest }) => {
    const [method, detector, classList, count] = rest
    const decision = decideOrThrow(readDetectorSource(list), options)
    const parts = decision.parts!

    test('is recognised', () => {
      expect([decision.match.method.name, parts.detector.name]).toEqual([method, detector])
      expect(parts.report.complete).toBe(true)
      expect(parts.report.present).toBe(Number(count))
      expect(decision.plan.fates).toHaveLength(decision.match.state.size)
    })

    if (classList !== '-')
      test(`has what ${classList} has`, () => {
        expect(differences(decision, classList!)).toEqual({ missing: [], unexpected: [], misshapen: [] })
      })
  },
)

describe('refuses', () => {
  test.each(table.filter(({ rest }) => rest[0] === 'refused'))(
    '$list as $options',
    ({ list, options, rest }) => {
      expect(() => decideOrThrow(readDetectorSource(list), options)).toThrow(rest[1])
    },
  )

  test('parts for a target that only loads backbones', () => {
    const checkpoint = readDetectorSource('soco_fpn_r50')
    expect(() => decideOrThrow(checkpoint, { part: 'detector', target: 'vitdet' })).toThrow(/vitdet|ViTDet/)
  })

  test('a detector without one of its tensors, and names it', () => {
    const { sections, ...others } = readDetectorSource('detr_r50')
    const state = new Map(sections.get('model'))
    state.delete('transformer.decoder.layers.3.norm2.bias')
    const checkpoint = { ...others, sections: new Map([['model', state]]) }
    expect(() => decideOrThrow(checkpoint, { part: 'detector' })).toThrow(
      /190 of 191 tensors besides the backbone; missing: decoder\.layers\.3\.norms\.1\.bias/,
    )
  })
})

describe('a detector that MMDetection trained', () => {
  test.each(detectorLists('targets').filter(name => !/atss|conditional|detr_r50@2/.test(name)))(
    '%s',
    name => {
      const decision = decideOrThrow(trained(name), { part: 'detector' })
      expect(decision.match.method.name).toBe('mmdet-detector')
      const { missing, unexpected, misshapen } = differences(decision, name)
      expect({ missing, unexpected, misshapen }).toEqual({ missing: [], unexpected: [], misshapen: [] })
    },
  )

  test.each(['atss_r50_fpn@3.3', 'conditional-detr_r50@3.3'])(
    'the neck of %s, whose heads are unknown',
    name => {
      expect(() => decideOrThrow(trained(name), { part: 'detector' })).toThrow(
        'do not belong to a known detector',
      )
      const { parts, plan } = decideOrThrow(trained(name), { part: 'neck' })
      expect(parts!.detector.name).toBe('neck')
      const necks = [...readDetectorClass(name).keys()].filter(key => key.startsWith('neck.'))
      expect([...plan.kept.keys()].filter(key => !key.startsWith('backbone.'))).toEqual(necks)
    },
  )
})

describe('names that are easily confused', () => {
  const renamed = (list: string, name: string, mmdet: DetectorGeneration = '3') => {
    const { plan } = decideOrThrow(readDetectorSource(list), { part: 'detector', mmdet })
    const fate = plan.fates.find(one => one.name === name)!
    return 'as' in fate ? fate.as : fate.because
  }

  // From the code of both classes: models/deformable_transformer.py (norm1 after cross-attention), mmdet
  // deformable_detr_layers.py.
  test.each([
    ['norm1', 'norms.1'],
    ['norm2', 'norms.0'],
    ['norm3', 'norms.2'],
  ])("Deformable DETR's decoder: %s is %s", (from, to) => {
    expect(renamed('detreg_deformable_r50_pretrain', `transformer.decoder.layers.4.${from}.weight`)).toBe(
      `decoder.layers.4.${to}.weight`,
    )
  })

  test("DETR's decoder, and its names in 2.x", () => {
    const name = 'transformer.decoder.layers.5.multihead_attn.in_proj_weight'
    expect(renamed('updetr_r50_pretrain_postnorm', name)).toBe(
      'decoder.layers.5.cross_attn.attn.in_proj_weight',
    )
    expect(renamed('updetr_r50_pretrain', name, '2')).toBe(
      'bbox_head.transformer.decoder.layers.5.attentions.1.attn.in_proj_weight',
    )
    expect(renamed('updetr_r50_pretrain', 'input_proj.bias', '2')).toBe('bbox_head.input_proj.bias')
  })

  test('a pre-norm encoder ends with a normalisation, which 2.x has', () => {
    expect(renamed('detr_r50_prenorm', 'transformer.encoder.norm.bias', '2')).toBe(
      'bbox_head.transformer.encoder.post_norm.bias',
    )
  })

  test("ReSim's levels count from the stem, MMDetection's from the second stage", () => {
    expect(renamed('resim_fpn_r50', 'module.encoder_q.fpn_lateral5.weight')).toBe(
      'neck.lateral_convs.3.conv.weight',
    )
    expect(renamed('resim_fpn_r50', 'module.encoder_q.fpn_output3.bias')).toBe('neck.fpn_convs.1.conv.bias')
  })
})

describe('configs', () => {
  const whole = table.filter(({ rest }) => rest[0] !== 'refused')
  test.each(whole)('$list as $options', ({ list, options }) => {
    const { match, architecture, parts } = decideOrThrow(readDetectorSource(list), options)
    const text = configFor(match.method, {
      arch: architecture,
      mmdet: options.mmdet,
      parts,
      checkpoint: 'x.pth',
    })
    expect(text).toContain("load_from = 'x.pth'")
    expect(text).toContain('init_cfg=None')
    expect(text).not.toContain('undefined')
  })

  test('a pyramid alone fits all detectors with region proposals; with its heads it does not', () => {
    const options = { detector: 'cascade-mask-rcnn', checkpoint: 'x.pth' } as const
    const { match, parts } = decideOrThrow(readDetectorSource('soco_fpn_r50'), { part: 'neck' })
    expect(configFor(match.method, { ...options, parts })).toContain('cascade-mask-rcnn_r50_fpn.py')
    const whole = decideOrThrow(readDetectorSource('soco_fpn_r50'), { part: 'detector' })
    expect(() => configFor(match.method, { ...options, parts: whole.parts })).toThrow('cannot use')
    expect(() => configFor(match.method, { ...options, detector: 'retinanet', parts })).toThrow('cannot use')
  })

  test('none for sizes that no base config has', () => {
    const { sections, ...others } = readDetectorSource('detr_r50')
    const state = new Map([...sections.get('model')!].filter(([name]) => !name.includes('encoder.layers.5.')))
    const { match, parts } = decideOrThrow(
      { ...others, sections: new Map([['model', state]]) },
      { part: 'detector' },
    )
    expect(() => configFor(match.method, { parts })).toThrow('encoderLayers 5, not 6')
  })

  test('none for a neck that is not a pyramid', () => {
    const { match, parts } = decideOrThrow(trained('conditional-detr_r50@3.3'), { part: 'neck' })
    expect(() => configFor(match.method, { parts })).toThrow('neck is a feature pyramid')
  })

  test('a pyramid without its last feature maps is incomplete', () => {
    const { sections, ...others } = readDetectorSource('aligndet_retinanet_r50')
    const state = new Map(
      [...sections.get('state_dict')!].filter(([name]) => !/fpn_convs\.[34]\./.test(name)),
    )
    const checkpoint = { ...others, sections: new Map([['state_dict', state]]) }
    expect(() => decideOrThrow(checkpoint, { part: 'detector' })).toThrow('neck.fpn_convs.3.conv.weight')
  })
})

/**
 * Tensors of a class that are neither written nor reported as new, and written ones that it does not have. Counters are filled
 * in.
 */
function differences({ plan, parts }: ExplainedDecision, classList: string) {
  const expected = readDetectorClass(classList)
  return {
    missing: [...expected.keys()].filter(
      name => !plan.kept.has(name) && !isCounter(name) && !isNew(parts!, name),
    ),
    unexpected: [...plan.kept.keys()].filter(name => !expected.has(name) || isNew(parts!, name)),
    misshapen: [...plan.kept].flatMap(([name, { shape }]) =>
      String(expected.get(name)?.shape) === String(shape) ? [] : [name],
    ),
  }
}

function isNew({ anew, part }: Parts, name: string): boolean {
  if (part === 'neck') return !/^(backbone|neck)\./.test(name)
  return anew.some(({ tensors }) => matcher(tensors)(name) !== undefined)
}
