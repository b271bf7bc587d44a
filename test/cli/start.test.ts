/** Startup: compiled code is used if it fits, and does no harm if it does not. */
import { execFileSync } from 'node:child_process'
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { VERSION } from '../../src/convert/version.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const folder = temporaryFolder()
const cache = join(folder, 'dist/cli.cache')

beforeAll(() => {
  for (const name of ['bin', 'dist', 'package.json']) cpSync(name, join(folder, name), { recursive: true })
})

/** With a second option, the version is printed by the whole program. */
function version(): string {
  return execFileSync(process.execPath, [join(folder, 'bin/selfsup2mmdet.js'), '-V', '-q'], {
    encoding: 'utf8',
    env: { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compile-cache') },
  })
}

/** In a separate process: one that has already compiled the same text does not look at the cached code. */
function isRejected(): boolean {
  const script = `
    const { cacheFile, compile } = require(${JSON.stringify(join(folder, 'bin/start.js'))})
    console.log(compile(require('node:fs').readFileSync(cacheFile)).cachedDataRejected)`
  return JSON.parse(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }))
}

/** Modules of Node that take milliseconds to load, and that no conversion needs. */
const HEAVY = ['fs/promises', 'http', 'https', 'net', 'tls', 'child_process', 'readline', 'worker_threads']

test("a conversion loads none of Node's large modules that it does not need", () => {
  const script = `
    process.argv.splice(1, 1, 'selfsup2mmdet', '-q', 'fixtures/checkpoints/moco_v2.pth.tar', ${JSON.stringify(join(folder, 'out.pth'))})
    process.on('exit', () => console.log(JSON.stringify(process.moduleLoadList)))
    require(${JSON.stringify(join(folder, 'bin/selfsup2mmdet.js'))})`
  const loaded: readonly string[] = JSON.parse(
    execFileSync(process.execPath, ['-e', script, '-'], { encoding: 'utf8' }),
  )
  expect(loaded).toContain('NativeModule zlib')
  expect(HEAVY.filter(name => loaded.includes(`NativeModule ${name}`))).toEqual([])
})

test('the compiled code from the build is accepted by the same Node', () => {
  expect(isRejected()).toBe(false)
})

test('code from another Node is compiled again', () => {
  const bytes = readFileSync(cache)
  bytes.fill(0x55, 0, 64)
  writeFileSync(cache, bytes)
  expect(isRejected()).toBe(true)
  expect(version()).toBe(`${VERSION}\n`)
})

test.each([0, 5])('%d bytes of code are compiled again', length => {
  writeFileSync(cache, new Uint8Array(length))
  expect(version()).toBe(`${VERSION}\n`)
})

test('the program starts without cached code', () => {
  rmSync(cache)
  expect(version()).toBe(`${VERSION}\n`)
})

test.each(['--version', '-V'])('%s needs only the package', flag => {
  rmSync(join(folder, 'dist'), { recursive: true, force: true })
  const said = execFileSync(process.execPath, [join(folder, 'bin/selfsup2mmdet.js'), flag], {
    encoding: 'utf8',
  })
  expect(said).toBe(`${VERSION}\n`)
})
