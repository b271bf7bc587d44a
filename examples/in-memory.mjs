// Converts a URL or a file into memory, step by step, with custom rules: node examples/in-memory.mjs <file or URL> <prefix>
import { readFile } from 'node:fs/promises'
import {
  decideOrThrow,
  memorySink,
  memorySource,
  methodByHand,
  openCheckpoint,
  openUrl,
  writeBackbone,
} from 'selfsup2mmdet/browser'

const [input, prefix] = process.argv.slice(2)
const source = URL.canParse(input) ? await openUrl(input) : memorySource(await readFile(input), input)
const checkpoint = await openCheckpoint(source)
const method = methodByHand({
  rules: [
    { drop: `${prefix}fc.*`, because: 'head' },
    { keep: `${prefix}*`, as: '*' },
    { drop: '*', because: 'not of the network' },
  ],
})
// Nothing is written unless the network is complete.
const decision = decideOrThrow(checkpoint, { method, dtype: 'float16' })
const sink = memorySink('backbone.safetensors')
await writeBackbone(decision, sink, { format: 'safetensors' })
console.log(decision.architecture.title, sink.bytes().length)
await source.close?.()
