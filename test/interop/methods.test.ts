/**
 * Guards the promise with real parts: for every method, real PyTorch writes a full-size checkpoint with the method's own
 * wrapper structure, the shipped program converts it, and real PyTorch loads the result strictly into a ResNet
 * (`weights_only=True`, and `mmap=True` where there is such a thing), bit for bit what the method's own code would take.
 */
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { runBinary } from '../helpers/cli.ts'
import { FOLDER, readList } from '../helpers/lists.ts'
import { PYTORCHES, type PythonServer } from '../helpers/pytorch.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const BUILD = fileURLToPath(new URL('build.py', FOLDER))
const folder = temporaryFolder()
const lists = readdirSync(FOLDER)
  .filter(name => name.endsWith('.txt'))
  .map(readList)

const servers = PYTORCHES.map(pytorch => pytorch.serve(BUILD, 'serve'))
afterAll(() => {
  for (const server of servers) server.close()
})

/** Converts a checkpoint that `writer` wrote, and has every PyTorch judge the result. */
async function roundTrip(
  writer: PythonServer,
  list: (typeof lists)[number],
  ...saveOptions: string[]
): Promise<void> {
  const [builder] = list.file.split('.')
  const input = join(folder, `${builder}.pth`)
  const output = join(folder, `${builder}.out.pth`)
  await writer.ask('save', builder!, list.architecture, input, ...saveOptions)
  try {
    for (const network of list.networks.length > 0 ? list.networks : [undefined]) {
      const ran = runBinary([input, output, ...(network ? ['--network', network] : [])])
      expect(ran.err.replace(/^note: .*\n/gm, '')).toBe('')
      expect(ran.code).toBe(0)
      const question = ['judge', builder!, list.architecture, input, output, ...(network ? [network] : [])]
      const answers = await Promise.all(servers.map(judge => judge.ask(...question)))
      for (const said of answers) expect(said).toMatch(/^\d+ tensors equal$/)
    }
  } finally {
    rmSync(input, { force: true })
    rmSync(output, { force: true })
  }
}

describe.each(servers.map((server, index) => ({ server, version: PYTORCHES[index]!.version })))(
  'PyTorch $version',
  ({ server }) => {
    test.each(lists.filter(list => ['moco.resnet50.txt', 'swav.resnet50.txt'].includes(list.file)))(
      'writes $file as an archive and as a stream, and every PyTorch reads what becomes of it',
      async list => {
        await roundTrip(server, list)
        await roundTrip(server, list, '--legacy')
      },
    )
  },
)

describe.skipIf(PYTORCHES.length === 0)('every method', () => {
  test.each(lists.filter(list => list.architecture === 'resnet50' || list.architecture === 'resnet18'))(
    '$file',
    async list => {
      await roundTrip(servers[0]!, list)
    },
  )
})
