/**
 * Guards the promise with real parts: for every method, real PyTorch writes a full-size checkpoint with the method's own
 * wrapper structure, the shipped program converts it, and real PyTorch loads the result strictly into a ResNet
 * (`weights_only=True`, and `mmap=True` where there is such a thing), bit for bit what the method's own code would take.
 */
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runBinary } from '../helpers/cli.ts'
import { FOLDER, readList } from '../helpers/lists.ts'
import { PYTORCHES } from '../helpers/pytorch.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const BUILD = new URL('build.py', FOLDER).pathname
const folder = temporaryFolder()
const lists = readdirSync(FOLDER)
  .filter(name => name.endsWith('.txt'))
  .map(readList)

/** Converts a checkpoint that `writer` wrote, and has every PyTorch judge the result. */
function roundTrip(
  writer: (typeof PYTORCHES)[number],
  list: (typeof lists)[number],
  ...saveOptions: string[]
): void {
  const [builder] = list.file.split('.')
  const input = join(folder, `${builder}.pth`)
  const output = join(folder, `${builder}.out.pth`)
  writer.run(BUILD, 'save', builder!, list.architecture, input, ...saveOptions)
  try {
    for (const network of list.networks.length > 0 ? list.networks : [undefined]) {
      const ran = runBinary([input, output, ...(network ? ['--network', network] : [])])
      expect(ran.err.replace(/^note: .*\n/gm, '')).toBe('')
      expect(ran.code).toBe(0)
      for (const judge of PYTORCHES) {
        const said = judge.run(
          BUILD,
          'judge',
          builder!,
          list.architecture,
          input,
          output,
          ...(network ? [network] : []),
        )
        expect(said).toMatch(/^\d+ tensors equal\n$/)
      }
    }
  } finally {
    rmSync(input, { force: true })
    rmSync(output, { force: true })
  }
}

describe.each(PYTORCHES.map(pytorch => ({ pytorch, version: pytorch.version })))(
  'PyTorch $version',
  ({ pytorch }) => {
    test.each(lists.filter(list => ['moco.resnet50.txt', 'swav.resnet50.txt'].includes(list.file)))(
      'writes $file as an archive and as a stream, and every PyTorch reads what becomes of it',
      list => {
        roundTrip(pytorch, list)
        roundTrip(pytorch, list, '--legacy')
      },
    )
  },
)

describe.skipIf(PYTORCHES.length === 0)('every method', () => {
  test.each(lists.filter(list => list.architecture === 'resnet50' || list.architecture === 'resnet18'))(
    '$file',
    list => {
      roundTrip(PYTORCHES[0]!, list)
    },
  )
})
