/**
 * The tracker under test, in a process of its own, with limits high enough for what it is asked: its registry alone,
 * call by call, or a running tracker with so many peers in it, which others ask over HTTP.
 */
import { systemClock } from '../../src/cli/system/clock.ts'
import { addressKey, type Peer, type AddressKey } from '../../src/chat/model.ts'
import { Registry, type RegistryLimits } from '../../src/tracker/registry.ts'
import { Tracker } from '../../src/tracker/tracker.ts'
import { used } from './heap.ts'
import { channelOf, peerNumber, someNumber, type Population } from './population.ts'

export type Order =
  | { readonly kind: 'registry'; readonly population: Population; readonly calls: number }
  | { readonly kind: 'serve'; readonly population: Population }

export type Report =
  | { readonly kind: 'serving'; readonly port: number }
  | {
      readonly kind: 'measured'
      /** Bytes on the heap for each peer. */
      readonly perPeer: number
      /** Nanoseconds of each call, by its name. */
      readonly samples: Readonly<Record<string, readonly number[]>>
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
/** Nobody is refused for asking often. */
const OFTEN = { perSecond: 1e9, burst: 1e9 }

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

function measure(population: Population, calls: number): void {
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
  const samples: Record<string, readonly number[]> = {}
  for (const [name, task] of Object.entries(tasks)) samples[name] = timed(calls, task)
  tell({ kind: 'measured', perPeer, samples })
}

/** Nanoseconds of each. */
function timed(calls: number, task: (index: number) => unknown): number[] {
  return Array.from({ length: calls }, (_, index) => {
    const begin = process.hrtime.bigint()
    task(index)
    return Number(process.hrtime.bigint() - begin)
  })
}

async function serve(population: Population): Promise<void> {
  const tracker = await Tracker.start({
    host: '127.0.0.1',
    port: 0,
    clock: systemClock,
    limits: LIMITS,
    requests: OFTEN,
    registrations: OFTEN,
  })
  fill(tracker.registry, population)
  tell({ kind: 'serving', port: tracker.address.port })
}

function tell(report: Report): void {
  process.send?.(report)
}

process.once('message', (order: Order) => {
  if (order.kind === 'registry') measure(order.population, order.calls)
  else void serve(order.population)
})
process.once('disconnect', () => {
  process.exit()
})
