/**
 * Self-supervised PyTorch checkpoints become MMDetection backbones. The command line uses nothing but what is here: what runs
 * anywhere (`browser.ts`), and what reads and writes files with Node.
 * @module
 */
export * from './browser.ts'
export {
  type Conversion,
  type ConvertFileOptions,
  convertFile,
  outputFormat,
} from './files/convert.ts'
export {
  type OpenCheckpoint,
  type OpenCheckpointOptions,
  openCheckpointFile,
} from './files/open.ts'
export { type Verdict, type VerifyFileOptions, verifyFile } from './files/verify.ts'
export { checkTarget, createFile, type FileSink, type FileSinkOptions } from './node/file-sink.ts'
export { type FileSource, openFile } from './node/file-source.ts'
export { type InputOptions, isRemote, openInput } from './node/input.ts'
export { refuseSameFiles } from './node/same-file.ts'
export { leftoversOf, removeScratchFiles } from './node/scratch-files.ts'
export { writeFully } from './node/write-fully.ts'
