/** Guards the package: what users install, and that generated files are fresh. */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
// @ts-expect-error: a script without types
import { registry } from '../scripts/registry.js'
import { VERSION } from '../src/index.ts'
import { temporaryFolder } from './helpers/temporary.ts'

const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
const folder = temporaryFolder()

test('nothing is installed beside the program itself', () => {
  expect(manifest.dependencies).toBeUndefined()
  const optional = Object.keys(manifest.peerDependencies).map(name => [name, { optional: true }])
  expect(manifest.peerDependenciesMeta).toEqual(Object.fromEntries(optional))
})

test('the version stands in one place more, and is the same there', () => {
  expect(VERSION).toBe(manifest.version)
  expect(readFileSync('CHANGELOG.md', 'utf8')).toContain(`## ${manifest.version}`)
})

test('the registry of methods is fresh: run `npm run registry`', () => {
  const tidy = (text: string): string =>
    text
      .replace(/\s+/g, ' ')
      .replace(/^import.*/, '')
      .trim()
  const lines = (text: string): string[] => text.split('\n').map(tidy).filter(Boolean).sort()
  expect(lines(readFileSync('src/methods/index.ts', 'utf8'))).toEqual(lines(registry()))
})

test('scripts do their work in a clone whose path has a blank', () => {
  const clone = join(folder, 'a clone')
  mkdirSync(join(clone, 'scripts'), { recursive: true })
  cpSync('package.json', join(clone, 'package.json'))
  cpSync('scripts/registry.js', join(clone, 'scripts/registry.js'))
  cpSync('src/methods', join(clone, 'src/methods'), { recursive: true })
  const written = join(clone, 'src/methods/index.ts')
  writeFileSync(written, '')
  execFileSync(process.execPath, ['scripts/registry.js'], { cwd: clone })
  expect(readFileSync(written, 'utf8')).toBe(registry())
})

test.each(['bench', 'bin', 'scripts', 'test'])(
  'nothing in %s takes the path of a URL for that of a file',
  where => {
    // There a blank is %20, and the file is not found.
    const wrong = /import\.meta\.url\)\.pathname/
    const files = readdirSync(where, { recursive: true, encoding: 'utf8' }).filter(name =>
      /\.[jt]s$/.test(name),
    )
    expect(files.filter(file => wrong.test(readFileSync(join(where, file), 'utf8')))).toEqual([])
  },
)

test('what the library throws is told without the source of the library', () => {
  const script = "import { openFile } from './dist/index.js'\nawait openFile('nothing.pth')"
  const ran = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  expect(ran.stderr).toContain('There is no file nothing.pth.')
  expect(ran.stderr.length).toBeLessThan(3000)
})

test('the packed tarball installs and converts with nothing but Node', () => {
  const npm = (args: readonly string[], cwd: string): string =>
    execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  const [packed] = JSON.parse(npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder], '.'))
  const paths: string[] = packed.files.map((file: { path: string }) => file.path)
  expect(paths).toEqual(expect.arrayContaining(['LICENSE', manifest.man, 'schemas/convert.json']))
  expect(
    paths.filter(
      path =>
        !/^(bin|dist|man|schemas)\/|^(package\.json|README\.md|LICENSE|CHANGELOG\.md|THIRD-PARTY-LICENSES\.md)$/.test(
          path,
        ),
    ),
  ).toEqual([])
  expect(packed.unpackedSize).toBeLessThan(1_500_000)
  const [inMb, packedInMb] = [packed.unpackedSize, packed.size].map(bytes => (bytes / 1e6).toFixed(1))
  const readme = readFileSync('README.md', 'utf8')
  expect(readme).toContain(`The package is ${packedInMb} MB packed and ${inMb} MB installed.`)
  expect(readFileSync('docs/comparison.md', 'utf8')).toContain(`| installed size | ${inMb} MB |`)

  const elsewhere = join(folder, 'elsewhere')
  mkdirSync(elsewhere)
  writeFileSync(join(elsewhere, 'package.json'), '{"private": true}')
  npm(['install', '--offline', '--no-audit', '--no-fund', join(folder, packed.filename)], elsewhere)
  const input = join(process.cwd(), 'fixtures/checkpoints/swav_released.pth.tar')
  const out = npm(['exec', '--offline', '--', 'selfsup2mmdet', input, 'out.pth'], elsewhere)
  expect(out).toContain('318 of 318')
  writeFileSync(
    join(elsewhere, 'use.mjs'),
    "import { METHODS, openCheckpoint, openFile } from 'selfsup2mmdet'\n" +
      "const file = await openFile('out.pth')\n" +
      "console.log((await openCheckpoint(file)).sections.get('state_dict').size, METHODS.length > 0)\nawait file.close()\n",
  )
  expect(execFileSync(process.execPath, ['use.mjs'], { cwd: elsewhere, encoding: 'utf8' })).toBe('318 true\n')
})
