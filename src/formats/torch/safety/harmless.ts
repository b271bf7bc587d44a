/**
 * Names that do nothing when they are unpickled. Module and name must match exactly: other names in the module may do
 * anything, because its imports are its attributes (`enum.bltns.eval`). Sources: the classes that PyTorch 1.13 and 2.13 both
 * define in `torch.nn.modules` and `torch.optim`; for the rest, the documentation.
 */

/** Names by module, separated by blanks. */
const NAMES: Readonly<Record<string, string>> = {
  __builtin__: 'bool dict long object range slice tuple unicode xrange',
  builtins: 'bool dict object range slice tuple',
  argparse: 'Namespace',
  types: 'SimpleNamespace',
  collections: 'Counter OrderedDict defaultdict deque',
  copy_reg: '__newobj__ _reconstructor',
  copyreg: '__newobj__ __newobj_ex__ _reconstructor',
  datetime: 'date datetime time timedelta timezone',
  decimal: 'Decimal',
  fractions: 'Fraction',
  platform: 'uname_result',
  uuid: 'UUID',
  'torch.torch_version': 'TorchVersion',
  pathlib: 'Path PosixPath PurePath PurePosixPath PureWindowsPath WindowsPath',
  numpy: [
    'bool bool_ dtype float16 float32 float64 int16 int32 int64 int8 ndarray str_ uint16',
    'uint32 uint64 uint8',
  ].join(' '),
  'numpy.core.multiarray': '_reconstruct scalar',
  'numpy.core.numeric': '_frombuffer',
  'numpy._core.multiarray': '_reconstruct scalar',
  'numpy._core.numeric': '_frombuffer',
  'numpy.dtypes': [
    'BoolDType Float16DType Float32DType Float64DType Int16DType Int32DType Int64DType',
    'Int8DType StrDType UInt8DType',
  ].join(' '),
  'numpy.random': '__RandomState_ctor',
  'numpy.random._mt19937': 'MT19937',
  'numpy.random._pcg64': 'PCG64',
  'numpy.random._pickle': '__bit_generator_ctor __generator_ctor __randomstate_ctor',
  'omegaconf.base': 'ContainerMetadata Metadata',
  'omegaconf.dictconfig': 'DictConfig',
  'omegaconf.listconfig': 'ListConfig',
  'omegaconf.nodes': 'AnyNode BooleanNode EnumNode FloatNode IntegerNode StringNode',
  easydict: 'EasyDict',
  'addict.addict': 'Dict',
  'yacs.config': 'CfgNode',
  torch: 'Generator',
  'torch.nn.parameter': 'Buffer Parameter UninitializedParameter',
  'torch.nn.parallel.data_parallel': 'DataParallel',
  'torch.nn.modules.activation': [
    'CELU ELU GELU GLU Hardshrink Hardsigmoid Hardswish Hardtanh LeakyReLU LogSigmoid',
    'LogSoftmax Mish MultiheadAttention PReLU RReLU ReLU ReLU6 SELU SiLU Sigmoid Softmax',
    'Softmax2d Softmin Softplus Softshrink Softsign Tanh Tanhshrink Threshold',
  ].join(' '),
  'torch.nn.modules.adaptive': 'AdaptiveLogSoftmaxWithLoss',
  'torch.nn.modules.batchnorm': 'BatchNorm1d BatchNorm2d BatchNorm3d SyncBatchNorm',
  'torch.nn.modules.channelshuffle': 'ChannelShuffle',
  'torch.nn.modules.container': 'Container ModuleDict ModuleList ParameterDict ParameterList Sequential',
  'torch.nn.modules.conv': 'Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d',
  'torch.nn.modules.distance': 'CosineSimilarity PairwiseDistance',
  'torch.nn.modules.dropout': 'AlphaDropout Dropout Dropout1d Dropout2d Dropout3d FeatureAlphaDropout',
  'torch.nn.modules.flatten': 'Flatten Unflatten',
  'torch.nn.modules.fold': 'Fold Unfold',
  'torch.nn.modules.instancenorm': 'InstanceNorm1d InstanceNorm2d InstanceNorm3d',
  'torch.nn.modules.linear': 'Bilinear Identity Linear NonDynamicallyQuantizableLinear',
  'torch.nn.modules.loss': [
    'BCELoss BCEWithLogitsLoss CTCLoss CosineEmbeddingLoss CrossEntropyLoss GaussianNLLLoss',
    'HingeEmbeddingLoss HuberLoss KLDivLoss L1Loss MSELoss MarginRankingLoss',
    'MultiLabelMarginLoss MultiLabelSoftMarginLoss MultiMarginLoss NLLLoss NLLLoss2d',
    'PoissonNLLLoss SmoothL1Loss SoftMarginLoss TripletMarginLoss',
    'TripletMarginWithDistanceLoss',
  ].join(' '),
  'torch.nn.modules.module': 'Module',
  'torch.nn.modules.normalization': 'CrossMapLRN2d GroupNorm LayerNorm LocalResponseNorm',
  'torch.nn.modules.padding': [
    'ConstantPad1d ConstantPad2d ConstantPad3d ReflectionPad1d ReflectionPad2d',
    'ReflectionPad3d ReplicationPad1d ReplicationPad2d ReplicationPad3d ZeroPad2d',
  ].join(' '),
  'torch.nn.modules.pixelshuffle': 'PixelShuffle PixelUnshuffle',
  'torch.nn.modules.pooling': [
    'AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d AdaptiveMaxPool1d',
    'AdaptiveMaxPool2d AdaptiveMaxPool3d AvgPool1d AvgPool2d AvgPool3d FractionalMaxPool2d',
    'FractionalMaxPool3d LPPool1d LPPool2d MaxPool1d MaxPool2d MaxPool3d MaxUnpool1d',
    'MaxUnpool2d MaxUnpool3d',
  ].join(' '),
  'torch.nn.modules.rnn': 'GRU GRUCell LSTM LSTMCell RNN RNNBase RNNCell RNNCellBase',
  'torch.nn.modules.sparse': 'Embedding EmbeddingBag',
  'torch.nn.modules.transformer': [
    'Transformer TransformerDecoder TransformerDecoderLayer TransformerEncoder',
    'TransformerEncoderLayer',
  ].join(' '),
  'torch.nn.modules.upsampling': 'Upsample UpsamplingBilinear2d UpsamplingNearest2d',
  'torch.optim.adadelta': 'Adadelta',
  'torch.optim.adagrad': 'Adagrad',
  'torch.optim.adam': 'Adam',
  'torch.optim.adamax': 'Adamax',
  'torch.optim.adamw': 'AdamW',
  'torch.optim.asgd': 'ASGD',
  'torch.optim.lbfgs': 'LBFGS',
  'torch.optim.lr_scheduler': [
    'ChainedScheduler ConstantLR CosineAnnealingLR CosineAnnealingWarmRestarts CyclicLR',
    'ExponentialLR LambdaLR LinearLR MultiStepLR MultiplicativeLR OneCycleLR PolynomialLR',
    'OneCycleLR._annealing_cos OneCycleLR._annealing_linear ReduceLROnPlateau SequentialLR StepLR',
  ].join(' '),
  'torch.optim.nadam': 'NAdam',
  'torch.optim.optimizer': 'Optimizer',
  'torch.optim.radam': 'RAdam',
  'torch.optim.rmsprop': 'RMSprop',
  'torch.optim.rprop': 'Rprop',
  'torch.optim.sgd': 'SGD',
  'torch.optim.sparse_adam': 'SparseAdam',
  'torch.optim.swa_utils': 'AveragedModel SWALR',
}

const HARMLESS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries(NAMES).map(([module, names]) => [module, new Set(names.split(' '))]),
)

/** Whether a name is known to have no effect when called. */
export function isHarmless(module: string, name: string): boolean {
  return HARMLESS.get(module)?.has(name) ?? false
}

/** Whether a module is known: all of its harmless names are listed. */
export function isKnownModule(module: string): boolean {
  const [root] = module.split('.')
  return root === 'torch' || HARMLESS.has(module)
}
