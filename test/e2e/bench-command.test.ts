/** `parley bench` measures, and leaves nothing behind. No time is judged. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Program } from './programs.ts'
import type { Figures } from '../../src/cli/bench/figures.ts'

/** For the whole command, on a busy machine. */
const WHOLE_RUN = 120_000

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

test(
  'all messages arrive, in order; the exit status says whether in time',
  { timeout: WHOLE_RUN },
  async () => {
    const bench = new Program(['bench', '--seconds', '0.5', '--per-second', '100', '--json'], {
      TMPDIR: folder,
    })
    const status = await bench.ends(WHOLE_RUN)
    const figures = JSON.parse(bench.out) as Figures
    expect(bench.err).toBe('')
    expect(figures).toMatchObject({ kind: 'bench', sent: 50, arrived: 50, misplaced: 0 })
    const { p50 = NaN, p90 = NaN, p99 = NaN, max = NaN, messagesPerSecond, newcomer, isMet } = figures
    expect([p50, p90, p99, max].toSorted((one, other) => one - other)).toEqual([p50, p90, p99, max])
    expect(p50).toBeGreaterThan(0)
    expect(messagesPerSecond).toBeGreaterThan(0)
    expect(newcomer).toBeGreaterThan(0)
    expect(isMet).toBe(p99 < 100)
    expect(status).toBe(isMet ? 0 : 1)
    expect(readdirSync(folder)).toEqual([])
  },
)

test('interrupted: 130, and nothing stays', { timeout: WHOLE_RUN }, async () => {
  const bench = new Program(['bench', '--seconds', '60'], { TMPDIR: folder })
  await bench.prints(/Measuring/)
  bench.signal('SIGINT')
  expect(await bench.ends(WHOLE_RUN)).toBe(130)
  expect(bench.err).toBe('-- interrupted\n')
  expect(readdirSync(folder)).toEqual([])
})

test.each([
  ['--seconds', '0', '0.1 to 600'],
  ['--per-second', 'many', '1 to 1000'],
])('%s %s is refused', async (flag, value, hint) => {
  const bench = new Program(['bench', flag, value])
  expect(await bench.ends()).toBe(2)
  expect(bench.err).toContain(hint)
})
