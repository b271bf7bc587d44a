// Does MMDetection load the whole backbone, does it match its source, does it look trained? node examples/verify.mjs <backbone> <source>
import { decideOrThrow, openCheckpointFile, probeBackbone, verifyFile } from 'selfsup2mmdet'

const [path, against] = process.argv.slice(2)
const { good, report, findings, against: difference } = await verifyFile(path, { against })
console.log(good ? 'good' : 'not good', `${report.present} of ${report.expected}`)
for (const { name, defect, count } of findings) console.log(name, defect, count)
console.log(difference.equal ? 'the same bits as the source' : 'not what the source holds')

const { checkpoint, close } = await openCheckpointFile(path)
try {
  const { canonical, match } = decideOrThrow(checkpoint)
  const { looks, reasons } = await probeBackbone(canonical, match.method.normalisation.order)
  console.log(looks)
  for (const reason of reasons) console.log(reason)
} finally {
  await close()
}
