// Reads one tensor as an array: node examples/read-tensor.mjs <file> <section> <name>
import { openCheckpointFile, readFloats, readTensor } from 'selfsup2mmdet'

const [path, section, name] = process.argv.slice(2)
const { checkpoint, close } = await openCheckpointFile(path)
try {
  const tensor = checkpoint.sections.get(section)?.get(name)
  if (!tensor) throw new Error(`${path} has no ${name} in '${section}'`)
  // A typed array that fits the type: Float32Array, BigInt64Array, …; readFloats gives numbers for computing.
  const array = await readTensor(tensor)
  const values = await readFloats(tensor)
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  console.log(name, tensor.shape.join('×'), array.constructor.name, 'mean', mean.toPrecision(4))
} finally {
  await close()
}
