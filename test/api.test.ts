/** The public API: which values are exported, and that examples use each of them; api-docs.test.ts has the types. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
// @ts-expect-error: a script without types
import { examplesOf } from '../scripts/api.js'
import * as browser from '../src/browser.ts'
import * as node from '../src/index.ts'

/** Each value is a promise, and one more thing to learn. The second list requires Node. */
const ANYWHERE = [
  ...['convertSource', 'openCheckpoint', 'decideOrThrow', 'methodByHand', 'writeBackbone'],
  ...['diffStates', 'probeBackbone', 'configFor', 'readTensor', 'readFloats'],
  ...['blobSource', 'memorySource', 'openUrl', 'memorySink', 'streamSink'],
  ...['METHODS', 'FAMILIES', 'TARGETS'],
  ...['ToolError', 'MismatchError', 'UsageError', 'FormatError', 'UnsupportedError', 'SystemError'],
]
const WITH_NODE = ['convertFile', 'openCheckpointFile', 'verifyFile']

test('the library exports 27 values, and no others', () => {
  expect(Object.keys(browser).sort()).toEqual([...ANYWHERE].sort())
  expect(Object.keys(node).sort()).toEqual([...ANYWHERE, ...WITH_NODE].sort())
  expect(Object.keys(node)).toHaveLength(27)
})

test('every value appears in an example', () => {
  expect(Object.keys(node).filter(name => examplesOf(name).length === 0)).toEqual([])
})

/** The public functions that do the command line's work. For its output, it may use internal functions. */
const WORK = {
  'src/cli/inputs.ts': ['openCheckpointFile'],
  'src/cli/commands/convert.ts': ['convertFile'],
  'src/cli/commands/convert-many.ts': ['convertFile'],
  'src/cli/commands/verify.ts': ['verifyFile'],
  'src/cli/commands/diff.ts': ['openCheckpointFile', 'diffStates'],
  'src/cli/commands/config.ts': ['configFor'],
  'src/cli/commands/probe.ts': ['decideOrThrow', 'probeBackbone'],
  'src/cli/options.ts': ['methodByHand'],
}

/** The internals of these functions: calling them would do the same work a second time. */
const PARTS =
  /\b(openCheckpoint|openInput|openUrl|openFile|openWith|recogniseMethod|planSection|placePlan|verifyBackbone|writeBackbone|writeTorch\w+|writeSafetensors|castTensor|compareTensors|readLoaded|findDefects|writeConfig)\(/

test('the command line works through the public functions', () => {
  for (const [file, names] of Object.entries(WORK))
    for (const name of names) {
      expect(node).toHaveProperty(name)
      expect(readFileSync(file, 'utf8'), file).toMatch(new RegExp(`\\b${name}\\(`))
    }
  const files = readdirSync('src/cli', { recursive: true, encoding: 'utf8' }).filter(file =>
    file.endsWith('.ts'),
  )
  const calling = files.flatMap(file => PARTS.exec(readFileSync(join('src/cli', file), 'utf8')) ?? [])
  expect(calling).toEqual([])
})
