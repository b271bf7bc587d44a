/** A backbone that PyTorch saved again, perhaps with changed weights, is not replaced. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runHere } from '../helpers/cli.ts'
import { describePyTorch } from '../helpers/pytorch.ts'
import { writeSmall } from '../helpers/small.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const folder = temporaryFolder()
const input = writeSmall(folder)

const SAVE_ANEW = `
import sys, torch
checkpoint = torch.load(sys.argv[1])
assert checkpoint['meta']['selfsup2mmdet']
next(iter(checkpoint['state_dict'].values())).add_(1)
torch.save(checkpoint, sys.argv[1], _use_new_zipfile_serialization=sys.argv[2] == 'zip')
`

describePyTorch(({ pytorch }) => {
  test.each(['zip', 'legacy'])('as %s', async format => {
    const output = join(folder, `${pytorch.version}-${format}.pth`)
    for (const round of [1, 2])
      expect(await runHere(input, output, '--format', format), `round ${round}`).toMatchObject({ code: 0 })
    pytorch.run('-c', SAVE_ANEW, output, format)
    const saved = readFileSync(output)
    expect((await runHere(input, output)).err).toContain('did not write')
    expect(readFileSync(output).equals(saved)).toBe(true)
  })
})
