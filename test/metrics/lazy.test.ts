/** The cost of metrics: nothing before the first request, and no process that cannot end. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Runs a module in a process of its own, to its end. Rejects when it does not end by itself within 15 s. */
async function run(lines: readonly string[]): Promise<string> {
  const args = ['--import', 'tsx', '--input-type=module', '--eval', lines.join('\n')]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT, timeout: 15_000 })
  return stdout.trim()
}

test('a tracker does not load prom-client at its start, and can end after a request for metrics', async () => {
  const printed = await run([
    `import { createRequire } from 'node:module'`,
    `import { systemClock } from './src/cli/system/clock.ts'`,
    `import { Tracker } from './src/tracker/tracker.ts'`,
    `const loaded = () => Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes('prom-client'))`,
    `const tracker = await Tracker.start({ host: '127.0.0.1', port: 0, clock: systemClock })`,
    `const before = loaded()`,
    `const { status } = await fetch('http://127.0.0.1:' + tracker.address.port + '/metrics')`,
    `console.log(before, status, loaded())`,
    `await tracker.close()`,
  ])
  expect(printed).toBe('false 200 true')
})
