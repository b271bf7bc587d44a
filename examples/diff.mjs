// Compares two checkpoints: node examples/diff.mjs <file> <file> <section in both>
import { diffStates, openCheckpointFile } from 'selfsup2mmdet'

const [first, second, section] = process.argv.slice(2)
const [one, other] = await Promise.all([first, second].map(path => openCheckpointFile(path)))
try {
  const [left, right] = [one, other].map(({ checkpoint }) => checkpoint.sections.get(section))
  const { same, otherValues, onlyInFirst, onlyInSecond } = await diffStates(left, right)
  console.log(same, 'tensors are the same')
  for (const { name, differing, elements } of otherValues) console.log(`${name}: ${differing} of ${elements}`)
  console.log(onlyInFirst.length, 'only in the first,', onlyInSecond.length, 'only in the second')
} finally {
  await Promise.all([one.close(), other.close()])
}
