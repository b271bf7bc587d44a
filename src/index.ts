/**
 * Self-supervised PyTorch checkpoints become MMDetection backbones. The command line uses nothing but what is here: what runs
 * anywhere (`browser.ts`), and what reads and writes files with Node.
 * @module
 */
export * from './browser.ts'
export { checkTarget, createFile, type FileSink, type FileSinkOptions } from './bytes/node-file-sink.ts'
export { type FileSource, openFile } from './bytes/node-file-source.ts'
export { type InputOptions, isRemote, openInput } from './bytes/node-input.ts'
export { refuseSameFiles } from './bytes/node-same-file.ts'
export { leftoversOf, removeScratchFiles } from './bytes/node-scratch-files.ts'
export { writeFully } from './bytes/node-write-fully.ts'
export {
  type Conversion,
  type ConvertFileOptions,
  convertFile,
  outputFormat,
} from './convert/convert-file.ts'
export {
  type OpenCheckpoint,
  type OpenCheckpointOptions,
  openCheckpointFile,
} from './convert/open-checkpoint-file.ts'
export { type Verdict, type VerifyFileOptions, verifyFile } from './convert/verify-file.ts'
