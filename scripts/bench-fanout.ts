/**
 * One message to 1, 10, 100 and 1000 peers: from say() to the last receipt, beside bare TCP connections over which
 * each listener answers a line with a line, alternating in every round. The listeners share two processes.
 *
 *   npm run bench:fanout -- [--rounds 3] [--messages 20] [--most 1000]
 *
 * `--messages`: of each system to 1000 peers in a round; five times as many to fewer. Two descriptors for each peer
 * are needed (ulimit -n).
 */
import { systemClock } from '../src/cli/system/clock.ts'
import { addressKey, type AddressKey } from '../src/chat/model.ts'
import { Tracker } from '../src/tracker/tracker.ts'
import { asking, child, end } from './bench/children.ts'
import { progress, publish } from './bench/output.ts'
import { settings } from './bench/settings.ts'
import { PERCENTILE_TICKS, Rounds, percentileLine, spread, summarize } from './bench/statistics.ts'
import type { ChildProcess } from 'node:child_process'
import type { Chart } from './bench/chart.ts'
import type { Order, Report, System } from './bench/fanout-child.ts'
import type { Reached } from './bench/result.ts'

const ask = asking<{ order: Order; report: Report }>()

const { numbers, quick, json, command } = settings({
  numbers: { rounds: [3, 1], messages: [20, 2], most: [1_000, 10] },
})
const SIZES = [1, 10, 100, 1_000].filter((size) => size <= numbers.most)
const MOST = Math.max(...SIZES)
const PROCESSES = 2
const WARM_UP = 5
/** The tracker believes its peers for three times as long. */
const HEARTBEAT_MS = 10_000
const TITLES = { floor: 'bare TCP (node:net)', parley: 'Parley' } as const

const begin = performance.now()
const tracker = await Tracker.start({
  host: '127.0.0.1',
  port: 0,
  clock: systemClock,
  limits: { peersPerLoopback: MOST + 1, membersPerChannel: MOST + 1 },
})
progress(`fanout: ${MOST} peers start`)
const { children, floorPorts, heartbeats } = await startListeners()
const speaker = child('fanout-child')
await ask(speaker, { kind: 'speak', tracker: tracker.address }, 'ready')
/** Microseconds, by system and number of listeners. */
const samples = new Map<string, number[]>()
const rounds = new Rounds()
for (const size of SIZES) await measure(size)
clearInterval(heartbeats)
await Promise.all([speaker, ...children].map(end))
await tracker.close()

publish(
  {
    name: 'fanout',
    title: 'One message to many peers',
    about: [
      `From say() to the receipt of the last peer, 300 B, history of the sender in memory; the connections are open, and the next message waits for the last receipt of the one before. ${MOST} peers in ${PROCESSES} processes of this machine, ${numbers.rounds} rounds.`,
    ],
    command,
    quick,
    seconds: (performance.now() - begin) / 1000,
    tables: [
      {
        title: 'In ms',
        columns: ['peers', 'system', 'p50', 'p99', 'max', 'p50 for each peer, µs', 'p50 to bare TCP'],
        rows: SIZES.flatMap((size) =>
          (['floor', 'parley'] as const).map((system) => {
            const { p50, p99, max } = summarize(of(system, size))
            const ratios = rounds.ratios(`${system} ${size}`, `floor ${size}`)
            return [size, TITLES[system], p50 / 1000, p99 / 1000, max / 1000, p50 / size, spread(ratios)]
          }),
        ),
      },
    ],
    charts: SIZES.length > 1 ? [sizeChart(), latencyChart()] : [],
    goals: goals(),
    notes: [],
  },
  json,
)

// --- measuring --------------------------------------------------------------------------------------

async function startListeners() {
  const registered: AddressKey[] = []
  const children: ChildProcess[] = []
  const floorPorts: number[] = []
  for (let index = 0; index < PROCESSES; index++) {
    const numbersHere = Array.from({ length: MOST }, (_, number) => number).filter(
      (number) => number % PROCESSES === index,
    )
    const channels = numbersHere.map((number) => SIZES.filter((size) => number < size).map(channelFor))
    const process = child('fanout-child')
    const { ports, floorPort } = await ask(
      process,
      { kind: 'listen', name: `p${index}`, channels },
      'listening',
    )
    ports.forEach((port, at) => {
      const peer = { ip: '127.0.0.1', port, name: `p${index}-${at}` }
      const id = addressKey(peer)
      tracker.registry.register(peer, systemClock.now())
      for (const channel of channels[at] ?? []) tracker.registry.join(id, channel)
      registered.push(id)
    })
    children.push(process)
    floorPorts.push(floorPort)
  }
  const beat = (): void => {
    for (const id of registered) tracker.registry.renew(id, systemClock.now(), { heartbeat: true })
  }
  beat()
  return { children, floorPorts, heartbeats: setInterval(beat, HEARTBEAT_MS) }
}

async function measure(size: number): Promise<void> {
  const count = size === MOST ? numbers.messages : 5 * numbers.messages
  const say = async (system: System, messages: number): Promise<readonly number[]> => {
    const order = { kind: 'say', system, channel: channelFor(size), listeners: size } as const
    const said = await ask(speaker, { ...order, count: messages, ports: floorPorts }, 'said')
    return said.samples
  }
  for (const system of ['floor', 'parley'] as const) await say(system, WARM_UP)
  for (let round = 1; round <= numbers.rounds; round++)
    for (const system of ['floor', 'parley'] as const) {
      progress(`fanout to ${size}, round ${round} of ${numbers.rounds}: ${TITLES[system]}`)
      const took = await say(system, count)
      samples.set(`${system} ${size}`, [...of(system, size), ...took])
      rounds.add(`${system} ${size}`, summarize(took).p50)
    }
}

function channelFor(size: number): string {
  return `to-${size}`
}

function of(system: System, size: number): readonly number[] {
  return samples.get(`${system} ${size}`) ?? []
}

// --- what was found ---------------------------------------------------------------------------------

function goals(): Reached[] {
  const reached: Reached[] = [
    { goal: 'fanout-100', value: summarize(of('parley', 100)).p50 / 1000 },
    { goal: 'fanout-1000', value: summarize(of('parley', 1_000)).p50 / 1000 },
  ]
  return reached.filter(({ value }) => Number.isFinite(value))
}

function sizeChart(): Chart {
  return {
    file: 'fanout-peers',
    title: 'From say() to the last receipt, by number of peers',
    x: { label: 'peers', scale: 'logarithmic', ticks: SIZES.map((at) => ({ at, label: String(at) })) },
    y: { label: 'ms', scale: 'logarithmic' },
    lines: (['floor', 'parley'] as const).flatMap((system) =>
      (['p50', 'p99'] as const).map((share) => ({
        name: `${TITLES[system]}, ${share}`,
        points: SIZES.map((size) => [size, summarize(of(system, size))[share] / 1000] as const),
      })),
    ),
  }
}

function latencyChart(): Chart {
  return {
    file: 'fanout-latency',
    title: 'From say() to the last receipt: how long, for which share of the messages',
    x: { label: 'share of the messages', scale: 'logarithmic', ticks: PERCENTILE_TICKS.slice(0, 4) },
    y: { label: 'µs', scale: 'logarithmic' },
    lines: SIZES.map((size) => ({ name: `to ${size}`, points: percentileLine(of('parley', size)) })),
  }
}
