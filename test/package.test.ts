/** The package: what users install, and whether generated files are up to date. */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
// @ts-expect-error: a script without types
import { registry } from '../scripts/registry.js'
import { VERSION } from '../src/convert/version.ts'
import { temporaryFolder } from './helpers/temporary.ts'

const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
const folder = temporaryFolder()

test('the program has no dependencies', () => {
  expect(manifest.dependencies).toBeUndefined()
  const optional = Object.keys(manifest.peerDependencies).map(name => [name, { optional: true }])
  expect(manifest.peerDependenciesMeta).toEqual(Object.fromEntries(optional))
})

test('the version also appears in two other places, and is the same', () => {
  expect(VERSION).toBe(manifest.version)
  expect(readFileSync('CHANGELOG.md', 'utf8')).toContain(`## ${manifest.version}`)
})

test('the registry of methods is up to date: run `npm run registry`', () => {
  const tidy = (text: string): string =>
    text
      .replace(/\s+/g, ' ')
      .replace(/^import.*/, '')
      .trim()
  const lines = (text: string): string[] => text.split('\n').map(tidy).filter(Boolean).sort()
  expect(lines(readFileSync('src/methods/index.ts', 'utf8'))).toEqual(lines(registry()))
})

test('scripts work in a clone whose path contains a space', () => {
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
  'nothing in %s uses the path of a URL as a file path',
  where => {
    // A space would be %20, and the file would not be found.
    const wrong = /import\.meta\.url\)\.pathname/
    const files = readdirSync(where, { recursive: true, encoding: 'utf8' }).filter(name =>
      /\.[jt]s$/.test(name),
    )
    expect(files.filter(file => wrong.test(readFileSync(join(where, file), 'utf8')))).toEqual([])
  },
)

test('an uncaught error of the library is printed without its minified source', () => {
  const script =
    "import { openCheckpointFile } from './dist/index.js'\nawait openCheckpointFile('nothing.pth')"
  const ran = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  expect(ran.stderr).toContain('There is no file nothing.pth.')
  expect(ran.stderr.length).toBeLessThan(3000)
})

test("the types do not require Node's, and describe the library", () => {
  const program = join(folder, 'consumer')
  const library = join(program, 'node_modules/selfsup2mmdet')
  mkdirSync(library, { recursive: true })
  for (const path of ['dist', 'package.json']) cpSync(path, join(library, path), { recursive: true })
  const options = { module: 'NodeNext', target: 'ES2023', lib: ['ES2023', 'DOM'], types: [], strict: true }
  const config = { compilerOptions: { ...options, noEmit: true }, files: ['consumer.ts'] }
  writeFileSync(join(program, 'tsconfig.json'), JSON.stringify(config))
  writeFileSync(join(program, 'package.json'), '{"type": "module"}')
  const compile = (text: string): string => {
    writeFileSync(join(program, 'consumer.ts'), text)
    const tsc = join(process.cwd(), 'node_modules/typescript/bin/tsc')
    return spawnSync(process.execPath, [tsc, '-p', program], { encoding: 'utf8' }).stdout
  }
  expect(compile(CONSUMER)).toBe('')
  expect(compile(`${CONSUMER}\nconst wrong: number = done.report.architecture`)).toMatch(/TS2322/)
  expect(compile(`${CONSUMER}\nprocess.exit()`)).toMatch(/Cannot find name 'process'/)
})

/** All types by name, and some uses. */
const CONSUMER = `import * as everywhere from 'selfsup2mmdet/browser'
import { type Conversion, type ConvertFileOptions, convertFile, type Tensor, ToolError } from 'selfsup2mmdet'

const options: ConvertFileOptions = { signal: AbortSignal.timeout(1000), overwrite: 'own', dtype: 'float16' }
const done: Conversion = await convertFile(new URL('file:///moco.pth.tar'), 'moco.pth', options)
const tensors: readonly Tensor[] = done.plan.fates.map(fate => fate.tensor)
const values: Float64Array | Float32Array = await everywhere.readFloats(tensors[0]!)
const source: everywhere.ByteSource = everywhere.blobSource(new Blob([]))
export const adviceOf = (error: unknown): string => (error instanceof ToolError ? error.advice : '')
export const all = [values, source, done.output?.path] as const
`

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
  expect(packed.unpackedSize).toBeLessThan(1_700_000)
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
    "import { METHODS, openCheckpointFile } from 'selfsup2mmdet'\n" +
      "const { checkpoint, close } = await openCheckpointFile('out.pth')\n" +
      "console.log(checkpoint.sections.get('state_dict').size, METHODS.length > 0)\nawait close()\n",
  )
  expect(execFileSync(process.execPath, ['use.mjs'], { cwd: elsewhere, encoding: 'utf8' })).toBe('318 true\n')
})
