// Converts without Node's file functions, like a browser or worker: node examples/convert-stream.mjs <file> <output>
import { readFile, writeFile } from 'node:fs/promises'
import { blobSource, convertSource, streamSink } from 'selfsup2mmdet/browser'

const [input, output] = process.argv.slice(2)
const parts = []
const stream = new WritableStream({ write: part => void parts.push(part) })
const { match, report } = await convertSource(blobSource(new Blob([await readFile(input)]), input), () =>
  streamSink(stream),
)
await writeFile(output, parts)
console.log(match.method.name, report.architecture, report.present)
