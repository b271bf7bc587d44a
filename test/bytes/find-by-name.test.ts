/** Finding names as users type them: ignored differences, aliases, typos, and names that fit several entries. */
import { describe, expect, test } from 'vitest'
import { findByName } from '../../src/bytes/find-by-name.ts'
import { chooseArchitecture } from '../../src/convert/architecture-names.ts'
import { findMethod, SELFSUP } from '../../src/convert/recognise.ts'
import { UsageError } from '../../src/errors.ts'
import { ARCHITECTURES } from '../../src/families/index.ts'
import { METHODS } from '../../src/methods/index.ts'

function adviceOf(look: () => unknown): string {
  try {
    look()
  } catch (error) {
    if (error instanceof UsageError) return `${error.message} ${error.advice}`
    throw error
  }
  return 'found'
}

describe('methods', () => {
  test.each([
    ['moco_v2', 'moco'],
    ['MoCo v2', 'moco'],
    ['mocov1', 'moco'],
    ['Moco', 'moco'],
    ['MoCo-v2+', 'moco'],
    ['moco3', 'moco-v3'],
    ['dinov1', 'dino'],
    ['DINO v2', 'dinov2'],
    ['mmselfsup', 'openmmlab'],
    ['moco_v3', 'moco-v3'],
    ['SwAV', 'swav'],
    ['barlow twins', 'barlow-twins'],
    ['SimCLR_v2', 'simclr-v2'],
  ])('%s is %s', (typed, name) => {
    expect(findMethod(METHODS, typed).name).toBe(name)
  })

  test.each(['simclr', 'BYOL'])('%s is the name of several methods', typed => {
    expect(adviceOf(() => findMethod(METHODS, typed, SELFSUP))).toMatch(
      /^Several methods are called '\w+': .*byol|simclr.*; to have it recognised, omit selfsup\.$/,
    )
  })

  test('a suggestion replaces the list', () => {
    expect(adviceOf(() => findMethod(METHODS, 'swaw'))).toBe("There is no method 'swaw'. Did you mean swav?")
    expect(adviceOf(() => findMethod(METHODS, 'quokka', SELFSUP))).toBe(
      "There is no method 'quokka'. To have it recognised, omit selfsup.",
    )
    expect(adviceOf(() => findMethod(METHODS, 'quokka', { listed: 'See the list.' }))).toBe(
      "There is no method 'quokka'. See the list.",
    )
  })

  test('what code bases implement is in their titles', () => {
    expect(adviceOf(() => findMethod(METHODS, 'PIRL', SELFSUP))).toBe(
      "There is no method 'PIRL' of its own; it is included in pycontrast, vissl. Name one of them; to have it recognised, omit selfsup.",
    )
    expect(adviceOf(() => findMethod(METHODS, 'timm', SELFSUP))).toBe(
      "There is no method 'timm' of its own; it is included in torchvision. Did you mean torchvision?",
    )
    // An ordinary word of many titles.
    expect(adviceOf(() => findMethod(METHODS, 'learning', SELFSUP))).not.toContain('included')
  })

  test('a different version is not a typo', () => {
    expect(adviceOf(() => findMethod(METHODS, 'dinov3'))).not.toContain('dinov2')
  })

  test.each([
    ['mae-vit-b', 'mae'],
    ['moco_v2_800ep_pretrain', 'moco'],
    ['resnet50_swav', 'swav'],
  ])('%s contains the name of %s', (typed, name) => {
    expect(adviceOf(() => findMethod(METHODS, typed))).toBe(
      `There is no method '${typed}'. Did you mean ${name}?`,
    )
  })

  test('every method and architecture is found under its own name, and all names are different', () => {
    for (const method of METHODS) expect(findMethod(METHODS, method.name.toUpperCase())).toBe(method)
    for (const one of ARCHITECTURES) {
      expect(chooseArchitecture(ARCHITECTURES, one.name.replaceAll('_', '-'))).toBe(one)
      expect(chooseArchitecture(ARCHITECTURES, one.name)).toBe(one)
    }
  })
})

test.each([
  ['r50', 'resnet50'],
  ['RN50-w2', 'resnet50w2'],
  ['resnet50x4', 'resnet50w4'],
  ['RN101', 'resnet101'],
  ['ResNet-50', 'resnet50'],
  ['Wide-ResNet-50-2', 'wide_resnet50_2'],
  ['ViT-B/16', 'vit-base'],
  ['vitb16', 'vit-base'],
  ['vit_base_patch16_224', 'vit-base'],
  ['vit_large', 'vit-large'],
  ['swint', 'swin-tiny'],
  ['swin_tiny_patch4_window7_224', 'swin-tiny'],
  ['swinv2-b', 'swin-v2-base'],
  ['convnextv2_base', 'convnext-base'],
  ['ConvNeXt-XL', 'convnext-xlarge'],
  ['eva02_base_patch14_224', 'eva02-base'],
])('the architecture %s is %s', (typed, name) => {
  expect(chooseArchitecture(ARCHITECTURES, typed).name).toBe(name)
})

test("an architecture within a method's name is suggested", () => {
  expect(adviceOf(() => chooseArchitecture(ARCHITECTURES, 'mae-vit-b'))).toBe(
    "There is no architecture 'mae-vit-b'. Did you mean vit-base?",
  )
})

test.each(['convnext_v2', 'ViT', 'swin'])('%s is the name of a whole family', typed => {
  expect(adviceOf(() => chooseArchitecture(ARCHITECTURES, typed))).toMatch(
    /^Several architectures are called '(convnext_v2|ViT|swin)': \w+-tiny|convnext-atto, /,
  )
})

test('what an owner has is listed as such; names of the prototype do not count', () => {
  const items = [{ name: 'query' }, { name: 'key' }]
  const look = (typed: string) => adviceOf(() => findByName(items, typed, { what: 'network', owner: 'moco' }))
  expect(look('momentum')).toBe("moco has no network 'momentum'. It has: query, key.")
  expect(look('kye')).toBe("moco has no network 'kye'. Did you mean key?")
  expect(look('constructor')).toContain('has no network')
})
