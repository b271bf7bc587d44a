// Reads every tensor of a checkpoint, checks the sums that it carries, and writes all of it as an archive to nowhere.
//   node bench/rewrite.js FILE
import { openCheckpoint, openFile, writeTorchZip } from '../dist/index.js'

const file = await openFile(process.argv[2])
const checkpoint = await openCheckpoint(file)
let position = 0
await writeTorchZip(
  checkpoint.sections.get('state_dict'),
  {},
  {
    name: 'nowhere',
    get position() {
      return position
    },
    async write(bytes) {
      position += bytes.length
    },
    async finish() {},
    async abort() {},
  },
)
if (position < file.size * 0.9)
  throw new Error(`expected to write ${file.size} bytes and some, wrote ${position}`)
await file.close()
