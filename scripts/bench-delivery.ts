/**
 * One-way delivery between two processes on loopback: Parley beside a bare node:net connection, alternating in one
 * run. Prints p50, p90, p99 and max in microseconds, a histogram, and the ratio. Exit 1 when p99 >= 100 ms.
 *
 *   npm run bench:delivery -- [--count 4000] [--rounds 3] [--bytes 300] [--interval 1] [--memory]
 *
 * The history is on disk, in a directory of its own; with --memory it is in memory.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { systemClock } from '../src/cli/system-clock.ts'
import { Tracker } from '../src/tracker/tracker.ts'
import { child, end, report } from './bench/children.ts'
import { histogram, median, summarize } from './bench/statistics.ts'
import { freePort } from './free-port.ts'
import type { ChildProcess } from 'node:child_process'
import type { Task } from './bench/delivery-child.ts'

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '4000' },
    rounds: { type: 'string', default: '3' },
    bytes: { type: 'string', default: '300' },
    interval: { type: 'string', default: '1' },
    memory: { type: 'boolean', default: false },
  },
})
const LIMIT_MICROS = 100_000

type Report = { readonly kind: 'ready' } | { readonly kind: 'samples'; readonly samples: number[] }

const tracker = await Tracker.start({ host: '127.0.0.1', port: 0, clock: systemClock })
const systems = ['floor', 'parley'] as const
const all: Record<Task['system'], number[]> = { floor: [], parley: [] }
const ratios: number[] = []

console.log(
  `one-way delivery, ${values.count} messages of about ${values.bytes} B, one every ${values.interval} ms`,
)
console.log(`${cpus()[0]?.model ?? 'unknown CPU'} x ${cpus().length}, Node ${process.version}, loopback\n`)
console.log('round  system       p50 µs   p90 µs   p99 µs   max µs')
for (let round = 1; round <= Number(values.rounds); round++) {
  const p50s = { floor: NaN, parley: NaN }
  for (const system of systems) {
    const samples = await measure(system)
    all[system].push(...samples)
    p50s[system] = summarize(samples).p50
    console.log(row(String(round), system, samples))
  }
  ratios.push(p50s.parley / p50s.floor)
}
await tracker.close()

for (const system of systems) console.log(`\n${row('all', system, all[system])}\n${histogram(all[system])}`)
const spread = ratios.map((ratio) => ratio.toFixed(2)).join(', ')
console.log(`\nparley to the floor at p50: ${median(ratios).toFixed(2)} (rounds: ${spread})`)
const { p99 } = summarize(all.parley)
const ok = p99 < LIMIT_MICROS
console.log(`p99 ${(p99 / 1000).toFixed(2)} ms: ${ok ? 'below' : 'NOT below'} 100 ms`)
process.exitCode = ok ? 0 : 1

async function measure(system: Task['system']): Promise<number[]> {
  const task = {
    system,
    count: Number(values.count),
    warmUp: Math.round(Number(values.count) / 4),
    bytes: Number(values.bytes),
    intervalMs: Number(values.interval),
    port: await freePort(),
    tracker: tracker.address,
    data: values.memory ? undefined : mkdtempSync(join(tmpdir(), 'parley-bench-')),
  }
  const receiver = start({ ...task, role: 'receiver' })
  await report<Report, 'ready'>(receiver, 'ready')
  const done = report<Report, 'samples'>(receiver, 'samples')
  const sender = start({ ...task, role: 'sender' })
  const { samples } = await done
  await Promise.all([receiver, sender].map(end))
  if (task.data !== undefined) rmSync(task.data, { recursive: true })
  return samples
}

function start(task: Task): ChildProcess {
  const process = child('delivery-child')
  process.send(task)
  return process
}

function row(round: string, system: string, samples: readonly number[]): string {
  const { p50, p90, p99, max } = summarize(samples)
  const cells = [p50, p90, p99, max].map((value) => value.toFixed(0).padStart(8)).join(' ')
  return `${round.padEnd(6)} ${system.padEnd(9)} ${cells}`
}
