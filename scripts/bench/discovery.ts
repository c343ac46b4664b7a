/**
 * How long it takes until peers know each other. On the LAN, without a tracker: from the moment when the later of two
 * was started to the moment when both have the other in their list. Through a tracker: from join() of one to the
 * moment when another sees it.
 *
 *   npm run bench:discovery -- [--peers 3] [--rounds 20] [--joins 30] [--interface lo]
 *
 * On one machine and its loopback; with `--within "ip netns exec h{}"` each peer of the LAN in a network namespace of
 * its own ({} is its number), as scripts/lan/lab.sh makes them. Exit 1 when a peer was not found within 10 s.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { percentileCells } from './harness/measurements.ts'
import { startPeer, type PeerWanted } from './harness/peers.ts'
import { scenario, type Bench } from './harness/scenario.ts'
import { median } from '../../src/cli/bench/distribution.ts'
import type { Address } from '../../src/http/message.ts'
import type { ChatPeer } from '../../src/peer/peer.ts'

type DiscoveryBench = Bench<'peers' | 'rounds' | 'joins', 'interface' | 'within'>

const MAX_WAIT = 10_000
/** Apart from the LSNP ports that other programs of the machine share. */
const OWN_PORTS = { discoveryPort: 41_999, announcePort: 41_002 }
const USUAL_PORTS = { discoveryPort: 50_999, announcePort: 9_002 }
const WATCHERS = 3
/** Largest number of channels of one peer. */
const MAX_JOINS = 30

export default scenario({
  title: 'Until peers know each other',
  numbers: { peers: [3, 2], rounds: [20, 1], joins: [30, 3] },
  texts: { interface: 'lo', within: '' },
  run: async (bench) => {
    const { numbers, texts } = bench
    const onLan: number[] = []
    for (let round = 1; round <= numbers.rounds; round++) {
      bench.progress(`LAN, round ${round} of ${numbers.rounds}`)
      onLan.push(...(await meet(bench)))
    }
    const joins = await seenJoins(bench)
    const where = texts.within === '' ? `one machine, ${texts.interface}` : texts.within
    return {
      about: [
        `LAN: ${numbers.peers} peers started together, ${numbers.rounds} rounds, ${where}; from the start of the later of two until both know each other.`,
        `Tracker: join() of one peer until each of ${WATCHERS} others in that channel sees it.`,
      ],
      tables: [
        {
          title: 'In ms',
          columns: ['', 'samples', 'p50', 'p90', 'p99', 'max'],
          rows: [
            ['LAN: two know each other', onLan.length, ...percentileCells(onLan)],
            ['tracker: a join is seen', joins.length, ...percentileCells(joins)],
          ],
        },
      ],
      goals: { 'discovery-lan': median(onLan), 'discovery-hybrid': median(joins) },
    }
  },
})

// --- on the LAN -------------------------------------------------------------------------------------

/** Milliseconds until each pair of peers knew each other. */
async function meet(bench: DiscoveryBench): Promise<number[]> {
  const { interface: interfaces, within } = bench.texts
  const names = Array.from({ length: bench.numbers.peers }, (_, index) => `peer${index + 1}`)
  const lan =
    within === ''
      ? { interfaces: interfaces.split(','), ports: OWN_PORTS }
      : { interfaces: [], ports: USUAL_PORTS }
  const processes = names.map((_, index) => {
    const under = within === '' ? [] : within.replace('{}', String(index + 1)).split(' ')
    return bench.process(import.meta.url, { under })
  })
  const moments = await Promise.all(
    processes.map(async (process, index) => {
      const name = names[index] ?? ''
      const started = await process.call(start, { name, host: '0.0.0.0', lan })
      return {
        started,
        met: await process.call(
          meets,
          names.filter((other) => other !== name),
        ),
      }
    }),
  )
  await Promise.all(processes.map((process) => process.call(leave)))
  await Promise.all(processes.map((process) => process.end()))
  return moments.flatMap((one, index) =>
    moments.slice(index + 1).map((other, offset) => {
      const [first = '', second = ''] = [names[index], names[index + 1 + offset]]
      const met = Math.max(one.met.get(second) ?? NaN, other.met.get(first) ?? NaN)
      return met - Math.max(one.started, other.started)
    }),
  )
}

// --- through a tracker ------------------------------------------------------------------------------

/** Milliseconds from each join to each watcher that saw it. */
async function seenJoins(bench: DiscoveryBench): Promise<number[]> {
  const tracker = (await bench.tracker()).address
  const member = async (name: string) => {
    const process = bench.process(import.meta.url)
    await process.call(start, { name, tracker })
    await process.call(registers, tracker)
    return process
  }
  const joiner = await member('joiner')
  const watchers = await Promise.all(
    Array.from({ length: WATCHERS }, (_, index) => member(`watcher${index}`)),
  )
  const times: number[] = []
  for (let number = 0; number < Math.min(bench.numbers.joins, MAX_JOINS); number++) {
    bench.progress(`tracker, join ${number + 1} of ${bench.numbers.joins}`)
    const channel = `room-${number}`
    await Promise.all(watchers.map((watcher) => watcher.call(join, channel)))
    const seen = watchers.map((watcher) => watcher.call(sees, 'joiner', channel))
    const began = await joiner.call(join, channel)
    for (const at of await Promise.all(seen)) times.push(at - began)
  }
  return times
}

// --- in the process of a peer -----------------------------------------------------------------------

let peer: ChatPeer | undefined
/** When `NAME` or `NAME CHANNEL` was seen first. */
const seen = new Map<string, number>()
let isRegistered = false

/** Milliseconds of the monotonic clock, which all processes of a machine share. */
function now(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

/** Resolves to when it began. */
export async function start(wanted: Omit<PeerWanted, 'onEvent'>): Promise<number> {
  const begin = now()
  peer = await startPeer({
    ...wanted,
    onEvent: (event) => {
      if (event.kind === 'tracker') isRegistered = event.state === 'registered'
      if (event.kind !== 'joined') return
      for (const key of [event.peer.name, `${event.peer.name} ${event.channel}`])
        if (!seen.has(key)) seen.set(key, now())
    },
  })
  return begin
}

export async function registers(tracker: Address): Promise<void> {
  await until(() => isRegistered, `no registration with ${tracker.host}:${tracker.port}`)
}

/** Resolves to when the join began. */
export async function join(channel: string): Promise<number> {
  const begin = now()
  await peer?.join(channel)
  return begin
}

/** Resolves to when `who` was seen in `channel`. */
export async function sees(who: string, channel: string): Promise<number> {
  await until(() => seen.has(`${who} ${channel}`), `${who} was not seen in ${channel}`)
  return seen.get(`${who} ${channel}`) ?? NaN
}

/** Resolves to when each of them was met. */
export async function meets(names: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const missing = (): string[] => names.filter((name) => !seen.has(name))
  await until(() => missing().length === 0, `not found: ${missing().join(', ')}`)
  return seen
}

export async function leave(): Promise<void> {
  await peer?.close()
}

async function until(condition: () => boolean, otherwise: string): Promise<void> {
  const deadline = now() + MAX_WAIT
  while (!condition()) {
    if (now() > deadline) throw new Error(`${otherwise} within ${MAX_WAIT} ms`)
    await sleep(2)
  }
}
