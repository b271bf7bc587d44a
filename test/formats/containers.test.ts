/** The containers around and besides PyTorch's own two, in files from their real writers: fixtures/formats.py. */
import { createHash } from 'node:crypto'
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { memorySource } from '../../src/bytes/source.ts'
import { FormatError, UnsupportedError } from '../../src/errors.ts'
import { type OpenCheckpoint, openCheckpointFile } from '../../src/files/open.ts'
import { openCheckpoint } from '../../src/formats/index.ts'
import type { StateDict } from '../../src/tensor/tensor.ts'
import { countingSource } from '../helpers/counting-source.ts'
import { temporaryFolder } from '../helpers/temporary.ts'
import { bytesOf } from '../helpers/tensors.ts'
import { dict, torchZipBytes } from '../helpers/torch-bytes.ts'
import { utf8, zipBytes } from '../helpers/zip-bytes.ts'

const FOLDER = 'fixtures/formats'

interface Described {
  readonly [name: string]: {
    readonly dtype: string
    readonly shape: readonly number[]
    readonly sha256: string
  }
}

const described = (name: string): Described => JSON.parse(readFileSync(join(FOLDER, name), 'utf8'))

async function describeState(state: StateDict): Promise<Described> {
  const entries = [...state].map(async ([name, tensor]) => {
    const sha256 = createHash('sha256')
      .update(await bytesOf(tensor))
      .digest('hex')
    return [name, { dtype: tensor.dtype, shape: [...tensor.shape], sha256 }] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}

async function open(path: string): Promise<OpenCheckpoint> {
  const file = await openCheckpointFile(path)
  onTestFinished(() => file.close())
  return file
}

const ZIP = 'PyTorch zip archive'
const LEGACY = 'PyTorch legacy stream'

const FILES: [file: string, format: string, note?: string][] = [
  ['compressed.pth.tar.gz', LEGACY, 'gzip-compressed'],
  ['folder.tar', LEGACY, 'a tar archive; the checkpoint in it is a-folder-with-a-very-long-name/'],
  ['folder-pax.tar', ZIP, 'a tar archive; the checkpoint in it is a-folder-with-a-very-long-name/'],
  ['folder.tar.gz', LEGACY, 'gzip-compressed'],
  ['stored.zip', LEGACY, 'a zip archive; the checkpoint in it is paper/legacy.pth'],
  ['deflated.zip', ZIP, 'a zip archive; the checkpoint in it is zip.pth'],
  ['big-endian.pth', ZIP],
  ['net.safetensors', 'safetensors'],
  ['model.safetensors.index.json', 'sharded checkpoint of 2 × safetensors'],
  ['pytorch_model.bin.index.json', `sharded checkpoint of 2 × ${ZIP}`],
  ['script.pt', 'TorchScript archive'],
  ['traced.pt', 'TorchScript archive'],
]

describe('the same tensors, whatever the container', () => {
  test.each(FILES)('%s', async (name, format, note?: string) => {
    const { checkpoint } = await open(join(FOLDER, name))
    expect(checkpoint.format).toBe(format)
    expect([...checkpoint.sections.keys()]).toEqual([''])
    expect(await describeState(checkpoint.sections.get('')!)).toEqual(described('described.json'))
    expect(checkpoint.foreign).toEqual([])
    if (note) expect(checkpoint.notes[0]).toContain(note)
    else expect(checkpoint.notes).toEqual([])
  })

  test.each(['compressed.pth.tar.gz', 'deflated.zip', 'folder.tar.gz'])('%s, without a disk', async name => {
    const checkpoint = await openCheckpoint(memorySource(readFileSync(join(FOLDER, name)), name))
    expect(await describeState(checkpoint.sections.get('')!)).toEqual(described('described.json'))
  })

  test('ancient.pth.tar', async () => {
    const { checkpoint } = await open(join(FOLDER, 'ancient.pth.tar'))
    expect(checkpoint).toMatchObject({
      format: 'PyTorch tar archive',
      era: 'PyTorch before 0.1.10',
      notes: [],
    })
    expect(Object.fromEntries(checkpoint.facts)).toEqual({ epoch: 3 })
    expect(await describeState(checkpoint.sections.get('state_dict')!)).toEqual(described('described.json'))
  })

  test('ancient-view.pth.tar: a tensor in a window of a storage', async () => {
    const { checkpoint } = await open(join(FOLDER, 'ancient-view.pth.tar'))
    const { view, ...others } = Object.fromEntries(checkpoint.sections.get('state_dict')!)
    expect(await describeState(new Map(Object.entries(others)))).toEqual(described('described.json'))
    // The window begins at the second element, and the tensor at the second element of the window.
    expect([...new Float32Array((await bytesOf(view!)).slice().buffer)]).toEqual([3, 4])
  })

  test('every-type.safetensors', async () => {
    const { checkpoint } = await open(join(FOLDER, 'every-type.safetensors'))
    expect(await describeState(checkpoint.sections.get('')!)).toEqual(described('every-type.json'))
    expect(Object.fromEntries(checkpoint.facts)).toEqual({ format: 'pt' })
  })
})

test.each(['{"a": 1}', '{"weight_map": {"a": "b.pth"}}'])(
  'a checkpoint packed with the JSON %s',
  async json => {
    const bytes = zipBytes([
      { name: 'config.json', data: utf8(json) },
      { name: 'model.pth', data: torchZipBytes({ value: dict({ epoch: 3 }) }) },
    ])
    const checkpoint = await openCheckpoint(memorySource(bytes, 'packed.zip'))
    expect(checkpoint.notes[0]).toContain('the checkpoint in it is model.pth')
  },
)

describe('what is refused', () => {
  test.each([
    ['two.zip', UnsupportedError, /a zip archive around 2 checkpoints: a\.pth, b\.pth/],
    ['none.tar', FormatError, /found a tar archive of 1 file, none of which is a checkpoint/],
    ['frozen.pt', UnsupportedError, /whose module has no tensors: it was frozen/],
  ])('%s', async (name, kind, message) => {
    const opening = openCheckpointFile(join(FOLDER, name))
    await expect(opening).rejects.toThrow(kind)
    await expect(opening).rejects.toThrow(message)
  })

  test('a damaged or truncated compressed file', async () => {
    const bytes = readFileSync(join(FOLDER, 'compressed.pth.tar.gz'))
    const folder = temporaryFolder()
    const broken = join(folder, 'broken.gz')
    for (const change of [bytes.subarray(0, 300), Buffer.from(bytes).fill(7, 200, 260)]) {
      writeFileSync(broken, change)
      await expect(openCheckpointFile(broken)).rejects.toThrow(
        /gzip-compressed data is damaged or cut short: \w/,
      )
    }
  })

  test('a gigabyte of something else, before it is unpacked', async () => {
    const { gzipSync } = await import('node:zlib')
    // A hundred members of ten megabytes: like `cat` of several files.
    const member = gzipSync(Buffer.alloc(10_000_000, 'not this one\n'))
    const source = countingSource(
      memorySource(new Uint8Array(Buffer.concat(Array(100).fill(member))), 'x.gz'),
    )
    await expect(openCheckpoint(source)).rejects.toThrow(/x\.gz!x: expected .*, found a text file/)
    expect(source.total()).toBeLessThan(source.size / 2)
  })

  test('an archive in an archive in an archive', async () => {
    const { gzipSync } = await import('node:zlib')
    let bytes: Uint8Array = readFileSync(join(FOLDER, 'net.safetensors'))
    for (let depth = 0; depth < 5; depth++) bytes = new Uint8Array(gzipSync(bytes))
    await expect(openCheckpoint(memorySource(bytes, 'x'))).rejects.toThrow(
      /archives are nested more than \d+ deep/,
    )
  })

  test('a file with a wrong checksum in an outer zip archive', async () => {
    const bytes = readFileSync(join(FOLDER, 'stored.zip'))
    // A weight in the legacy stream, which has no checksums.
    bytes[bytes.indexOf('paper/legacy.pth') + 1200]! ^= 1
    await expect(openCheckpoint(memorySource(bytes, 'x'))).rejects.toThrow(/expected CRC-32/)
  })
})

describe('sharded checkpoints', () => {
  const INDEX = 'model.safetensors.index.json'
  const SHARDS = readdirSync(FOLDER).filter(name => /^model-.*safetensors$/.test(name))

  /** The index, unchanged or changed, in a folder with some of its files. */
  function folderWith(
    change: (index: { weight_map: Record<string, unknown> }) => void,
    files = SHARDS,
  ): string {
    const folder = temporaryFolder()
    const index = JSON.parse(readFileSync(join(FOLDER, INDEX), 'utf8'))
    change(index)
    writeFileSync(join(folder, INDEX), JSON.stringify(index))
    for (const file of files) copyFileSync(join(FOLDER, file), join(folder, file))
    return join(folder, INDEX)
  }

  test.each<[string, string, RegExp]>([
    ['a missing shard', folderWith(() => {}, SHARDS.slice(1)), /There is no file .*model-00001/],
    [
      'a tensor that is not where the index says',
      folderWith(({ weight_map }) => {
        weight_map['conv1.weight'] = SHARDS[1]
      }),
      /conv1\.weight is in model-00002.*but it is not/,
    ],
    [
      'a tensor that the index does not list',
      folderWith(({ weight_map }) => {
        delete weight_map['conv1.weight']
      }),
      /model-00001.* contains conv1\.weight, but the index does not list it there/,
    ],
    [
      'a shard elsewhere',
      folderWith(({ weight_map }) => {
        weight_map['conv1.weight'] = '../secret'
      }),
      /"\.\.\/secret" instead of a file name/,
    ],
    [
      'an index with more values than any checkpoint has',
      folderWith(index => {
        index.weight_map = Object.fromEntries(Array.from({ length: 3_000_002 }, (_, key) => [key, '']))
      }),
      /the index has more than 3000000 values/,
    ],
    [
      'an empty index',
      folderWith(index => {
        index.weight_map = {}
      }),
      /no weight_map, or an empty one/,
    ],
  ])('%s', async (_, path, message) => {
    await expect(openCheckpointFile(path)).rejects.toThrow(message)
  })

  test('other JSON, and text that only begins like JSON', async () => {
    for (const text of ['{"a": 1}', '{"weight_map": [1]}', '{]'])
      await expect(openCheckpoint(memorySource(Buffer.from(text), 'x.json'))).rejects.toThrow(
        /expected the index of a checkpoint in several files/,
      )
  })

  test('without a folder', async () => {
    const source = memorySource(readFileSync(join(FOLDER, INDEX)), 'standard input')
    await expect(openCheckpoint(source)).rejects.toThrow(/2 files, which must be in the same folder/)
  })
})
