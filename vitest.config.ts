import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    environment: 'node',
    include: ['test/**/*.test.ts'],
    // Real sockets and real processes: generous limits, never timed expectations.
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // Nothing a test starts may announce itself beyond this machine.
    env: { PARLEY_INTERFACE: 'lo' },
    coverage: { provider: 'v8', include: ['src/**'] },
  },
})
