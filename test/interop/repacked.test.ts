/**
 * The printed lines that repair files pickled without torch.save, or packed again: real Python runs them, and the results are
 * read.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { openCheckpointFile } from '../../src/files/open.ts'
import { readTensor } from '../../src/tensor/read-tensor.ts'
import { runHere } from '../helpers/cli.ts'
import { describePyTorch, PYTORCHES } from '../helpers/pytorch.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const folder = temporaryFolder()
const KINDS = ['tensors', 'network', 'arrays']
const MAKE = `import pickle, torch
m = torch.nn.Linear(2, 3)
arrays = {k: t.numpy() for k, t in m.state_dict().items()}
for name, value in {'tensors': m.state_dict(), 'network': m, 'arrays': arrays}.items():
    pickle.dump(value, open(f'{name}/x.pkl', 'wb'))`

const REPACK = `import tarfile, torch, zipfile
torch.save(torch.nn.Linear(2, 3).state_dict(), 'right.pth')
right = zipfile.ZipFile('right.pth')
right.extractall('.')
windows = zipfile.ZipFile('windows/x.pth', 'w')
for name in right.namelist():
    windows.writestr(name.replace('/', chr(92)), right.read(name))
windows.close()
for folder, mode in ('tar', 'w'), ('compressed', 'w:gz'):
    with tarfile.open(f'{folder}/x.pth', mode) as archive:
        archive.add(right.namelist()[0].split('/')[0])`

const isOldest = ({ version }: { readonly version: string }): boolean => version === PYTORCHES[0]?.version

describePyTorch(
  ({ python }) => {
    beforeAll(() => {
      for (const kind of KINDS) mkdirSync(join(folder, kind))
      execFileSync(python, ['-c', MAKE], { cwd: folder })
    })

    test.each(KINDS)('%s that were pickled: the printed line repairs them', async kind => {
      const at = join(folder, kind)
      const { code, err } = await runHere('inspect', join(at, 'x.pkl'))
      expect(code).toBe(4)
      const line = err.split('\n').find(one => one.startsWith('  python -c'))!
      execFileSync('sh', ['-c', line.replace('python', python)], { cwd: at })
      const { checkpoint, close } = await openCheckpointFile(join(at, 'checkpoint.pth'))
      expect([...checkpoint.sections.get('')!.keys()]).toEqual(['weight', 'bias'])
      await close()
    })

    test('packed again: the printed lines repair it', async () => {
      for (const kind of ['windows', 'tar', 'compressed']) mkdirSync(join(folder, kind))
      execFileSync(python, ['-c', REPACK], { cwd: folder })
      const right = await openCheckpointFile(join(folder, 'right.pth'))
      for (const kind of ['windows', 'tar', 'compressed']) {
        const at = join(folder, kind)
        const { code, err } = await runHere('inspect', join(at, 'x.pth'))
        expect(code, kind).toBe(3)
        const line = err.split('\n').find(one => one.startsWith('  python -c'))!
        execFileSync('sh', ['-c', line.replace('python', python)], { cwd: at })
        const { checkpoint, close } = await openCheckpointFile(join(at, 'checkpoint.pth'))
        expect(checkpoint.torchLoads, kind).toBe('always')
        const [ours, theirs] = [checkpoint, right.checkpoint].map(
          ({ sections }) => sections.get('')!.get('weight')!,
        )
        expect(Buffer.from((await readTensor(ours!)).buffer)).toEqual(
          Buffer.from((await readTensor(theirs!)).buffer),
        )
        await close()
      }
      await right.close()
    })
  },
  { only: isOldest },
)
