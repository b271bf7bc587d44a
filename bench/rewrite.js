// Reads every tensor of a checkpoint, verifies its checksums, and writes everything as an archive, discarding the bytes.
//   node bench/rewrite.js FILE
import { fromSource } from '../scripts/source.js'

const { openCheckpoint, openFile, streamSink, writeTorchZip } = await fromSource(
  'index.ts',
  'node/file-source.ts',
  'formats/torch/write-zip.ts',
)

const file = await openFile(process.argv[2])
const checkpoint = await openCheckpoint(file)
const sink = streamSink(new WritableStream())
await writeTorchZip(checkpoint.sections.get('state_dict'), {}, sink)
if (sink.position < file.size * 0.9)
  throw new Error(`expected to write ${file.size} bytes and some, wrote ${sink.position}`)
await file.close()
