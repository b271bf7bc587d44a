/** A name is judged as a whole: a harmless module does not make everything in it harmless. */
import { describe, expect, test } from 'vitest'
import { severityOf } from '../../../../src/formats/torch/safety/dangers.ts'
import type { Severity } from '../../../../src/tensor/tensor.ts'

const CASES: Readonly<Record<Severity, readonly (readonly [module: string, name: string])[]>> = {
  dangerous: [
    ['os', 'system'],
    ['enum', 'bltns.eval'],
    ['pathlib', 'Path.write_text'],
    ['pathlib', 'io.open'],
    ['pathlib', 'ntpath.genericpath.os.system'],
    ['torch.cuda.memory', 'pickle.loads'],
    ['random', '_os.system'],
    ['logging', 'os.system'],
    ['builtins', '__loader__.load_module'],
    ['builtins', 'object.__subclasses__'],
    ['collections', '_sys.breakpointhook'],
    ['torch.nn.modules.module', 'torch.load'],
    ['training.utils', '__builtins__.compile'],
  ],
  suspicious: [
    ['torch', 'load'],
    ['_pickle', 'loads'],
    ['copyreg', 'extension 7'],
    ['collections', '_sys'],
    ['torch.nn.modules.module', 'Outer.Inner'],
    ['training.utils', 'Meter.update'],
  ],
  unknown: [
    ['__main__', 'Meter'],
    ['training.utils', 'Outer.Inner'],
    ['numpy.core.records', 'array'],
    ['torch.nn.functional', 'relu'],
    ['collections', 'namedtuple'],
  ],
  harmless: [
    ['argparse', 'Namespace'],
    ['types', 'SimpleNamespace'],
    ['numpy.core.multiarray', '_reconstruct'],
    ['torch.nn.modules.conv', 'Conv2d'],
    ['torch.optim.sgd', 'SGD'],
  ],
}

describe.each(Object.entries(CASES))('%s', (severity, names) => {
  test.each(names)('%s: %s', (module, name) => {
    expect(severityOf(module, name)).toBe(severity)
  })
})
