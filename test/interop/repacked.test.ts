/** Guards the line that mends a file which was pickled without torch.save: real Python runs it, and what it writes is read. */
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { openCheckpointFile } from '../../src/files/open.ts'
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

const isOldest = ({ version }: { readonly version: string }): boolean => version === PYTORCHES[0]?.version

describePyTorch(
  ({ python }) => {
    beforeAll(() => {
      for (const kind of KINDS) mkdirSync(join(folder, kind))
      execFileSync(python, ['-c', MAKE], { cwd: folder })
    })

    test.each(KINDS)('%s that were pickled: the line that mends it works', async kind => {
      const at = join(folder, kind)
      const { code, err } = await runHere('inspect', join(at, 'x.pkl'))
      expect(code).toBe(4)
      const line = err.split('\n').find(one => one.startsWith('  python -c'))!
      execFileSync('sh', ['-c', line.replace('python', python)], { cwd: at })
      const { checkpoint, close } = await openCheckpointFile(join(at, 'checkpoint.pth'))
      expect([...checkpoint.sections.get('')!.keys()]).toEqual(['weight', 'bias'])
      await close()
    })
  },
  { only: isOldest },
)
