// Tests the packed command line on other runtimes: npm run nodes. Each runtime is an npm package, installed to a temporary
// folder.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const RUNTIMES = ['node@20', 'node@22', 'node@24', 'node@26', 'bun', 'deno']
const root = join(import.meta.dirname, '../')
const folder = mkdtempSync(join(tmpdir(), 'selfsup2mmdet-nodes-'))
const run = (file, args, cwd = folder) =>
  execFileSync(file, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
const install = (where, what) => {
  mkdirSync(where)
  writeFileSync(join(where, 'package.json'), '{"private": true}')
  run('npm', ['install', '--no-audit', '--no-fund', what], where)
}

let failed = 0
try {
  const [packed] = JSON.parse(
    run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], root),
  )
  console.log(
    `${packed.filename}: ${packed.size} bytes packed, ${packed.unpackedSize} installed, ${packed.entryCount} files`,
  )
  const home = join(folder, 'installed')
  install(home, join(folder, packed.filename))
  const program = join(home, 'node_modules/selfsup2mmdet/bin/selfsup2mmdet.js')
  const input = join(root, 'fixtures/checkpoints/moco_v2.pth.tar')
  let first
  for (const runtime of RUNTIMES) failed += tryOn(runtime)

  function tryOn(runtime) {
    const [name] = runtime.split('@')
    const where = join(folder, runtime.replace('@', ''))
    try {
      install(where, runtime)
      const binary = join(where, 'node_modules/.bin', name)
      const before = name === 'deno' ? ['run', '--allow-all'] : []
      const output = join(where, 'out.pth')
      run(binary, [...before, program, input, output, '--selfsup', 'moco'])
      const bytes = readFileSync(output)
      first ??= bytes
      if (!bytes.equals(first)) throw new Error('the output has other bytes')
      const version = run(binary, ['--version']).trim().split('\n')[0]
      console.log(`${runtime}: ${version}, converts, same bytes`)
      return 0
    } catch (error) {
      console.log(`${runtime}: FAILED: ${error.message}\n${error.stderr ?? ''}`)
      return 1
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = failed > 0 ? 1 : 0
