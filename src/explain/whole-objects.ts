/** Models pickled as objects: their classes, and how to extract their state dict with PyTorch. */

import { shellWord } from '../bytes/text.ts'
import type { WholeObject } from '../tensor/tensor.ts'

/** `'model' is a whole model of the class torchvision.models.resnet.ResNet, …`; '' if there are none. */
export function objectsInWords(objects: readonly WholeObject[]): string {
  return objects
    .map(one => `${one.path === '' ? 'It' : `'${one.path}'`} is ${kindOf(one)}; its contents are not read.`)
    .join(' ')
}

function kindOf({ class: name, isModule }: WholeObject): string {
  return isModule ? `a pickled model of class ${name}` : `a pickled object of class ${name}`
}

/** Only code with the class can open it, and that runs any code in the file. */
export function adviseOnObject({ python, isModule }: WholeObject, source: string): readonly string[] {
  const where = 'If the code of its classes can be imported and you trust the file'
  if (!isModule) return [`${where}, load it with PyTorch, and save only its state dict.`]
  const code = [
    'import torch',
    `x = torch.load(${JSON.stringify(pythonPath(source))}, "cpu", weights_only=False)${python}`,
    'torch.save(x.state_dict(), "state_dict.pth")',
  ].join('; ')
  return [
    `${where}, save its state dict, and convert that (omit weights_only before PyTorch 1.13):`,
    `  python -c ${shellWord(code)}`,
  ]
}

/** Remote files must be downloaded first. */
export function pythonPath(source: string | undefined): string {
  return source === undefined || source === 'standard input' || source.includes('://')
    ? 'checkpoint.pth'
    : source
}
