/**
 * All of the library that runs wherever JavaScript does: in browsers, workers, Deno, Bun and Node. Nothing here reaches for
 * a module of Node's.
 * @module
 */

export { blobSource } from './bytes/blob-source.ts'
export { count } from './bytes/count.ts'
export { nearest } from './bytes/nearest.ts'
export { type ByteSink, memorySink } from './bytes/sink.ts'
export { type ByteSource, memorySource, subSource } from './bytes/source.ts'
export { streamSink } from './bytes/stream-sink.ts'
export { shellWord } from './bytes/text.ts'
export { type ConfigOptions, configFor } from './convert/config.ts'
export { methodByHand, parseRules } from './convert/custom-rules.ts'
export {
  type ConvertOptions,
  type Decision,
  decide,
  sizeOf,
  type WriteBackboneOptions,
  writeBackbone,
  writeWhole,
} from './convert/decide.ts'
export type { Dropped, Fate, Kept, Plan } from './convert/fate.ts'
export { KNOWN, type Knowledge } from './convert/knowledge.ts'
export type { Match, MatchedBy } from './convert/match.ts'
export { type PlanOptions, planSection } from './convert/plan.ts'
export { findMethod, type RecogniseOptions, recogniseMethod } from './convert/recognise.ts'
export {
  type BackboneRefusal,
  isRefusal,
  type PlanRefusal,
  type RecogniseRefusal,
  type Refusal,
  type SectionRef,
} from './convert/refusal.ts'
export {
  type Difference,
  type Missing,
  type Report,
  recogniseArchitecture,
  verifyBackbone,
} from './convert/verify.ts'
export { VERSION } from './convert/version.ts'
export {
  type Advice,
  FormatError,
  MismatchError,
  type Place,
  SystemError,
  ToolError,
  UnsupportedError,
  UsageError,
} from './errors.ts'
export { becauseOf } from './explain/because.ts'
export { type ConfigFacts, configFactsOf } from './explain/config-facts.ts'
export { type ConvertSourceOptions, convertSource } from './explain/convert.ts'
export { decideOrThrow, type ExplainedDecision } from './explain/decide.ts'
export { explainRefusal } from './explain/explain.ts'
export type { Context } from './explain/explanation.ts'
export { hasBackbone, notesOn } from './explain/notes.ts'
export type { Architecture, Family, Spelling, TensorSpec } from './families/family.ts'
export { ARCHITECTURES, FAMILIES } from './families/index.ts'
export { type ResNetShape, resnet } from './families/resnet.ts'
export type { Format, OwnedSource, Surroundings, Write, WriteOptions } from './formats/format.ts'
export { FORMATS, type OutputFormat, openCheckpoint, WRITERS } from './formats/index.ts'
export { writeSafetensors } from './formats/safetensors/write.ts'
export { writeTorchLegacy } from './formats/torch/write-legacy.ts'
export { writeTorchZip } from './formats/torch/write-zip.ts'
export type { HttpOptions, Traffic } from './http/client.ts'
export {
  type Fetched,
  type OpenSource,
  openUrl,
  publicName,
  type UrlOptions,
} from './http/source.ts'
export { METHODS } from './methods/index.ts'
export type { CodeReference, Method, Network, Normalisation } from './methods/method.ts'
export { DEFECTS, type Defect, type Finding, findDefects } from './probe/defects.ts'
export type { Filter, FirstLayer } from './probe/first-layer.ts'
export type { Activations } from './probe/forward/activations.ts'
export type { FeatureStatistics } from './probe/forward/features.ts'
export {
  type Forward,
  type ForwardVerdict,
  probeForward,
} from './probe/forward/forward.ts'
export { generateImages } from './probe/forward/images.ts'
export type { TensorFlow, TfTensor } from './probe/forward/tensorflow.ts'
export type { KernelStatistics } from './probe/kernels.ts'
export type { NormStatistics } from './probe/norms.ts'
export { drawFilters, type Picture } from './probe/picture.ts'
export { encodePng } from './probe/png.ts'
export {
  type Judgement,
  type Looks,
  type Probe,
  type ProbeVerdict,
  probeBackbone,
  quickProbe,
} from './probe/probe.ts'
export type { TensorFate } from './probe/report/fates.ts'
export { type ReportInput, writeReport } from './probe/report/page.ts'
export type { OtherNetwork } from './probe/report/pictures.ts'
export type { StageLooks, StageStatistics } from './probe/stages.ts'
export type { DropRule, KeepRule, Pattern, Rule } from './rename/rules.ts'
export { TARGETS } from './targets/index.ts'
export { DETECTORS, type Detector } from './targets/mmdetection/detectors.ts'
export { asMMDetectionReads } from './targets/mmdetection/load.ts'
export { pyString } from './targets/mmdetection/python.ts'
export { RECIPES, type Recipe } from './targets/mmdetection/recipes.ts'
export { CONFIG_DEFAULTS, type ConfigSettings } from './targets/mmdetection/settings.ts'
export { GENERATIONS, type Generation, SCHEDULES, type Schedule } from './targets/mmdetection/versions.ts'
export type { Home, Target } from './targets/target.ts'
export { type CastDType, castTensor } from './tensor/cast.ts'
export { chunksOf } from './tensor/chunks.ts'
export { type Comparison, compareTensors } from './tensor/compare.ts'
export { diffStates, type OtherValues, type StateDifference } from './tensor/diff.ts'
export { type DType, type DTypeFacts, dtypeFacts } from './tensor/dtype.ts'
export { keepOnceRead } from './tensor/keep-once-read.ts'
export { readFloats, readTensor, type TensorArray } from './tensor/read-tensor.ts'
export {
  announceAll,
  byteLength,
  type Checkpoint,
  elementCount,
  type ForeignGlobal,
  foreignNames,
  type Severity,
  type StateDict,
  type Tensor,
  type WholeObject,
} from './tensor/tensor.ts'
