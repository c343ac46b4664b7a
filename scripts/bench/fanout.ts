/**
 * One message to 1, 10, 100 and 1000 peers: from say() to the last receipt, beside bare TCP connections over which
 * each listener answers a line with a line, alternating in every round. The listeners share two processes.
 *
 *   npm run bench:fanout -- [--rounds 3] [--messages 20] [--most 1000]
 *
 * `--messages`: of each system to 1000 peers in a round; five times as many to fewer. Two descriptors for each peer
 * are needed (ulimit -n).
 */
import { connect, createServer, type AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { ACKNOWLEDGED, messageOf, onLines, textOf } from './delivery/wire.ts'
import { Measurements, PERCENTILE_TICKS, percentileCells, percentileLine } from './harness/measurements.ts'
import { startPeer } from './harness/peers.ts'
import { scenario, type Bench } from './harness/scenario.ts'
import { addressKey, type AddressKey } from '../../src/chat/model.ts'
import { systemClock } from '../../src/cli/system/clock.ts'
import type { Address } from '../../src/http/message.ts'
import type { ChatPeer } from '../../src/peer/peer.ts'
import type { Tracker } from '../../src/tracker/tracker.ts'
import type { Chart } from './harness/chart.ts'

type FanoutBench = Bench<'rounds' | 'messages' | 'most'>

const PROCESSES = 2
const WARM_UP = 5
/** The tracker believes a peer for three times as long. */
const HEARTBEAT_MS = 10_000
const TITLES = { floor: 'bare TCP (node:net)', parley: 'Parley' } as const
type System = keyof typeof TITLES
const SYSTEMS = ['floor', 'parley'] as const
const TEXT = 'x'.repeat(300)

export default scenario({
  title: 'One message to many peers',
  numbers: { rounds: [3, 1], messages: [20, 2], most: [1_000, 10] },
  run: async (bench) => {
    const { rounds, messages, most } = bench.numbers
    const sizes = [1, 10, 100, 1_000].filter((size) => size <= most)
    const all = Math.max(...sizes)
    const tracker = await bench.tracker({ limits: { peersPerLoopback: all + 1, membersPerChannel: all + 1 } })
    bench.progress(`${all} peers start`)
    const ports = await startListeners(bench, tracker, sizes)
    const sender = bench.process(import.meta.url)
    await sender.call(speak, tracker.address)
    /** Microseconds, by system and number of listeners. */
    const measured = new Measurements()
    for (const size of sizes) {
      const say = (system: System, count: number) =>
        system === 'floor' ? sender.call(sayBare, size, ports, count) : sender.call(sayTo, size, count)
      for (const system of SYSTEMS) await say(system, WARM_UP)
      const count = size === all ? messages : 5 * messages
      await bench.rounds(
        SYSTEMS,
        async (system) => {
          measured.add(`${system} ${size}`, await say(system, count))
        },
        rounds,
      )
    }
    return {
      about: [
        `From say() to the receipt of the last peer, 300 B, history of the sender in memory; the connections are open, and the next message waits for the last receipt of the one before. ${all} peers in ${PROCESSES} processes of this machine, ${rounds} rounds.`,
      ],
      tables: [
        {
          title: 'In ms',
          columns: ['peers', 'system', 'p50', 'p99', 'max', 'p50 for each peer, µs', 'p50 to bare TCP'],
          rows: sizes.flatMap((size) =>
            SYSTEMS.map((system) => {
              const key = `${system} ${size}`
              const [p50 = NaN, , p99 = NaN, max = NaN] = percentileCells(measured.samples(key), 1000)
              const ratio = measured.ratio(key, `floor ${size}`)
              return [size, TITLES[system], p50, p99, max, (p50 * 1000) / size, ratio]
            }),
          ),
        },
      ],
      charts: sizes.length > 1 ? [sizeChart(sizes, measured), latencyChart(sizes, measured)] : [],
      goals: {
        'fanout-100': measured.distribution('parley 100').p50 / 1000,
        'fanout-1000': measured.distribution('parley 1000').p50 / 1000,
      },
    }
  },
})

/** Registers them with the tracker directly. Resolves to the ports of the bare servers, one of each process. */
async function startListeners(
  bench: FanoutBench,
  tracker: Tracker,
  sizes: readonly number[],
): Promise<number[]> {
  const registered: AddressKey[] = []
  const barePorts: number[] = []
  const numbers = Array.from({ length: Math.max(...sizes) }, (_, number) => number)
  for (let index = 0; index < PROCESSES; index++) {
    const channels = numbers
      .filter((number) => number % PROCESSES === index)
      .map((number) => sizes.filter((size) => number < size).map(channelFor))
    const { ports, barePort } = await bench.process(import.meta.url).call(listen, `p${index}`, channels)
    for (const [at, port] of ports.entries()) {
      const peer = { ip: '127.0.0.1', port, name: `p${index}-${at}` }
      tracker.registry.register(peer, systemClock.now())
      for (const channel of channels[at] ?? []) tracker.registry.join(addressKey(peer), channel)
      registered.push(addressKey(peer))
    }
    barePorts.push(barePort)
  }
  const beat = (): void => {
    for (const id of registered) tracker.registry.renew(id, systemClock.now(), { heartbeat: true })
  }
  beat()
  const heartbeats = setInterval(beat, HEARTBEAT_MS)
  bench.onEnd(() => {
    clearInterval(heartbeats)
  })
  return barePorts
}

function channelFor(size: number): string {
  return `to-${size}`
}

function sizeChart(sizes: readonly number[], measured: Measurements): Chart {
  return {
    file: 'fanout-peers',
    title: 'From say() to the last receipt, by number of peers',
    x: { label: 'peers', scale: 'logarithmic', ticks: sizes.map((at) => ({ at, label: String(at) })) },
    y: { label: 'ms', scale: 'logarithmic' },
    lines: SYSTEMS.flatMap((system) =>
      (['p50', 'p99'] as const).map((share) => ({
        name: `${TITLES[system]}, ${share}`,
        points: sizes.map(
          (size) => [size, measured.distribution(`${system} ${size}`)[share] / 1000] as const,
        ),
      })),
    ),
  }
}

function latencyChart(sizes: readonly number[], measured: Measurements): Chart {
  return {
    file: 'fanout-latency',
    title: 'From say() to the last receipt: how long, for which share of the messages',
    x: { label: 'share of the messages', scale: 'logarithmic', ticks: PERCENTILE_TICKS.slice(0, 4) },
    y: { label: 'µs', scale: 'logarithmic' },
    lines: sizes.map((size) => ({
      name: `to ${size}`,
      points: percentileLine(measured.samples(`parley ${size}`)),
    })),
  }
}

// --- in a process of listeners ----------------------------------------------------------------------

/** `channels`: those of each listener. */
export async function listen(
  name: string,
  channels: readonly (readonly string[])[],
): Promise<{ readonly ports: readonly number[]; readonly barePort: number }> {
  const ports: number[] = []
  for (const [index, joined] of channels.entries()) {
    const peer = await startPeer({ name: `${name}-${index}`, port: 0, onEvent: () => undefined })
    for (const channel of joined) await peer.join(channel)
    ports.push(peer.address.port)
  }
  const server = createServer({ noDelay: true }, (socket) => {
    onLines(socket, (line) => {
      textOf(line)
      socket.write(`${ACKNOWLEDGED}\n`)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { ports, barePort: (server.address() as AddressInfo).port }
}

// --- in the process of the sender -------------------------------------------------------------------

let alice: ChatPeer | undefined
let onAllReceived = (): void => undefined

export async function speak(tracker: Address): Promise<void> {
  alice = await startPeer({
    name: 'alice',
    tracker,
    onEvent: (event) => {
      if (event.kind !== 'receipt') return
      const { failed, queued } = event.receipt
      if (failed.length > 0) throw new Error(failed[0]?.reason)
      if (queued.length === 0) onAllReceived()
    },
  })
}

/** Microseconds from each say() to its last receipt; each message waits for the receipts of the one before. */
export async function sayTo(listeners: number, count: number): Promise<number[]> {
  const [peer, channel] = [alice, channelFor(listeners)]
  if (peer === undefined) throw new Error('speak() was not called')
  await peer.join(channel)
  while (peer.members(channel).length < listeners) await sleep(10)
  return timed(count, () => {
    peer.say(channel, TEXT)
  })
}

/** The same over bare connections, to servers at these ports. */
export async function sayBare(listeners: number, ports: readonly number[], count: number): Promise<number[]> {
  let answers = 0
  const opened = Array.from({ length: listeners }, async (_, index) => {
    const socket = connect({ port: ports[index % ports.length] ?? 0, host: '127.0.0.1', noDelay: true })
    await new Promise((resolve) => socket.once('connect', resolve))
    onLines(socket, (line) => {
      JSON.parse(line)
      if (++answers % listeners === 0) onAllReceived()
    })
    return socket
  })
  const sockets = await Promise.all(opened)
  const samples = await timed(count, () => {
    const line = `${messageOf(TEXT)}\n`
    for (const socket of sockets) socket.write(line)
  })
  for (const socket of sockets) socket.destroy()
  return samples
}

async function timed(count: number, sayOne: () => void): Promise<number[]> {
  const samples: number[] = []
  for (let number = 0; number < count; number++) {
    const received = new Promise<void>((resolve) => (onAllReceived = resolve))
    const begin = process.hrtime.bigint()
    sayOne()
    await received
    samples.push(Number(process.hrtime.bigint() - begin) / 1000)
    // Other work of this turn is not counted.
    await new Promise(setImmediate)
  }
  return samples
}
