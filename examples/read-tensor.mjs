// Reads one tensor as a typed array: node examples/read-tensor.mjs <file> <section> <name>
import { castTensor, openCheckpoint, openFile, readTensor } from 'selfsup2mmdet'

const [path, section, name] = process.argv.slice(2)
const file = await openFile(path)
try {
  const { sections } = await openCheckpoint(file)
  const tensor = sections.get(section)?.get(name)
  if (!tensor) throw new Error(`${path} has no ${name} in '${section}'`)
  // Without the cast, float16 and bfloat16 come as raw bits.
  const values = await readTensor(castTensor(tensor, 'float32'))
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  console.log(name, tensor.shape.join('×'), 'mean', mean.toPrecision(4))
} finally {
  await file.close()
}
