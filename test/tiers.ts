/**
 * Which tests run when. `npm test` runs the fast ones: they only need Node, and nothing built, and are enough to trust a
 * change. A file is fast unless a pattern below matches it; `.ci/run` runs all three tiers. test/tiers.test.ts checks this
 * table.
 */

/** `npm run test:slow`: by pattern, with the reason. */
export const SLOW: Readonly<Record<string, string>> = {
  'test/action.test.ts': 'packs the program, and installs it',
  'test/api-docs.test.ts': 'reads all declarations with TypeScript',
  'test/bit-rot.test.ts': 'changes every byte of three archives, three times',
  'test/browser.test.ts': 'builds the library, and opens it in a browser',
  'test/cli/comfort.test.ts': 'writes backbones of 46 and 94 MB',
  'test/cli/convert.test.ts': 'writes 30 backbones of 94 MB',
  'test/cli/detectors.test.ts': 'writes detectors of 166 MB',
  'test/cli/faults.test.ts': 'the built program, on full disks and with signals',
  'test/cli/limits.test.ts': 'pickles of 40 MB',
  'test/cli/many.test.ts': 'writes many backbones of 94 MB',
  'test/cli/mistakes.test.ts': 'starts the built program for every slip',
  'test/cli/pipes.test.ts': 'the built program, between pipes',
  'test/cli/probe.test.ts': 'whole networks with made-up weights, and a browser',
  'test/cli/probe/*.test.ts': 'runs networks on images',
  'test/cli/recognition.test.ts': 'writes many backbones of 46 to 266 MB',
  'test/cli/shipped.test.ts': 'the built program, where a function call does not tell the same',
  'test/cli/start.test.ts': 'the built program, without parts of it',
  'test/cli/targets.test.ts': 'writes and compares backbones of 86 MB',
  'test/cli/terminal.test.ts': 'the built program, in a real terminal',
  'test/cli/unprintable.test.ts': 'every command on names that steer terminals',
  'test/cli/url-formats.test.ts': 'serves and writes backbones of 94 MB',
  'test/cli/url.test.ts': 'serves and writes backbones of 94 MB, and kills the built program',
  'test/cli/verify.test.ts': 'writes and compares many backbones of 94 MB',
  'test/cost.test.ts': 'measures memory and time of the built program',
  'test/docs.test.ts': 'every command of the guides, in a shell',
  'test/examples.test.ts': 'programs that import the built package',
  'test/excess.test.ts': 'gigabytes of nothing',
  'test/explain/printed-commands.test.ts': 'runs every command that is printed about a hundred checkpoints',
  'test/files/every-fault.test.ts': 'every operation fails once',
  'test/files/faults.test.ts': 'converts each checkpoint forty times',
  'test/formats/torch/tensors/storage-cache.test.ts': 'whole networks that share one storage',
  'test/fuzz.test.ts': 'random files',
  'test/hostile.test.ts': 'every attack, on the built program',
  'test/package.test.ts': 'packs the program, and installs it',
  'test/pickle/second-opinion.test.ts': 'what another library reads, in millions of items',
  'test/pictures.test.ts': 'records the built program in a terminal',
  'test/probe/families.test.ts': 'whole networks of every family',
  'test/probe/forward.test.ts': 'runs networks on images',
  'test/probe/report-browser.test.ts': 'opens reports in a browser',
  'test/readme.test.ts': 'every command of the README, on the built program',
  'test/schemas.test.ts': 'every command on whole backbones',
  'test/site.test.ts': 'builds the page, and opens it in a browser',
  'test/zip/second-opinion.test.ts': 'what another library reads and writes, on whole backbones',
}

/** `npm run test:interop`: real PyTorch, real servers, and full-size files. */
export const INTEROP: readonly string[] = ['test/interop/**/*.test.ts']

export const EVERY: readonly string[] = ['test/**/*.test.ts']
