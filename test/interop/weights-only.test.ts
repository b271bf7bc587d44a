/** What PyTorch refuses by default: our table of names is the same, and our answer for every fixture is right. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openCheckpointFile } from '../../src/files/open.ts'
import { ALLOWED } from '../../src/formats/torch/safety/weights-only.ts'
import { describePyTorch, type PyTorch } from '../helpers/pytorch.ts'

const FOLDERS = ['fixtures/torch', 'fixtures/checkpoints', 'fixtures/formats', 'fixtures/invalid']
const FILES = FOLDERS.flatMap(folder => readdirSync(folder).map(name => join(folder, name))).filter(path =>
  /\.(pth|pt|tar|bin|gz|zip)$/.test(path),
)

/** Known differences, and their reasons. */
const EXCEPTIONS: Readonly<Record<string, string>> = {}

const SCRIPT = `
import sys, warnings, torch
warnings.simplefilter('ignore')
for path in sys.argv[1:]:
    try:
        torch.load(path, map_location='cpu', weights_only=True)
        print('loads')
    except Exception as error:
        print('refuses', str(error).replace('\\n', ' ')[:200])
`

/** Undefined for files that we refuse because PyTorch would misread them. */
async function predicted(path: string): Promise<'loads' | 'refuses' | undefined> {
  const file = await openCheckpointFile(path).catch(() => undefined)
  if (!file) return undefined
  await file.close()
  const { torchLoads, refusedByDefault } = file.checkpoint
  return ['always', 'lately'].includes(torchLoads) && refusedByDefault === undefined ? 'loads' : 'refuses'
}

/** PyTorch 1 has no table of names. */
const SECOND = { only: ({ version }: PyTorch) => !version.startsWith('1.'), missing: 'PyTorch 2' }

describePyTorch(({ pytorch }) => {
  test('allows the names in our table, and no others', () => {
    const said = pytorch.run(
      '-c',
      'import torch._weights_only_unpickler as w; print(*w._get_allowed_globals())',
    )
    expect([...ALLOWED].sort()).toEqual(said.trim().split(' ').sort())
  })

  test('accepts by default what we say it accepts', async () => {
    const said = pytorch
      .run('-c', SCRIPT, ...FILES)
      .trimEnd()
      .split('\n')
    expect(said).toHaveLength(FILES.length)
    const differing: Record<string, string> = {}
    let told = 0
    for (const [index, path] of FILES.entries()) {
      const expected = await predicted(path)
      if (expected !== undefined) told++
      if (expected !== undefined && !said[index]!.startsWith(expected)) differing[path] = said[index]!
    }
    expect(differing).toEqual(EXCEPTIONS)
    expect(told).toBeGreaterThan(60)
  }, 120_000)
}, SECOND)
