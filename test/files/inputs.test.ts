/** Inputs and outputs as paths, `file:` URLs, and URL objects lead to the same file. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { UsageError } from '../../src/errors.ts'
import { convertFile } from '../../src/files/convert.ts'
import { openCheckpointFile } from '../../src/files/open.ts'
import { verifyFile } from '../../src/files/verify.ts'
import { runHere } from '../helpers/cli.ts'
import { network, stateDict, writeExpanded } from '../helpers/expanded.ts'
import { serve } from '../helpers/http-server.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const MOCO = join(import.meta.dirname, '../../fixtures/checkpoints/moco_v2.pth.tar')
const ADDRESS = pathToFileURL(MOCO)
// A space is %20 in a URL.
const folder = join(temporaryFolder(), 'a folder')
mkdirSync(folder)
/** A small network, for tests that write it. */
const NETWORK = writeExpanded(join(folder, 'network.pth'), { state_dict: stateDict(network('resnet18')) })
const NETWORK_ADDRESS = pathToFileURL(NETWORK)

test('a file is opened by its URL, also as an object', async () => {
  for (const input of [ADDRESS, ADDRESS.href]) {
    const { checkpoint, paths, close } = await openCheckpointFile(input)
    expect(checkpoint.source).toBe(MOCO)
    expect(paths).toEqual([MOCO])
    await close()
  }
  const { url } = await serve(readFileSync(MOCO))
  const remote = await openCheckpointFile(new URL(url))
  expect(remote.checkpoint.sections.get('state_dict')?.size).toBe(646)
  await remote.close()
})

test('outputs and files to verify may be URLs too', async () => {
  const output = pathToFileURL(join(folder, 'moco.pth'))
  const { output: written } = await convertFile(NETWORK_ADDRESS, output)
  expect(written?.path).toBe(join(folder, 'moco.pth'))
  const verdict = await verifyFile(output, { against: NETWORK_ADDRESS })
  expect(verdict.report.complete).toBe(true)
  expect(verdict.against?.equal).toBe(true)
  await expect(convertFile(NETWORK_ADDRESS, NETWORK_ADDRESS)).rejects.toThrow('the same file')
})

test('the command line accepts them', async () => {
  const { code, out } = await runHere('inspect', ADDRESS.href)
  expect(code).toBe(0)
  expect(out).toContain(`file        ${MOCO}`)
  const none = await runHere('inspect', 'file://elsewhere/moco.pth')
  expect(none.code).toBe(2)
  expect(none.err).toContain('file://elsewhere/moco.pth is not the URL of a file')
})

test('nothing is replaced without permission', async () => {
  const output = join(folder, 'there.pth')
  await convertFile(NETWORK, output)
  await expect(convertFile(NETWORK, output)).rejects.toThrow(UsageError)
  await convertFile(NETWORK, output, { overwrite: 'own' })
  writeFileSync(output, 'somebody else’s')
  for (const overwrite of [undefined, false, 'own'] as const)
    await expect(convertFile(NETWORK, output, { overwrite })).rejects.toThrow(UsageError)
  expect(readFileSync(output, 'utf8')).toBe('somebody else’s')
  await convertFile(NETWORK, output, { overwrite: true })
  expect(readFileSync(output).length).toBeGreaterThan(44e6)
  expect(existsSync(NETWORK)).toBe(true)
})
