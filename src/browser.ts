/**
 * The part of the library that runs everywhere: in browsers, workers, Deno, Bun and Node. It uses no module of Node. Exports
 * are stable: every value appears in an example, and every type that they use is exported.
 * @module
 */

export { blobSource } from './bytes/blob-source.ts'
export { type ByteSink, memorySink } from './bytes/sink.ts'
export { type ByteSource, memorySource } from './bytes/source.ts'
export { streamSink } from './bytes/stream-sink.ts'
export { type ConfigOptions, configFor } from './convert/config.ts'
export { methodByHand, type RulesByHand } from './convert/custom-rules.ts'
export {
  type ConvertOptions,
  type Decision,
  type Placed,
  type WriteBackboneOptions,
  writeBackbone,
} from './convert/decide.ts'
export type { Dropped, Fate, Kept, Plan } from './convert/fate.ts'
export type { Knowledge } from './convert/knowledge.ts'
export type { Match, MatchedBy } from './convert/match.ts'
export type { Parts } from './convert/parts.ts'
export type { Difference, Missing, Report } from './convert/verify.ts'
export {
  type Advice,
  type AdviceStep,
  FormatError,
  type LeaveOut,
  MismatchError,
  type Place,
  type RunCommand,
  type Settings,
  type StateOption,
  SystemError,
  ToolError,
  UnsupportedError,
  UsageError,
  type UseOptions,
} from './errors.ts'
export { type ConvertSourceOptions, convertSource } from './explain/convert.ts'
export { decideOrThrow, type ExplainedDecision } from './explain/decide.ts'
export type { Note } from './explain/notes.ts'
export type { Architecture, Facts, Family, Look, Shapes, Spelling, TensorSpec } from './families/family.ts'
export { FAMILIES } from './families/index.ts'
export type { Spelt } from './families/spelling.ts'
export type { OpenOptions, OwnedSource } from './formats/format.ts'
export { type OutputFormat, openCheckpoint } from './formats/index.ts'
export type { Fetched, HttpOptions, Traffic } from './http/options.ts'
export { type OpenSource, openUrl, type UrlOptions } from './http/source.ts'
export { METHODS } from './methods/index.ts'
export type { CodeReference, Method, Network, Normalisation } from './methods/method.ts'
export type { Defect, Finding } from './probe/defects.ts'
export type { Filter, FirstLayer } from './probe/first-layer.ts'
export type { KernelStatistics } from './probe/kernels.ts'
export type { NormStatistics } from './probe/norms.ts'
export { type Judgement, type Looks, type Probe, probeBackbone } from './probe/probe.ts'
export type { StageLooks, StageStatistics } from './probe/stages.ts'
export type { JoinRule, NamingRule, RenameRule, Reordering, SplitRule, Zeros } from './rename/naming.ts'
export type { DropRule, KeepRule, Pattern, Rule } from './rename/rules.ts'
export type {
  Anew,
  DetectorGeneration,
  DetectorKind,
  DetectorObstacle,
  DetectorSpelling,
  Part,
} from './targets/detector.ts'
export { TARGETS } from './targets/index.ts'
export type { Detector } from './targets/mmdetection/detectors.ts'
export type { Recipe } from './targets/mmdetection/recipes.ts'
export type { ConfigChoices, ConfigParts, Loader } from './targets/mmdetection/settings.ts'
export type { Generation, Schedule } from './targets/mmdetection/versions.ts'
export type { Detectors, Home, Obstacle, Target } from './targets/target.ts'
export type { CastDType } from './tensor/cast.ts'
export { diffStates, type OtherValues, type StateDifference, type TensorKind } from './tensor/diff.ts'
export type { DType } from './tensor/dtype.ts'
export { readFloats, readTensor, type TensorArray } from './tensor/read-tensor.ts'
export type {
  Checkpoint,
  ForeignGlobal,
  Severity,
  StateDict,
  Tensor,
  TorchLoads,
  WholeObject,
} from './tensor/tensor.ts'
export type { Factor, Reorder } from './tensor/view.ts'
