/** Tests of the command line run what is shipped: dist/ is built anew before them. */
import { execFileSync } from 'node:child_process'

export default function build(): void {
  execFileSync(process.execPath, ['scripts/build.js'], { stdio: 'inherit' })
}
