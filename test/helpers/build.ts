/** Tests of the command line run the shipped code: dist/ is built before them, once for all tiers of a run. */
import { execFileSync } from 'node:child_process'

const DONE = 'SELFSUP2MMDET_TESTS_BUILT'

export default function build(): void {
  if (process.env[DONE] === String(process.pid)) return
  execFileSync(process.execPath, ['scripts/build.js'], { stdio: 'inherit' })
  process.env[DONE] = String(process.pid)
}
