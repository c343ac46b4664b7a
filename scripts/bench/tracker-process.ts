/** The process of the tracker benchmark: a registry measured call by call, or a running tracker, with made-up peers. */
import { used } from './harness/heap.ts'
import { addressKey, type AddressKey, type Peer } from '../../src/chat/model.ts'
import { systemClock } from '../../src/cli/system/clock.ts'
import { Registry, type RegistryLimits } from '../../src/tracker/registry.ts'
import { Tracker } from '../../src/tracker/tracker.ts'

export interface Population {
  readonly peers: number
  /** Each peer is in one of these. */
  readonly channels: number
}

/** Each on loopback. */
export function peerNumber(number: number): Peer {
  const ip = `127.${1 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`
  return { ip, port: 8000, name: `peer-${number}` }
}

export function channelOf(number: number, { channels }: Population): string {
  return `room-${number % channels}`
}

/** A peer of the population, spread over all of it by the index. */
export function someNumber(index: number, { peers }: Population): number {
  return (index * 7_919) % peers
}

const LIMITS: RegistryLimits = {
  peers: Infinity,
  peersPerHost: Infinity,
  peersPerLoopback: Infinity,
  channels: Infinity,
  channelsPerPeer: Infinity,
  membersPerChannel: Infinity,
  storedPerChannel: 1_000,
  storedBytes: 1024 * 1024,
}
const UNLIMITED = { perSecond: 1e9, burst: 1e9 }

function fill(registry: Registry, population: Population): void {
  const now = systemClock.now()
  for (let number = 0; number < population.peers; number++) {
    const peer = peerNumber(number)
    const id = addressKey(peer)
    registry.register(peer, now)
    registry.renew(id, now, { heartbeat: true })
    registry.join(id, channelOf(number, population))
  }
}

export interface RegistryCosts {
  /** Bytes on the heap for each peer. */
  readonly perPeer: number
  /** Microseconds of each call, by its name. */
  readonly samples: ReadonlyMap<string, readonly number[]>
}

export function measureRegistry(population: Population, calls: number): RegistryCosts {
  const before = used().heap
  const registry = new Registry(() => undefined, LIMITS)
  fill(registry, population)
  const perPeer = (used().heap - before) / population.peers
  const now = systemClock.now()
  const some = (index: number): Peer => peerNumber(someNumber(index, population))
  const idOf = (index: number): AddressKey => addressKey(some(index))
  const newcomer = (index: number): Peer => peerNumber(population.peers + index)
  const tasks: Readonly<Record<string, (index: number) => unknown>> = {
    register: (index) => registry.register(newcomer(index), now),
    heartbeat: (index) => registry.renew(idOf(index), now, { heartbeat: true }),
    join: (index) => {
      registry.join(idOf(index), `new-${index % 100}`)
    },
    'get-list of a channel': (index) => registry.members(channelOf(index, population), now),
    'find a name': (index) => registry.named(some(index).name),
    leave: (index) => registry.leave(addressKey(newcomer(index)), 'left'),
    sweep: () => registry.sweep(now),
  }
  return {
    perPeer,
    samples: new Map(Object.entries(tasks).map(([name, task]) => [name, timed(calls, task)])),
  }
}

/** Microseconds of each call. */
function timed(calls: number, task: (index: number) => unknown): number[] {
  return Array.from({ length: calls }, (_, index) => {
    const begin = process.hrtime.bigint()
    task(index)
    return Number(process.hrtime.bigint() - begin) / 1000
  })
}

/** Resolves to the port. */
export async function serve(population: Population): Promise<number> {
  const tracker = await Tracker.start({
    host: '127.0.0.1',
    port: 0,
    clock: systemClock,
    limits: LIMITS,
    requests: UNLIMITED,
    registrations: UNLIMITED,
  })
  fill(tracker.registry, population)
  return tracker.address.port
}
