/**
 * What the names in a pickle could do if somebody loaded it with Python. Nothing is run here: this is for telling people.
 * Sources of the names: picklescan's `_unsafe_globals`, fickling's `unsafe_imports`, PyTorch's `_weights_only_unpickler.py`.
 */

import type { Severity } from '../../tensor/tensor.ts'

/** Modules, all of which is dangerous; also behind other names, as in `torch.serialization.os.system`. */
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
  ],
]

const HARMLESS = [
  ...[
    'argparse.Namespace',
    'collections',
    'datetime',
    'decimal',
    'enum',
    'fractions',
    'pathlib',
    'copy_reg',
    'copyreg',
  ],
  ...['numpy.core', 'numpy._core', 'numpy.dtype', 'numpy.ndarray', 'numpy.dtypes', 'numpy.bool_'],
  ...['numpy.float16', 'numpy.float32', 'numpy.float64', 'numpy.int32', 'numpy.int64', 'numpy.random'],
  ...['builtins', '__builtin__', 'torch.nn', 'torch.optim', 'torch.Generator', 'torch.device', 'torch.cuda'],
  ...['omegaconf', 'easydict.EasyDict', 'addict.addict.Dict', 'yacs.config.CfgNode'],
]

/** Plain values of modules that are otherwise what the tables say of them. */
const HARMLESS_CLASSES: ReadonlySet<string> = new Set([
  'uuid.UUID',
  'platform.uname_result',
  'torch.torch_version.TorchVersion',
])

/** From these attributes of whatever class or function, there is a way to all others. */
const WAYS_OUT =
  /\.__(base|bases|builtins|class|closure|code|dict|func|getattribute|globals|import|loader|mro|self|spec|subclasses)__/

/** The first that fits counts. */
const TABLE: readonly (readonly [Severity, readonly string[]])[] = [
  ['dangerous', [...SYSTEM, ...DANGEROUS_MODULES, ...DANGEROUS_NAMES]],
  ['harmless', ['types.SimpleNamespace']],
  ['suspicious', SUSPICIOUS],
  ['harmless', HARMLESS],
]

/** @param path `module.name`, as the pickle has it */
export function severityOf(path: string): Severity {
  if (HARMLESS_CLASSES.has(path)) return 'harmless'
  const found = TABLE.find(([, names]) => names.some(name => begins(path, name)))
  if (found?.[0] === 'dangerous' || WAYS_OUT.test(path)) return 'dangerous'
  // A module's own imports are its attributes.
  if (SYSTEM.some(module => `${path}.`.includes(`.${module}.`))) return 'dangerous'
  return found?.[0] ?? 'unknown'
}

/** Extension codes have a number behind their name. */
function begins(path: string, name: string): boolean {
  return path === name || path.startsWith(`${name}.`) || path.startsWith(`${name} `)
}
