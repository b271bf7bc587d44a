/**
 * Converts self-supervised PyTorch checkpoints to MMDetection backbones: everything in `browser.ts`, and functions for files,
 * which need Node.
 * @module
 */
export * from './browser.ts'
export { type Conversion, type ConvertFileOptions, convertFile, type Written } from './files/convert.ts'
export { type OpenCheckpoint, type OpenFileOptions, openCheckpointFile } from './files/open.ts'
export type { Overwrite } from './files/overwrite.ts'
export { type LoaderVerdict, type Verdict, type VerifyFileOptions, verifyFile } from './files/verify.ts'
