/**
 * One-way delivery between two processes on loopback, from say() on Alice's side to the message event on Bob's:
 * Parley beside a bare node:net connection and beside what others use. The systems alternate in every round, and the
 * ratios are those of one round.
 *
 *   npm run bench:delivery -- [--count 2000] [--rounds 3] [--bytes 300] [--interval 1] [--memory]
 *                             [--systems floor,parley,...] [--only-paced]
 *
 * `--bytes` are those of the text, `--interval` the milliseconds between two messages; `--memory` leaves out the
 * history on disk. Exit 1 when p99 >= 100 ms.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { CLOSELY, charts, goals, keyOf, tables } from './delivery/findings.ts'
import { Pair } from './delivery/pair.ts'
import { SYSTEMS, SYSTEM_NAMES, isSystem, type System, type SystemName } from './delivery/systems.ts'
import { Measurements } from './harness/measurements.ts'
import { scenario, type Bench } from './harness/scenario.ts'
import { startServer } from './harness/servers.ts'
import { refuse } from '../support/command-line.ts'

type DeliveryBench = Bench<'count' | 'rounds' | 'bytes' | 'interval', 'systems', 'memory' | 'only-paced'>

/** Largest acceptable p99, in milliseconds. */
const LIMIT = 100
const WARM_UP_PER_SECOND = 2_000
/** Messages under way from a saturated sender. */
const IN_FLIGHT = 256

/** How much is measured. */
function plan({ quick, numbers, flags }: DeliveryBench) {
  return {
    /** Messages until all code is compiled. The sender sleeps between them, because the compiler needs a core, too. */
    warmUp: quick ? 20 : 4_000,
    /** Messages right before an even pace: a process that was idle for a while is slow at first. */
    prelude: quick ? 5 : 800,
    /** After the warm-up peers bring their search up to date; milliseconds. */
    settling: quick ? 0 : 5_000,
    sizes: flags['only-paced']
      ? []
      : [...new Set([64, numbers.bytes, 4_096])].sort((one, other) => one - other),
    /** Messages a second, from idle to saturated. */
    loads: quick ? [1_000, 2_000] : [500, 1_000, 2_000, 5_000, 10_000, 15_000],
    saturation: quick ? { warmUpMs: 50, ms: 100 } : { warmUpMs: 300, ms: 500 },
  }
}

export default scenario({
  title: 'One-way delivery',
  numbers: { count: [2_000, 40], rounds: [3, 1], bytes: [300, 300], interval: [1, 1] },
  texts: { systems: SYSTEM_NAMES.join(',') },
  flags: ['memory', 'only-paced'],
  run: async (bench) => {
    const { count, bytes, rounds, interval } = bench.numbers
    const { warmUp, prelude, settling, sizes, loads } = plan(bench)
    const notes: string[] = []
    const pairs = await startPairs(bench, notes)
    const systems = [...pairs.keys()]
    for (const [system, pair] of pairs) {
      bench.progress(`warming up: ${SYSTEMS[system].title}`)
      await pair.pace(warmUp, WARM_UP_PER_SECOND, bytes, true)
    }
    await sleep(settling)
    /** Microseconds by keyOf(), and messages a second by system. */
    const measured = new Measurements()
    await bench.rounds(systems, (system) => measure(bench, system, pairs, measured, notes), rounds)
    const collected = { systems, bytes, sizes, loads, measured }
    const own = systems.includes('parley') ? 'parley' : 'parley-memory'
    const p99 = measured.distribution(keyOf(own, `${bytes} B`)).p99 / 1000
    return {
      about: [
        `From say() in one process to the message event in the other, ${count} messages of ${bytes} B of text, one every ${interval} ms, ${rounds} rounds; ${warmUp} at the beginning and ${prelude} right before are not counted.`,
        'Each message carries the time it was due by the clock that all processes share: a sender that is late shows as latency.',
        'The sender waits for the next due time without sleeping, so one core is its own; a server in the middle shares the other core with the receiver.',
        `A saturated sender has ${IN_FLIGHT} messages on the way; every system acknowledges each message from the receiver, not from a server in the middle.`,
        'Figures are medians of the rounds, with the lowest and the highest; a ratio is taken in each round.',
      ],
      tables: tables(collected),
      charts: charts(collected),
      goals: goals(collected),
      notes,
      failures: !bench.quick && p99 >= LIMIT ? [`p99 is ${p99.toFixed(2)} ms, not below ${LIMIT} ms.`] : [],
    }
  },
})

async function measure(
  bench: DeliveryBench,
  system: SystemName,
  pairs: ReadonlyMap<SystemName, Pair>,
  measured: Measurements,
  notes: string[],
): Promise<void> {
  const { count, bytes, interval } = bench.numbers
  const { prelude, sizes, loads, saturation } = plan(bench)
  const pair = pairs.get(system)
  if (pair === undefined) return
  const paced = async (what: string, wanted: number, size: number, perSecond: number): Promise<boolean> => {
    const messages = Math.ceil(wanted)
    const { samples, missing } = await pair.pace(messages, perSecond, size)
    if (missing === 0) measured.add(keyOf(system, what), samples)
    else
      notes.push(
        `${SYSTEMS[system].title}, ${what}: ${missing} of ${messages} messages did not arrive in time.`,
      )
    return missing === 0
  }
  await pair.pace(prelude, 1000 / interval, bytes)
  await paced(`${bytes} B`, count, bytes, 1000 / interval)
  if (bench.flags['only-paced']) return
  const isClose = CLOSELY.includes(system)
  for (const size of isClose ? sizes : [])
    if (size !== bytes) await paced(`${size} B`, count / 2, size, 1000 / interval)
  measured.add(system, await pair.saturate({ ...saturation, inFlight: IN_FLIGHT, bytes }))
  // The same time for each load; after one that is too much, everything is late.
  for (const load of isClose ? loads : [])
    if (!(await paced(`${load}/s`, (count * load) / 4_000, bytes, load))) break
}

/** The wanted systems whose server is installed, in the order of the tables; each has a server of its own. */
async function startPairs(bench: DeliveryBench, notes: string[]): Promise<Map<SystemName, Pair>> {
  const wanted = bench.texts.systems.split(',')
  for (const name of wanted)
    if (!isSystem(name)) refuse(`--systems ${name}: must be some of ${SYSTEM_NAMES.join(',')}`)
  const pairs = new Map<SystemName, Pair>()
  for (const name of SYSTEM_NAMES) {
    const { title, server: needed }: System = SYSTEMS[name]
    if (!wanted.includes(name) || (bench.flags.memory && name === 'parley')) continue
    const server = needed === undefined ? undefined : await startServer(bench, needed)
    if (needed !== undefined && server === undefined) {
      notes.push(`${title}: ${needed} is not installed.`)
      continue
    }
    pairs.set(name, await Pair.start(bench, name, server?.port))
    if (server !== undefined) notes.push(`${title}: ${needed ?? ''} ${server.version}, without a disk.`)
  }
  return pairs
}
