/** Writing to disk: the target appears complete or not at all, and no files are left behind. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { UsageError } from '../../src/errors.ts'
import { createFile } from '../../src/node/file-sink.ts'
import { leftoversOf, removeScratchFiles } from '../../src/node/scratch-files.ts'
import { randomBytes, randomIntegers } from '../helpers/random.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const root = temporaryFolder()
const fresh = (): string => mkdtempSync(join(root, 'case-'))
const hello = new TextEncoder().encode('hello')

describe('a written file', () => {
  test('exists after finish, and not before', async () => {
    const path = join(fresh(), 'out.pth')
    const sink = await createFile(path)
    await sink.write(hello)
    expect(existsSync(path)).toBe(false)
    await sink.finish()
    expect(readFileSync(path, 'utf8')).toBe('hello')
    await sink.abort()
    expect(readFileSync(path, 'utf8')).toBe('hello')
  })

  test('has everything in order, from pieces of all sizes that are changed right afterwards', async () => {
    const path = join(fresh(), 'out.pth')
    const next = randomIntegers(4)
    const whole = randomBytes(9, 3_000_000)
    const sink = await createFile(path)
    const piece = new Uint8Array(200_000)
    while (sink.position < whole.length) {
      const before = sink.position
      const length = Math.min(next(4) === 0 ? next(200_000) : next(5000), whole.length - before)
      piece.set(whole.subarray(before, before + length))
      await sink.write(piece.subarray(0, length))
      expect(sink.position).toBe(before + length)
      piece.fill(0xee)
    }
    await sink.finish()
    expect(Buffer.compare(readFileSync(path), whole)).toBe(0)
  })

  test('can be larger than what is written between two pauses', async () => {
    const path = join(fresh(), 'out.pth')
    const sink = await createFile(path)
    const megabyte = randomBytes(2, 1 << 20)
    for (let count = 0; count < 40; count++) await sink.write(megabyte)
    await sink.finish()
    const written = readFileSync(path)
    expect(written.length).toBe(40 << 20)
    for (let count = 0; count < 40; count++)
      expect(Buffer.compare(written.subarray(count << 20, (count + 1) << 20), megabyte)).toBe(0)
  })

  test('can be empty', async () => {
    const path = join(fresh(), 'out.pth')
    await (await createFile(path)).finish()
    expect(statSync(path).size).toBe(0)
  })
})

describe('an existing target', () => {
  test('stays unchanged until finish, then is replaced, and keeps its permissions', async () => {
    const path = join(fresh(), 'out.pth')
    writeFileSync(path, 'old')
    chmodSync(path, 0o640)
    const sink = await createFile(path, { overwrite: true })
    await sink.write(hello)
    expect(readFileSync(path, 'utf8')).toBe('old')
    await sink.finish()
    expect(readFileSync(path, 'utf8')).toBe('hello')
    expect(statSync(path).mode & 0o777).toBe(0o640)
  })

  test('stays unchanged after abort', async () => {
    const folder = fresh()
    const path = join(folder, 'out.pth')
    writeFileSync(path, 'old')
    const sink = await createFile(path, { overwrite: true })
    await sink.write(hello)
    await sink.abort()
    await sink.abort()
    expect(readFileSync(path, 'utf8')).toBe('old')
    expect(readdirSync(folder)).toEqual(['out.pth'])
  })

  test('is refused by default, even if it appears meanwhile; an empty one is replaced', async () => {
    const path = join(fresh(), 'out.pth')
    writeFileSync(path, '')
    const [first, second] = [await createFile(path), await createFile(path)]
    await first.write(hello)
    await first.finish()
    await expect(second.finish()).rejects.toThrow(/already exists/)
    await second.abort()
    await expect(createFile(path)).rejects.toThrow(/already exists/)
    expect(readFileSync(path, 'utf8')).toBe('hello')
  })

  test('is refused with keepExisting', async () => {
    const folder = fresh()
    const path = join(folder, 'out.pth')
    writeFileSync(path, 'old')
    await expect(createFile(path, { keepExisting: true })).rejects.toThrow(UsageError)
    expect(readdirSync(folder)).toEqual(['out.pth'])
  })

  test('is refused with keepExisting even if it appears meanwhile', async () => {
    const folder = fresh()
    const path = join(folder, 'out.pth')
    const sink = await createFile(path, { keepExisting: true })
    await sink.write(hello)
    writeFileSync(path, 'quicker')
    await expect(sink.finish()).rejects.toThrow(/already exists/)
    await sink.abort()
    expect(readFileSync(path, 'utf8')).toBe('quicker')
    expect(readdirSync(folder)).toEqual(['out.pth'])
  })

  test('that is a symbolic link stays one, and the file behind it is replaced', async () => {
    const folder = fresh()
    writeFileSync(join(folder, 'real.pth'), 'old')
    symlinkSync('real.pth', join(folder, 'link.pth'))
    const sink = await createFile(join(folder, 'link.pth'), { overwrite: true })
    await sink.write(hello)
    await sink.finish()
    expect(lstatSync(join(folder, 'link.pth')).isSymbolicLink()).toBe(true)
    expect(readFileSync(join(folder, 'real.pth'), 'utf8')).toBe('hello')
  })
})

describe('a target with a check before replacing', () => {
  const never = async (path: string) => {
    if (readFileSync(path, 'utf8') !== 'ours') throw new UsageError(`${path} stays`)
  }

  test('is checked when the sink is created', async () => {
    const folder = fresh()
    const path = join(folder, 'out.pth')
    writeFileSync(path, 'theirs')
    await expect(createFile(path, { mayReplace: never })).rejects.toThrow('stays')
    expect(readdirSync(folder)).toEqual(['out.pth'])
  })

  test.each(['nothing', 'ours'])('is checked again at the end (before: %s)', async before => {
    const folder = fresh()
    const path = join(folder, 'out.pth')
    if (before === 'ours') writeFileSync(path, before)
    const sink = await createFile(path, { mayReplace: never })
    await sink.write(hello)
    writeFileSync(path, 'theirs')
    await expect(sink.finish()).rejects.toThrow('stays')
    await sink.abort()
    expect(readFileSync(path, 'utf8')).toBe('theirs')
    expect(readdirSync(folder)).toEqual(['out.pth'])
  })

  test.each(['nothing', 'ours'])(
    'is replaced if the check allows it (before: %s), through a link too',
    async before => {
      const folder = fresh()
      const path = join(folder, 'out.pth')
      symlinkSync('real.pth', path)
      if (before === 'ours') writeFileSync(path, before)
      const sink = await createFile(path, { mayReplace: never })
      await sink.write(hello)
      await sink.finish()
      expect(readFileSync(join(folder, 'real.pth'), 'utf8')).toBe('hello')
      expect(readdirSync(folder)).toEqual(['out.pth', 'real.pth'])
    },
  )

  test('is checked under its final name', async () => {
    const path = join(fresh(), 'out.pth')
    writeFileSync(path, 'theirs')
    const first = await createFile(path, { mayReplace: never, hashInName: true })
    await first.write(hello)
    await first.finish()
    const again = await createFile(path, { mayReplace: never, hashInName: true })
    await again.write(hello)
    await expect(again.finish()).rejects.toThrow(`${first.path} stays`)
    await again.abort()
    expect(readFileSync(path, 'utf8')).toBe('theirs')
  })
})

test('a new target with keepExisting is written', async () => {
  const folder = fresh()
  const sink = await createFile(join(folder, 'out.pth'), { keepExisting: true })
  await sink.write(hello)
  await sink.finish()
  expect(readdirSync(folder)).toEqual(['out.pth'])
})

describe('scratch files', () => {
  test('are in the folder of the target, with a name that says what they are', async () => {
    const folder = fresh()
    const sink = await createFile(join(folder, 'out.pth'))
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^\.out\.pth\..+\.selfsup2mmdet-tmp$/)])
    await sink.finish()
    expect(readdirSync(folder)).toEqual(['out.pth'])
  })

  test('of all unfinished sinks are removed at once, and finished files stay', async () => {
    const folder = fresh()
    await (await createFile(join(folder, 'done.pth'))).finish()
    const sinks = await Promise.all(['a', 'b'].map(name => createFile(join(folder, name))))
    expect(readdirSync(folder)).toHaveLength(3)
    removeScratchFiles()
    expect(readdirSync(folder)).toEqual(['done.pth'])
    for (const sink of sinks) await sink.abort()
  })

  test('two sinks for one target do not interfere: the last to finish wins', async () => {
    const path = join(fresh(), 'out.pth')
    const [first, second] = [
      await createFile(path, { overwrite: true }),
      await createFile(path, { overwrite: true }),
    ]
    await first.write(hello)
    await second.write(new TextEncoder().encode('second'))
    await second.finish()
    await first.finish()
    expect(readFileSync(path, 'utf8')).toBe('hello')
  })
})

describe('invalid targets', () => {
  test('a folder', async () => {
    const folder = fresh()
    mkdirSync(join(folder, 'inner'))
    await expect(createFile(join(folder, 'inner'))).rejects.toThrow(/is a folder/)
  })

  test('a device', async () => {
    await expect(createFile('/dev/null')).rejects.toThrow(/not a regular file/)
  })

  test('a file in a folder that does not exist, or below a file', async () => {
    const folder = fresh()
    writeFileSync(join(folder, 'file'), '')
    for (const parent of ['missing', 'file'])
      await expect(createFile(join(folder, parent, 'out.pth'))).rejects.toThrow(
        `The folder ${join(folder, parent)} does not exist.`,
      )
  })
})

test('a link to a missing file stays a link, and the file appears', async () => {
  const folder = temporaryFolder()
  symlinkSync('target.pth', join(folder, 'link.pth'))
  const sink = await createFile(join(folder, 'link.pth'))
  await sink.write(new Uint8Array([1]))
  await sink.finish()
  expect(readlinkSync(join(folder, 'link.pth'))).toBe('target.pth')
  expect(readdirSync(folder).sort()).toEqual(['link.pth', 'target.pth'])
})

test.each(['x'.repeat(251), '名'.repeat(83)])('a name of the longest possible length: %s', async name => {
  const folder = temporaryFolder()
  const path = join(folder, `${name}.pth`)
  const sink = await createFile(path)
  await sink.write(new Uint8Array([1]))
  const [scratch] = readdirSync(folder)
  await sink.finish()
  expect(readdirSync(folder)).toEqual([`${name}.pth`])
  // Left by a process that has ended.
  const left = scratch!.replace(`.${process.pid}-`, '.999999999-')
  writeFileSync(join(folder, left), '')
  expect(leftoversOf(path)).toEqual([join(folder, left)])
})

test('a path that ends in a slash is a folder, even if it does not exist', async () => {
  await expect(createFile(`${temporaryFolder()}/new/`)).rejects.toThrow(/is a folder/)
})
