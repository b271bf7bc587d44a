/** No file is lost: the outputs of every command, what may be replaced, and names that belong to another kind of file. */
import { appendFileSync, copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { runHere } from '../helpers/cli.ts'
import { writeSmall } from '../helpers/small.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const folder = temporaryFolder()
const NETWORK = writeSmall(folder)
const backbone = join(folder, 'backbone.pth')

beforeAll(async () => {
  expect(await runHere(NETWORK, backbone)).toMatchObject({ code: 0 })
})

/** Every way to write a file other than a backbone, each time to a new path. */
const SIDE: readonly (readonly [
  name: string,
  ending: string,
  command: (path: string) => readonly string[],
])[] = [
  ['config --out', 'py', path => ['config', 'moco', '--out', path]],
  ['--config', 'py', path => [NETWORK, join(folder, 'side.pth'), '--config', path]],
  ['probe --report', 'html', path => ['probe', backbone, '--report', path]],
  ['probe --filters', 'png', path => ['probe', backbone, '--filters', path]],
]

describe.each(SIDE)('%s', (name, ending, command) => {
  const at = (what: string) => join(folder, `${name.replaceAll(/\W/g, '')}-${what}.${ending}`)
  const run = async (path: string, ...more: readonly string[]) => {
    const { code, err } = await runHere(...command(path), ...more)
    return { code, err: err.replaceAll(/\s+/g, ' ') }
  }

  test('replaces its own output, unless it was edited since', async () => {
    const path = at('own')
    await run(path)
    const first = readFileSync(path)
    expect((await run(path)).code).not.toBe(2)
    expect(readFileSync(path).subarray(0, 200)).toEqual(first.subarray(0, 200))
    expect((await run(path, '--no-clobber')).err).toContain('already exists')

    const edited = Buffer.from(first)
    edited[first.length >> 1]! ^= 1
    for (const content of [edited, first.subarray(1), Buffer.concat([first, first.subarray(0, 1)])]) {
      writeFileSync(path, content)
      const ran = await run(path)
      expect(ran).toMatchObject({ code: 2, err: expect.stringContaining('--overwrite') })
      expect(readFileSync(path)).toEqual(content)
    }
    expect((await run(path, '--overwrite')).code).not.toBe(2)
    // A report contains the time and the command.
    expect(readFileSync(path).subarray(0, 200)).toEqual(first.subarray(0, 200))
  })

  test('leaves files of others, and our own backbones; an empty one is replaced', async () => {
    const path = at('other')
    copyFileSync(backbone, path)
    expect((await run(path)).code).toBe(2)
    expect(readFileSync(path).equals(readFileSync(backbone))).toBe(true)
    writeFileSync(path, '')
    expect((await run(path)).code).not.toBe(2)
    expect(readFileSync(path).length).toBeGreaterThan(100)
  })

  test('refuses a name for another kind of file', async () => {
    const before = readFileSync(backbone)
    const other = join(folder, 'other.pth')
    copyFileSync(backbone, other)
    for (const path of [other, join(folder, 'x.json'), join(folder, 'x.ONNX')])
      expect(await run(path, '--overwrite')).toMatchObject({
        code: 2,
        err: expect.stringContaining('is named like'),
      })
    expect(readFileSync(other).equals(before)).toBe(true)
  })
})

test('what is in the way of a config is reported before the backbone is written', async () => {
  const [out, config] = [join(folder, 'never.pth'), join(folder, 'mine.py')]
  writeFileSync(config, 'model = dict()\n')
  const { code, err } = await runHere(NETWORK, out, '--config', config)
  expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('mine.py') })
  expect(existsSync(out)).toBe(false)
})

test.each([
  ['x.py', '--config x.py'],
  ['x.json', '--json > x.json'],
  ['x.html', '--report x.html'],
  ['x.png', '--filters x.png'],
  ['x.onnx', 'an ONNX model'],
  ['x.h5', 'an HDF5 file'],
  ['x.pth.gz', 'a compressed file'],
])('a backbone named %s is a mistake', async (name, said) => {
  const { code, err } = await runHere(NETWORK, name)
  expect({ code, err: err.replaceAll(/\s+/g, ' ') }).toMatchObject({
    code: 2,
    err: expect.stringContaining(said),
  })
  expect(existsSync(name)).toBe(false)
})

test('a config is still Python: the seal is a comment on one line', async () => {
  const path = join(folder, 'sealed.py')
  await runHere('config', 'moco', '--out', path)
  const { out } = await runHere('config', 'moco')
  const written = readFileSync(path, 'utf8')
  expect(written.startsWith(out)).toBe(true)
  expect(written.slice(out.length)).toMatch(/^# Written by selfsup2mmdet\. .*[0-9a-f]{16}\n$/)
  appendFileSync(path, 'work_dir = "x"\n')
  expect((await runHere('config', 'moco', '--out', path)).code).toBe(2)
})
