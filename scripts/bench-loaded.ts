/**
 * How late messages are while the machine has other work: as many processes as it has cores compute without a pause.
 * Parley beside a bare node:net connection, each in peace and under load. Exit 1 when
 * p99 of Parley under load is not below 100 ms, or a message is missing.
 *
 *   npm run bench:loaded -- [--seconds 5] [--per-second 200] [--rounds 2]
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { Pair } from './bench/delivery/pair.ts'
import { SYSTEMS, type SystemName } from './bench/delivery/systems.ts'
import { progress, publish } from './bench/output.ts'
import { settings } from './bench/settings.ts'
import { summarize } from './bench/statistics.ts'
import type { Cell } from './bench/table.ts'

const { numbers, quick, json, command } = settings({
  numbers: { seconds: [5, 1], 'per-second': [200, 50], rounds: [2, 1] },
})
const COMPARED: readonly SystemName[] = ['floor', 'parley']
const LIMIT_MS = 100
const BYTES = 300
/** Messages that are not counted. */
const WARM_UP = quick ? 20 : 2_000
const cores = cpus().length

const begin = performance.now()
const samples = new Map<string, number[]>()
let missing = 0
const pairs = await Promise.all(COMPARED.map(async (system) => ({ system, pair: await Pair.start(system) })))
for (const { system, pair } of pairs) {
  progress(`loaded, warming up: ${SYSTEMS[system].title}`)
  await pair.pace(WARM_UP, 1_000, BYTES, true)
}
for (let round = 1; round <= numbers.rounds; round++) {
  for (const { system, pair } of pairs) await measure(system, pair, 'in peace')
  const busy = Array.from({ length: cores }, compute)
  await sleep(200)
  for (const { system, pair } of pairs) await measure(system, pair, 'under load')
  for (const process of busy) process.kill()
}
await Promise.all(pairs.map(({ pair }) => pair.end()))

const late = summarize(of('parley', 'under load')).p99
publish(
  {
    name: 'loaded',
    title: 'Delivery while the machine is busy',
    about: [
      `${numbers['per-second']} messages a second of ${BYTES} B for ${numbers.seconds} s, ${numbers.rounds} rounds, one way, in peace and while ${cores} processes compute without a pause on ${cores} cores.`,
      'The sender sleeps between two messages, so up to a millisecond is that of its timer.',
    ],
    command,
    quick,
    seconds: (performance.now() - begin) / 1000,
    tables: [
      {
        title: 'One way, in ms',
        columns: ['system', '', 'p50', 'p90', 'p99', 'max'],
        rows: COMPARED.flatMap((system) => [row(system, 'in peace'), row(system, 'under load')]),
      },
    ],
    charts: [],
    goals: [{ goal: 'loaded-p99', value: late }],
    notes: missing > 0 ? [`${missing} messages did not arrive.`] : [],
  },
  json,
)
process.exitCode = (quick || late < LIMIT_MS) && missing === 0 ? 0 : 1

async function measure(system: SystemName, pair: Pair, when: string): Promise<void> {
  progress(`loaded, ${when}: ${SYSTEMS[system].title}`)
  const count = numbers.seconds * numbers['per-second']
  const heard = await pair.pace(count, numbers['per-second'], BYTES, true)
  missing += heard.missing
  samples.set(`${system} ${when}`, [...of(system, when), ...heard.samples.map((micros) => micros / 1000)])
}

function of(system: SystemName, when: string): readonly number[] {
  return samples.get(`${system} ${when}`) ?? []
}

function row(system: SystemName, when: string): Cell[] {
  const { p50, p90, p99, max } = summarize(of(system, when))
  return [SYSTEMS[system].title, when, p50, p90, p99, max]
}

function compute(): ChildProcess {
  return spawn(process.execPath, ['--eval', 'for (;;);'], { stdio: 'ignore' })
}
