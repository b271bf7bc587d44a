// Damages the fixtures at random and checks what happens, for a given time.
//   npm run fuzz -- --seconds 600 --seed 7
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1e6) },
  },
})
console.log(`seed ${values.seed}`)
const { status } = spawnSync('npx', ['vitest', 'run', 'test/fuzz.test.ts', '--disable-console-intercept'], {
  stdio: 'inherit',
  env: { ...process.env, FUZZ_SECONDS: values.seconds, FUZZ_SEED: values.seed },
})
process.exit(status ?? 1)
