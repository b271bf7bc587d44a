// Lists the tensors of a checkpoint: node examples/list.mjs <file or URL>
import { openCheckpointFile } from 'selfsup2mmdet'

const { checkpoint, close } = await openCheckpointFile(process.argv[2])
try {
  console.log(checkpoint.format)
  for (const [path, state] of checkpoint.sections)
    for (const [name, { dtype, shape }] of state) console.log(path, name, dtype, shape.join('×'))
} finally {
  await close()
}
