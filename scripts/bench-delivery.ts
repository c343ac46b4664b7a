/**
 * One-way delivery between two processes on loopback, from say() on Alice's side to the message event on Bob's:
 * Parley beside a bare node:net connection and beside what others use. The systems alternate in every round, each
 * round with processes of its own, and the ratios are those of one round.
 *
 *   npm run bench:delivery -- [--count 2000] [--rounds 3] [--bytes 300] [--interval 1] [--memory]
 *                             [--systems floor,parley,...] [--only-paced]
 *
 * `--bytes` are those of the text, `--interval` the milliseconds between two messages; `--memory` leaves out the
 * history on disk. Exit 1 when p99 >= 100 ms.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { charts, goals, tables, type Collected } from './bench/delivery/findings.ts'
import { Pair } from './bench/delivery/pair.ts'
import { SYSTEMS, SYSTEM_NAMES, isSystem, type System, type SystemName } from './bench/delivery/systems.ts'
import { progress, publish } from './bench/output.ts'
import { startServer, type RunningServer } from './bench/servers.ts'
import { settings } from './bench/settings.ts'
import { Rounds, histogram, summarize } from './bench/statistics.ts'
import { refuse } from './command-line.ts'

const { numbers, texts, flags, quick, json, command } = settings({
  numbers: { count: [2_000, 40], rounds: [3, 1], bytes: [300, 300], interval: [1, 1] },
  texts: { systems: SYSTEM_NAMES.join(',') },
  flags: ['memory', 'only-paced'],
})
const LIMIT_MS = 100
/**
 * Messages that are not counted, and how many a second: until all code is compiled. The sender sleeps between them, as
 * the compiler needs a core, too.
 */
const WARM_UP = quick ? 20 : 4_000
const WARM_UP_PER_SECOND = 2_000
/** Right before what is counted at an even pace: a process that did nothing for a while is slow at first. */
const PRELUDE = quick ? 5 : 800
/** For what comes after the last message: peers bring their search up to date. In milliseconds. */
const SETTLING = quick ? 0 : 5_000
const SIZES = flags['only-paced']
  ? []
  : [...new Set([64, numbers.bytes, 4_096])].sort((one, other) => one - other)
/** Messages a second, on the way from idle to saturated. */
const LOADS = quick ? [1_000, 2_000] : [500, 1_000, 2_000, 5_000, 10_000, 15_000]
const SATURATED = quick ? { warmUpMs: 50, ms: 100 } : { warmUpMs: 300, ms: 500 }
/** Messages on the way of a saturated sender. */
const IN_FLIGHT = 256
/** Of these, other sizes and loads are measured, too. */
const CLOSELY: readonly SystemName[] = ['floor', 'parley']

const begin = performance.now()
const notes: string[] = []
const servers: RunningServer[] = []
const samples = new Map<string, number[]>()
const latency = new Rounds()
const throughput = new Rounds()

const pairs = await startPairs()
const systems = [...pairs.keys()]
for (const [system, pair] of pairs) {
  progress(`delivery, warming up: ${SYSTEMS[system].title}`)
  await pair.pace(WARM_UP, WARM_UP_PER_SECOND, numbers.bytes, true)
}
await sleep(SETTLING)
for (let round = 1; round <= numbers.rounds; round++)
  for (const [system, pair] of turned([...pairs], round - 1)) await measure(system, pair, round)
for (const pair of pairs.values()) await pair.end()
for (const server of servers) await server.stop()

const collected: Collected = {
  systems,
  bytes: numbers.bytes,
  sizes: SIZES,
  loads: LOADS,
  samples,
  latency,
  throughput,
}
publish(
  {
    name: 'delivery',
    title: 'One-way delivery',
    about: [
      `From say() in one process to the message event in the other, ${numbers.count} messages of ${numbers.bytes} B of text, one every ${numbers.interval} ms, ${numbers.rounds} rounds; ${WARM_UP} at the beginning and ${PRELUDE} right before are not counted.`,
      'Each message carries the time it was due by the clock that all processes share: a sender that is late shows as latency.',
      'The sender waits for the next due time without sleeping, so one core is its own; a server in the middle shares the other core with the receiver.',
      `A saturated sender has ${IN_FLIGHT} messages on the way; every system acknowledges each message from the receiver, not from a server in the middle.`,
      'Figures are medians of the rounds, with the lowest and the highest; a ratio is taken in each round.',
    ],
    command,
    quick,
    seconds: (performance.now() - begin) / 1000,
    tables: tables(collected),
    charts: charts(collected),
    goals: goals(collected),
    notes,
  },
  json,
)
judge()

async function measure(system: SystemName, pair: Pair, round: number): Promise<void> {
  const { title } = SYSTEMS[system]
  const { count, bytes, rounds, interval } = numbers
  progress(`delivery, round ${round} of ${rounds}: ${title}`)
  const paced = async (what: string, each: number, size: number, perSecond: number): Promise<boolean> => {
    const { samples: late, missing } = await pair.pace(Math.ceil(each), perSecond, size)
    if (missing > 0) {
      notes.push(`${title}, ${what}: ${missing} of ${Math.ceil(each)} messages did not arrive in time.`)
      return false
    }
    const key = `${system} ${what}`
    samples.set(key, [...(samples.get(key) ?? []), ...late])
    latency.add(key, summarize(late).p50)
    return true
  }
  await pair.pace(PRELUDE, 1000 / interval, bytes)
  await paced(`${bytes} B`, count, bytes, 1000 / interval)
  if (flags['only-paced']) return
  const [sizes, loads] = CLOSELY.includes(system) ? [SIZES, LOADS] : [[], []]
  for (const size of sizes) if (size !== bytes) await paced(`${size} B`, count / 2, size, 1000 / interval)
  throughput.add(system, await pair.saturate(SATURATED, IN_FLIGHT, bytes))
  // The same time for each; behind a load that is too much, everything is late.
  for (const load of loads) if (!(await paced(`${load}/s`, (count * load) / 4_000, bytes, load))) break
}

/** Of those that are wanted and whose server is installed, in the order of the tables; each has a server of its own. */
async function startPairs(): Promise<Map<SystemName, Pair>> {
  const wanted = texts.systems.split(',')
  for (const name of wanted)
    if (!isSystem(name)) refuse(`--systems ${name}: must be some of ${SYSTEM_NAMES.join(',')}`)
  const started = new Map<SystemName, Pair>()
  for (const name of SYSTEM_NAMES) {
    const { title, server: needed }: System = SYSTEMS[name]
    if (!wanted.includes(name) || (flags.memory && name === 'parley')) continue
    const server = needed === undefined ? undefined : await startServer(needed)
    if (server !== undefined) servers.push(server)
    if (needed !== undefined && server === undefined) notes.push(`${title}: ${needed} is not installed.`)
    else started.set(name, await Pair.start(name, server?.port))
    if (needed !== undefined && server !== undefined)
      notes.push(`${title}: ${needed} ${server.version}, without a disk.`)
  }
  return started
}

/** Whoever comes first in one round comes last in the next. */
function turned<T>(all: readonly T[], by: number): T[] {
  const first = by % all.length
  return [...all.slice(first), ...all.slice(0, first)]
}

function judge(): void {
  const ours = systems.includes('parley') ? 'parley' : 'parley-memory'
  const late = samples.get(`${ours} ${numbers.bytes} B`) ?? []
  if (quick || late.length === 0) return
  const p99 = summarize(late).p99 / 1000
  const isFast = p99 < LIMIT_MS
  console.log(`\n${SYSTEMS[ours].title}\n${histogram(late)}`)
  console.log(`p99 ${p99.toFixed(2)} ms: ${isFast ? 'below' : 'NOT below'} ${LIMIT_MS} ms`)
  process.exitCode = isFast ? 0 : 1
}
