// Lists the tensors of a checkpoint: node examples/list.mjs <file or URL>
import { openCheckpoint, openInput } from 'selfsup2mmdet'

const source = await openInput(process.argv[2])
try {
  const { format, sections } = await openCheckpoint(source)
  console.log(format)
  for (const [path, state] of sections)
    for (const [name, { dtype, shape }] of state) console.log(path, name, dtype, shape.join('×'))
} finally {
  await source.close()
}
