/** Two benchmarks with tiny counts: they run, and have what a report needs. No time is judged. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import type { Result } from '../../scripts/bench/harness/result.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The result of a benchmark that ended well. */
async function quickly(name: string, ...flags: string[]): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-'))
  const json = join(folder, 'result.json')
  const args = ['--import', 'tsx', 'scripts/bench.ts', name, '--quick', '--json', json, ...flags]
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
  onTestFinished(() => {
    child.kill()
    rmSync(folder, { recursive: true })
  })
  const status = await new Promise((resolve) => child.once('exit', resolve))
  expect(status).toBe(0)
  return JSON.parse(readFileSync(json, 'utf8')) as Result
}

test('delivery: every message arrives, beside bare TCP, paced and saturated', async () => {
  const result = await quickly('delivery', '--systems', 'floor,parley')
  expect(result).toMatchObject({ quick: true, notes: [] })
  const [latency, , saturated] = result.tables
  for (const table of [latency, saturated])
    expect(table?.rows.map(([system]) => system)).toEqual(['bare TCP (node:net)', 'Parley, history on disk'])
  expect(result.goals.map(({ goal }) => goal)).toEqual([
    'delivery-floor',
    'delivery-p99',
    'delivery-saturated',
  ])
}, 300_000)

test('parser: each kind of request has a time', async () => {
  const result = await quickly('parser')
  const rows = result.tables[0]?.rows ?? []
  expect(rows.map(([request]) => request)).toEqual(['small', 'chat message', 'typical', 'large'])
  for (const [, , nanoseconds] of rows) expect(nanoseconds).toMatch(/^\d/)
}, 300_000)
