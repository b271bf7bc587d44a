/**
 * What the names in a pickle could do if Python loaded it. Only for messages: nothing is run. Sources of the names:
 * picklescan's `_unsafe_globals`, fickling's `unsafe_imports`, PyTorch's `_weights_only_unpickler.py`.
 */

import type { Severity } from '../../../tensor/tensor.ts'
import { isHarmless, isKnownModule } from './harmless.ts'

/** Modules in which everything is dangerous; also inside other names, as in `torch.serialization.os.system`. */
const SYSTEM = [
  'os',
  'posix',
  'nt',
  'sys',
  'subprocess',
  'shutil',
  'socket',
  'ctypes',
  'importlib',
  'pty',
  'runpy',
]

const DANGEROUS_MODULES = [
  ...[
    '_aix_support',
    '_osx_support',
    '_posixsubprocess',
    '_pyrepl',
    '_socket',
    '_winapi',
    'antigravity',
    'aiohttp',
    'asyncio',
  ],
  ...[
    'bdb',
    'cProfile',
    'code',
    'codeop',
    'commands',
    'distutils',
    'doctest',
    'ensurepip',
    'ftplib',
    'http',
    'httplib',
  ],
  ...[
    'idlelib',
    'imaplib',
    'imp',
    'lib2to3',
    'multiprocessing',
    'numpy.f2py',
    'numpy.testing',
    'pdb',
    'pip',
    'platform',
  ],
  ...[
    'popen2',
    'profile',
    'pydoc',
    'requests',
    'setuptools',
    'signal',
    'site',
    'smtplib',
    'ssl',
    'telnetlib',
    'tempfile',
  ],
  ...[
    'test',
    'threading',
    'timeit',
    'trace',
    'urllib',
    'urllib2',
    'uuid',
    'turtledemo',
    'venv',
    'webbrowser',
    'xmlrpc',
    'zipimport',
  ],
]

const DANGEROUS_BUILTINS = [
  ...[
    '__import__',
    'apply',
    'breakpoint',
    'compile',
    'delattr',
    'eval',
    'exec',
    'execfile',
    'file',
    'getattr',
    'globals',
  ],
  ...['help', 'input', 'locals', 'open', 'raw_input', 'reload', 'setattr', 'vars'],
]

const DANGEROUS_NAMES = [
  ...['builtins', '__builtin__'].flatMap(module => DANGEROUS_BUILTINS.map(name => `${module}.${name}`)),
  ...[
    '_io.FileIO',
    '_io.open',
    'io.FileIO',
    'io.open',
    'codecs.open',
    'logging.FileHandler',
    'logging.config',
  ],
  ...[
    'pkgutil.resolve_name',
    'types.CodeType',
    'types.FunctionType',
    'numpy.ctypeslib',
    'numpy.fromfile',
    'numpy.memmap',
  ],
  ...[
    'torch._dynamo.guards',
    'torch._inductor.codecache',
    'torch.fx.experimental.symbolic_shapes',
    'torch.hub',
  ],
  ...['torch.jit.unsupported_tensor_ops', 'torch.utils._config_module', 'torch.utils.bottleneck'],
  ...[
    'torch.utils.collect_env',
    'torch.utils.cpp_extension',
    'torch.utils.data.datapipes',
    'torch.distributed.rpc',
  ],
]

const SUSPICIOUS = [
  ...['pickle', '_pickle', 'cPickle', 'marshal', 'shelve', 'dill', 'cloudpickle', 'joblib'],
  ...[
    'functools.partial',
    'functools.reduce',
    'operator',
    '_operator',
    'itertools.starmap',
    'types',
    'weakref.finalize',
  ],
  ...[
    'builtins.map',
    'builtins.filter',
    'builtins.type',
    'builtins.property',
    '__builtin__.map',
    '__builtin__.type',
  ],
  ...[
    'torch.storage._load_from_bytes',
    'torch.load',
    'torch.serialization.load',
    'torch.jit',
    'torch.package',
  ],
  ...[
    'copyreg.extension',
    'numpy.load',
    'numpy.loadtxt',
    'pandas.read_pickle',
    'pandas.io',
    'inspect',
    'gc',
    'ast',
    'tracemalloc',
    // These act when they are imported.
    'this',
    '__hello__',
    '__phello__',
  ],
]

/** By name; also applies to its attributes (`os` to `os.system`). */
const TABLE: ReadonlyMap<string, Severity> = new Map([
  ...SUSPICIOUS.map(name => [name, 'suspicious'] as const),
  ...[...SYSTEM, ...DANGEROUS_MODULES, ...DANGEROUS_NAMES].map(name => [name, 'dangerous'] as const),
])

const LONGEST = Math.max(...[...TABLE.keys()].map(name => name.length))

/**
 * Modules as attributes of other modules, under any name: `_os`, `__loader__`, `bltns` (in `enum`). Listed without the
 * underscores around them.
 */
const REACHED: ReadonlySet<string> = new Set([
  ...[...SYSTEM, ...DANGEROUS_MODULES],
  ...[
    'bltns',
    'builtins',
    'builtin',
    'cPickle',
    'dill',
    'globals',
    'io',
    'loader',
    'marshal',
    'pickle',
    'spec',
  ],
  ...['subclasses', 'code', 'dict', 'class', 'mro', 'bases'],
  ...DANGEROUS_BUILTINS.map(bare),
])

/**
 * What a name could do when it is called, or only looked up.
 * @param name within the module; since protocol 4 a path of attributes (`Outer.Inner`), which may lead anywhere
 */
export function severityOf(module: string, name: string): Severity {
  if (isHarmless(module, name)) return 'harmless'
  const path = `${module}.${name}`
  const found = severityInTable(path)
  // A module's own imports are its attributes.
  if (
    found === 'dangerous' ||
    module.endsWith('.__main__') ||
    SYSTEM.some(known => path.includes(`.${known}.`))
  )
    return 'dangerous'
  return worse(found, name.includes('.') ? severityOfPath(module, name.split('.')) : severityOfName(name))
}

/** A system module as an attribute of another (`collections._sys`): it is not called, but its attributes can be set. */
function severityOfName(name: string): Severity {
  return name === 'bltns' || SYSTEM.includes(bare(name)) ? 'suspicious' : 'unknown'
}

/** For a path of attributes: in an honest pickle, it can only be a nested class of the training code. */
function severityOfPath(module: string, attributes: readonly string[]): Severity {
  const areClasses = attributes.every(attribute => /^_*[A-Z]/.test(attribute))
  if (areClasses) return isKnownModule(module) ? 'suspicious' : 'unknown'
  const leadsAway = attributes.some(attribute => REACHED.has(bare(attribute)))
  return leadsAway || isKnownModule(module) ? 'dangerous' : 'suspicious'
}

/**
 * A method of a PyTorch class, which schedulers store (`OneCycleLR._annealing_cos`) and which leads nowhere else. For names
 * spelled with `getattr`, below protocol 4; later pickles only contain them in attacks.
 */
export function isMethodOfTorch(module: string, name: string): boolean {
  const attributes = name.split('.')
  const classes = attributes.slice(0, -1)
  return (
    /^torch(\.|$)/.test(module) &&
    classes.length > 0 &&
    classes.every(attribute => /^_*[A-Z]/.test(attribute)) &&
    !attributes.some(attribute => REACHED.has(bare(attribute)))
  )
}

/** `_os` and `__loader__` without their underscores. */
function bare(name: string): string {
  return name.replace(/^_+|_+$/g, '')
}

const ORDER: readonly Severity[] = ['harmless', 'unknown', 'suspicious', 'dangerous']

/** The worse of two judgements. */
export function worse(one: Severity | undefined, other: Severity): Severity {
  return one !== undefined && ORDER.indexOf(one) > ORDER.indexOf(other) ? one : other
}

/** The worst entry of the table for a name or any of its prefixes. Extension codes are a number after a blank. */
function severityInTable(path: string): Severity | undefined {
  let found: Severity | undefined
  for (let end = 1; end <= Math.min(path.length, LONGEST); end++) {
    if (end < path.length && path[end] !== '.' && path[end] !== ' ') continue
    const known = TABLE.get(path.slice(0, end))
    if (known) found = worse(found, known)
  }
  return found
}
