/** The plan of a run of chaos: what happens when, made of a seed alone before anything is started. */
import type { Random } from '../../src/chat/random.ts'

/** Times are milliseconds from the start of the run. */
export type Step =
  /** A peer says something in #general, or to one peer. */
  { readonly kind: 'say'; readonly at: number; readonly who: string; readonly to: string | undefined } | Fault

/** `kill`: down for `ms`. `stop`: suspended for `ms`. `stop and kill`: suspended for `ms`, then killed. */
export interface Fault {
  readonly kind: 'kill' | 'stop' | 'stop and kill'
  readonly at: number
  readonly what: string
  readonly ms: number
}

export interface PlanOptions {
  readonly peers: readonly string[]
  readonly seconds: number
  /** Lines a second, of all peers together. */
  readonly rate: number
  readonly random: Random
}

export const TRACKER = 'tracker'

/** Share of direct messages. */
const DIRECT_SHARE = 0.3
/** Average time between two faults of one process, in milliseconds. */
const PEACE = { peer: 4_000, tracker: 8_000 }
const MAX_DOWN = 3_000
const MAX_STOP = 8_000

/** Ordered by time; each process has one fault at a time. */
export function planOf(options: PlanOptions): readonly Step[] {
  const { peers } = options
  const faults = [TRACKER, ...peers].flatMap((what) => faultsOf(what, options))
  return [...lines(options), ...faults].sort((one, other) => one.at - other.at)
}

function lines({ peers, seconds, rate, random }: PlanOptions): Step[] {
  const steps: Step[] = []
  for (let at = 0; at < seconds * 1000; at += pause(1000 / rate, random)) {
    const who = pick(peers, random)
    const others = peers.filter((peer) => peer !== who)
    const to = random() < DIRECT_SHARE ? pick(others, random) : undefined
    steps.push({ kind: 'say', at, who, to })
  }
  return steps
}

function faultsOf(what: string, { seconds, random }: PlanOptions): Fault[] {
  const faults: Fault[] = []
  const peace = what === TRACKER ? PEACE.tracker : PEACE.peer
  for (let at = pause(peace, random); at < seconds * 1000;) {
    const kind = pick(['kill', 'kill', 'stop', 'stop and kill'] as const, random)
    const ms = random() * (kind === 'kill' ? MAX_DOWN : MAX_STOP)
    faults.push({ kind, at, what, ms })
    at += ms + pause(peace, random)
  }
  return faults
}

/** The time to the next of independent events (exponential distribution), in milliseconds. */
function pause(mean: number, random: Random): number {
  return -Math.log(1 - random()) * mean
}

function pick<Item>(items: readonly Item[], random: Random): Item {
  const item = items[Math.floor(random() * items.length)]
  if (item === undefined) throw new Error('nothing to choose from')
  return item
}
