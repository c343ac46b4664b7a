import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import SlowFirst from './test/slow-first.ts'

/** Files that put something else in the place of a module. */
const ALONE = ['test/cli/system/paths.test.ts', 'test/limits/connections.test.ts']

export default defineConfig({
  // As vite.config.ts, for the page's components.
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  test: {
    environment: 'node',
    // Real sockets and real processes: generous limits, never timed expectations.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // How long expect.poll() waits; a busy machine needs some of it, and only a failing test all.
    expect: { poll: { timeout: 45_000, interval: 5 } },
    // Many tests wait for processes and sockets more than they compute.
    maxWorkers: Math.max(4, availableParallelism() - 1),
    sequence: { sequencer: SlowFirst },
    // Nothing a test starts may announce itself beyond this machine.
    env: { PARLEY_INTERFACE: 'lo' },
    reporters: ['default', './test/skip-reporter.ts'],
    coverage: { provider: 'v8', include: ['src/**'] },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: ['test/e2e/**', ...ALONE],
          // The files of one worker share what they have loaded.
          isolate: false,
        },
      },
      { extends: true, test: { name: 'alone', include: ALONE } },
      {
        extends: true,
        // The command as it is installed: built, when anything has changed since.
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          // What a program prints is looked at as a whole.
          expect: { poll: { timeout: 45_000, interval: 20 } },
          globalSetup: ['test/e2e/build.ts', 'test/e2e/browser.ts'],
        },
      },
    ],
  },
})
