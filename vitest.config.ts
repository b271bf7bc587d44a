import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { EVERY, INTEROP, SLOW } from './test/tiers.ts'

const slow = Object.keys(SLOW)

/** @param built whether its tests run what is shipped: dist/ is built anew before them */
const tier = (name: string, built: boolean, include: readonly string[], exclude: readonly string[] = []) => ({
  extends: true as const,
  test: {
    name,
    // The fast ones share what they import: a third of their time was importing. None of them replaces a module.
    isolate: built,
    include: [...include],
    exclude: [...exclude],
    globalSetup: built ? ['test/helpers/build.ts'] : [],
  },
})

export default defineConfig({
  test: {
    // All of them: by default, one processor is left for watching.
    maxWorkers: availableParallelism(),
    // Conversions write backbones of 94 MB; real PyTorch takes seconds to start.
    testTimeout: 300_000,
    hookTimeout: 120_000,
    projects: [
      tier('fast', false, EVERY, [...slow, ...INTEROP]),
      tier('slow', true, slow),
      tier('interop', true, INTEROP),
    ],
  },
})
