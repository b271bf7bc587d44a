import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Conversions write backbones of 94 MB; real PyTorch takes seconds to start.
    testTimeout: 300_000,
    hookTimeout: 120_000,
    globalSetup: 'test/helpers/build.ts',
  },
})
