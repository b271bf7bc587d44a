/**
 * The project's promise, with real components. For one method of each kind, real PyTorch writes a full-size checkpoint with the
 * method's own module structure, the shipped program converts it, and real PyTorch loads the result strictly into a ResNet
 * (`weights_only=True`, and `mmap=True` if it exists), bit for bit what the method's own code would transfer. For every method,
 * real PyTorch writes the same checkpoint with one number for each tensor, and each number ends up where that code puts it.
 */
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { decideOrThrow } from '../../src/explain/decide.ts'
import { openCheckpointFile } from '../../src/files/open.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'
import { elementCount } from '../../src/tensor/tensor.ts'
import { runBinary } from '../helpers/cli.ts'
import { FOLDER, type NameList, readList } from '../helpers/lists.ts'
import { describePyTorch, PYTORCHES, type PythonServer } from '../helpers/pytorch.ts'
import { temporaryFolder } from '../helpers/temporary.ts'
import { bytesOf } from '../helpers/tensors.ts'

const BUILD = fileURLToPath(new URL('build.py', FOLDER))
const folder = temporaryFolder()
const lists = readdirSync(FOLDER)
  .filter(name => name.endsWith('.txt'))
  .map(readList)

const servers = PYTORCHES.map(({ python, serve }) => ({ python, server: serve(BUILD, 'serve') }))
afterAll(() => {
  for (const { server } of servers) server.close()
})

/** Converts a checkpoint that `writer` wrote, and asks every PyTorch to check the result. */
async function roundTrip(writer: PythonServer, list: NameList, ...saveOptions: string[]): Promise<void> {
  const builder = builderOf(list)
  const input = join(folder, `${builder}.pth`)
  const output = join(folder, `${builder}.out.pth`)
  await writer.ask('save', builder, list.architecture, input, ...saveOptions)
  try {
    for (const network of list.networks.length > 0 ? list.networks : [undefined]) {
      const ran = runBinary([input, output, ...(network ? ['--network', network] : [])])
      expect(ran.err.replace(/^note: .*\n/gm, '')).toBe('')
      expect(ran.code).toBe(0)
      const question = ['judge', builder, list.architecture, input, output, ...(network ? [network] : [])]
      const answers = await Promise.all(servers.map(({ server }) => server.ask(...question)))
      for (const said of answers) expect(said).toMatch(/^\d+ tensors equal$/)
    }
  } finally {
    rmSync(input, { force: true })
    rmSync(output, { force: true })
  }
}

/** One for each way to wrap a network: the others differ from one of these only in names. */
const FULL_SIZE: Readonly<Record<string, string>> = {
  moco: 'two networks in one state dict, wrapped for several GPUs',
  swav: 'no section: the state dict is the file',
  byol_pytorch: 'layers by number, under a key of its own',
  openmmlab_moco: 'a backbone, and another one in a list of modules',
  obow: 'names of its own for every layer',
  simclr_v2: 'another order of the layers, with batches of shortcuts',
  vissl: 'deep in dictionaries of dictionaries',
  torchvision_timm: 'bare, beside a moving average',
}
const builderOf = ({ file }: NameList): string => file.split('.')[0]!
const isFullSize = (list: NameList): boolean =>
  builderOf(list) in FULL_SIZE && list.architecture === 'resnet50'
const BOTH_CONTAINERS = ['moco', 'swav']

describePyTorch(({ python, version }) => {
  const server = servers.find(each => each.python === python)!.server

  test.each(lists.filter(list => isFullSize(list) && BOTH_CONTAINERS.includes(builderOf(list))))(
    `writes $file as an archive and as a stream, and every PyTorch reads the results`,
    async list => {
      if (version !== PYTORCHES[0]!.version) await roundTrip(server, list)
      await roundTrip(server, list, '--legacy')
    },
  )
})

/** The type and shape of a tensor that is one expanded number, and that number. */
async function numberOf(tensor: Tensor): Promise<[string, readonly number[], number]> {
  const { dtype, shape, element = tensor } = tensor
  expect(elementCount(element.shape)).toBe(1)
  const bytes = await bytesOf(element)
  return [dtype, shape, READ[dtype]!(Buffer.from(bytes))]
}

const READ: Readonly<Record<string, (bytes: Buffer) => number>> = {
  float32: bytes => bytes.readFloatLE(),
  int64: bytes => Number(bytes.readBigInt64LE()),
}

const [first] = servers
describe.skipIf(!first)('every method', () => {
  test('one of each kind has full size', () => {
    expect(lists.filter(isFullSize).map(builderOf).sort()).toEqual(Object.keys(FULL_SIZE).sort())
  })

  test.each(lists.filter(isFullSize))('$file, full size', list => roundTrip(first!.server, list))

  test.each(lists)(
    "$file: the kept tensors are the ones that the method's own code transfers",
    async list => {
      const input = join(folder, `${list.file}.pth`)
      const builder = builderOf(list)
      await first!.server.ask('save', builder, list.architecture, input, '--expanded')
      const expected = JSON.parse((await first!.server.ask('numbers', builder, list.architecture, input))!)
      const { checkpoint, close } = await openCheckpointFile(input)
      expect(Object.keys(expected)).toEqual(list.networks.length > 0 ? list.networks : [''])
      for (const [network, tensors] of Object.entries<object>(expected)) {
        const { match, plan } = decideOrThrow(checkpoint, network ? { network } : {})
        expect(match.method.name).toBe(list.method)
        const found: Record<string, unknown> = {}
        for (const [name, tensor] of plan.kept) found[name] = await numberOf(tensor)
        expect(found).toEqual(tensors)
      }
      await close()
      rmSync(input)
    },
  )
})
