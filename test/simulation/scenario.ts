/**
 * The plan of a run, decided by its seed: the users, their messages, and the faults. Pure.
 *
 * Not every run has every kind of fault: a run without losses finds mistakes that losses would hide.
 */
import { attacksFor, movesFor } from './attacks.ts'
import { closedFor } from './closed.ts'
import { Rng } from './rng.ts'
import type { NetworkConditions } from './wire.ts'

export interface UserPlan {
  readonly name: string
  /** Index of its machine. */
  readonly machine: number
  readonly port: number
  readonly usesTracker: boolean
  readonly usesLan: boolean
}

interface MachinePlan {
  readonly name: string
  readonly ip: string
  /** The error of its clock, in milliseconds. */
  readonly offset: number
  /** Seconds of its clock in one second. */
  readonly rate: number
}

/** How a program ends: on request, killed, or by a power cut. */
export type Ending = 'leave' | 'crash' | 'power cut'

/** Times in milliseconds; `who` is a name, machines are indices. */
export type Action =
  | { readonly kind: 'start'; readonly who: string }
  | { readonly kind: 'say'; readonly who: string; readonly channel: string; readonly text: string }
  | { readonly kind: 'direct'; readonly who: string; readonly to: string; readonly text: string }
  | { readonly kind: 'join'; readonly who: string; readonly channel: string }
  | { readonly kind: 'part'; readonly who: string; readonly channel: string }
  /** Of the closed channel of the run. */
  | { readonly kind: 'create'; readonly who: string }
  | { readonly kind: 'invite' | 'remove'; readonly who: string; readonly to: string }
  /** `clockOffset`: the error that its clock is set to while it is down. */
  | {
      readonly kind: 'end'
      readonly who: string
      readonly ending: Ending
      readonly downFor: number
      readonly clockOffset?: number
    }
  | { readonly kind: 'end for good'; readonly who: string; readonly ending: Ending }
  /** Killed `after` ms after its next message arrives: it may have answered, and not have written it to its disk. */
  | { readonly kind: 'ambush'; readonly who: string; readonly after: number; readonly downFor: number }
  | {
      readonly kind: 'sleep'
      readonly machine: number
      readonly ms: number
      readonly clockStops: boolean
      readonly isDeaf: boolean
    }
  | {
      readonly kind: 'cut'
      readonly from: readonly number[]
      readonly to: readonly number[]
      readonly isOneWay: boolean
      readonly ms: number
    }
  | { readonly kind: 'tracker'; readonly ending: Ending; readonly downFor: number }
  /** Starts again elsewhere: on another machine, or at the address of another user, who takes its own. */
  | {
      readonly kind: 'move'
      readonly who: string
      readonly ending: 'leave' | 'crash'
      readonly downFor: number
      readonly to: { readonly machine: number } | { readonly placeOf: string }
    }
  /** Its clock leaps by so much while programs run, and back after `ms` milliseconds. */
  | { readonly kind: 'leap'; readonly machine: number; readonly by: number; readonly ms: number }

/** A host that passes itself off as a user, from a time on until everything heals. */
export interface ImpostorPlan {
  readonly as: string
  readonly at: number
  readonly ip: string
  readonly port: number
  /**
   * What those meet who want a connection that proves the key: nothing, another key, or a proof that does not hold. Or it
   * takes the name of the user alone, and says that it has no key, or proves its own: so others list it, and ask it.
   */
  readonly door: 'closed' | 'own proof' | 'false proof' | 'keyless' | 'own key'
  /** Between two forgeries at most, in milliseconds. */
  readonly pause: number
}

export interface Step {
  /** Milliseconds since the start of the run. */
  readonly at: number
  readonly action: Action
}

export interface Scenario {
  readonly machines: readonly MachinePlan[]
  readonly users: readonly UserPlan[]
  /** The machine of the tracker, or none. */
  readonly tracker: number | undefined
  readonly conditions: NetworkConditions
  readonly steps: readonly Step[]
  /** The end of all faults. */
  readonly healsAt: number
  readonly impostor?: ImpostorPlan | undefined
  /** The tracker lists the keys of two users at wrong addresses. */
  readonly trackerLies?: boolean
  /** The last user to leave for good, after a quiet time. */
  readonly lastEnd: Action | undefined
}

const NAMES = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank'] as const
const CHANNELS = ['general', 'general', 'general', 'tea', 'maps']
const FIRST_PORT = 8_001
const HOUR = 3_600_000
const DAY = 24 * HOUR
/** Leaps of clocks, in milliseconds. */
const LEAPS = [HOUR, 25 * HOUR, 400 * DAY, 20 * 365 * DAY].flatMap((leap) => [leap, -leap])

export function scenarioFor(seed: number): Scenario {
  const rng = new Rng(seed).of('scenario')
  const hasTracker = rng.chance(0.7)
  const machines = machinePlans(rng)
  const users = userPlans(rng, machines.length, hasTracker)
  const healsAt = rng.between(20_000, 120_000)
  const tracker = hasTracker ? rng.integer(0, machines.length - 1) : undefined
  const steps = [
    ...starts(rng, users),
    ...talk(rng, users, healsAt),
    ...faults(rng, users, machines, healsAt),
    ...leaps(new Rng(seed).of('clocks'), users, machines, healsAt),
    ...movesFor(seed, users, machines.length, healsAt),
    ...closedFor(seed, users, healsAt),
  ]
  const conditions = {
    ...(rng.chance(0.3) ? conditionsOf(0, 0, 20, 0) : badConditions(rng)),
    ...segments(seed),
  }
  steps.sort((one, other) => one.at - other.at)
  const who = rng.pick(users).name
  const lastEnd = { kind: 'end for good', who, ending: rng.pick<Ending>(['leave', 'crash']) } as const
  const isLastEnd = users.length > 2 && rng.chance(0.3)
  const plan = { machines, users, tracker, conditions, steps, healsAt }
  return { ...plan, ...attacksFor(seed, users, healsAt), lastEnd: isLastEnd ? lastEnd : undefined }
}

function machinePlans(rng: Rng): MachinePlan[] {
  const clocksAreRight = rng.chance(0.4)
  return Array.from({ length: rng.integer(2, NAMES.length) }, (_, index) => ({
    name: `pc${index + 1}`,
    ip: `192.168.1.${index + 11}`,
    offset: clocksAreRight ? 0 : rng.between(-HOUR, HOUR),
    rate: clocksAreRight ? 1 : 1 + rng.between(-1, 1) / 2_000,
  }))
}

function userPlans(rng: Rng, machines: number, hasTracker: boolean): UserPlan[] {
  const count = rng.integer(2, NAMES.length)
  const isMixed = hasTracker && rng.chance(0.4)
  const allUseLan = !hasTracker || rng.chance(0.5)
  return NAMES.slice(0, count).map((name, index) => {
    const ways = isMixed ? rng.integer(1, 3) : (hasTracker ? 1 : 0) + (allUseLan ? 2 : 0)
    return {
      name,
      machine: index < machines && rng.chance(0.8) ? index : rng.integer(0, machines - 1),
      port: FIRST_PORT + index,
      usesTracker: (ways & 1) !== 0,
      usesLan: (ways & 2) !== 0,
    }
  })
}

/** In half of the runs writes are not cut. */
function segments(seed: number): Pick<NetworkConditions, 'maxSegment'> {
  const rng = new Rng(seed).of('segments')
  return { maxSegment: rng.chance(0.5) ? Infinity : Math.round(rng.scale(50, 10_000)) }
}

function badConditions(rng: Rng): Omit<NetworkConditions, 'maxSegment'> {
  const loss = rng.chance(0.5) ? rng.between(0, 0.3) : 0
  const duplication = rng.chance(0.5) ? rng.between(0, 0.2) : 0
  return conditionsOf(loss, duplication, rng.scale(5, 3_000), rng.chance(0.5) ? rng.between(0, 0.15) : 0)
}

function conditionsOf(
  loss: number,
  duplication: number,
  mostDelay: number,
  breaks: number,
): Omit<NetworkConditions, 'maxSegment'> {
  return { loss, duplication, leastDelay: 0.2, mostDelay, breaks }
}

function starts(rng: Rng, users: readonly UserPlan[]): Step[] {
  return users.flatMap(({ name: who }, index) => {
    const at = index < 2 || rng.chance(0.7) ? rng.between(0, 3_000) : rng.between(3_000, 20_000)
    const channels = ['tea', 'maps'].filter(() => rng.chance(0.5))
    const joins = channels.map((channel) => ({
      at: at + rng.between(10, 5_000),
      action: { kind: 'join', who, channel } as const,
    }))
    return [{ at, action: { kind: 'start', who } as const }, ...joins]
  })
}

function talk(rng: Rng, users: readonly UserPlan[], end: number): Step[] {
  const steps: Step[] = []
  const count = rng.integer(5, 40)
  for (let number = 1; number <= count; number++) {
    const who = rng.pick(users).name
    const at = rng.between(3_000, end)
    // Sometimes several lines at once.
    const lines = rng.chance(0.2) ? rng.integer(2, 5) : 1
    const others = users.filter(({ name }) => name !== who)
    const to = rng.chance(0.25) ? rng.pick(others).name : undefined
    const channel = rng.pick(CHANNELS)
    for (let line = 1; line <= lines; line++) {
      const text = `message ${number}.${line} of ${who}`
      const action: Action =
        to === undefined ? { kind: 'say', who, channel, text } : { kind: 'direct', who, to, text }
      steps.push({ at: at + line * rng.between(0, 30), action })
    }
  }
  return steps
}

function faults(rng: Rng, users: readonly UserPlan[], machines: readonly MachinePlan[], end: number): Step[] {
  const steps: Step[] = []
  /** In half of the runs, up to `most` times. */
  const sometimes = (most: number, make: () => Action): void => {
    if (rng.chance(0.5)) return
    for (let count = rng.integer(1, most); count > 0; count--)
      steps.push({ at: rng.between(2_000, end), action: make() })
  }
  const someone = (): string => rng.pick(users).name
  const ending = (): Ending => rng.pick(['leave', 'crash', 'crash', 'power cut'])
  const downFor = (): number => rng.scale(50, 60_000)

  sometimes(4, () => {
    const clock = rng.chance(0.15) ? { clockOffset: rng.between(-HOUR, HOUR) } : {}
    return { kind: 'end', who: someone(), ending: ending(), downFor: downFor(), ...clock }
  })
  sometimes(4, () => ({ kind: 'ambush', who: someone(), after: rng.scale(0.01, 20), downFor: downFor() }))
  sometimes(3, () => ({ kind: 'part', who: someone(), channel: rng.pick(['tea', 'maps', 'general']) }))
  sometimes(3, () => ({ kind: 'join', who: someone(), channel: rng.pick(['tea', 'maps', 'general']) }))
  sometimes(3, () => ({
    kind: 'sleep',
    machine: rng.integer(0, machines.length - 1),
    ms: rng.scale(500, 60_000),
    clockStops: rng.chance(0.3),
    isDeaf: rng.chance(0.5),
  }))
  sometimes(4, () => cut(rng, machines.length))
  sometimes(3, () => ({
    kind: 'tracker',
    ending: rng.pick(['leave', 'crash', 'power cut']),
    downFor: downFor(),
  }))
  if (users.length > 2 && rng.chance(0.3))
    steps.push({
      at: rng.between(5_000, end),
      action: { kind: 'end for good', who: someone(), ending: ending() },
    })
  return steps
}

/** Leaps of clocks: while programs run, and between two lives of one. */
function leaps(rng: Rng, users: readonly UserPlan[], machines: readonly MachinePlan[], end: number): Step[] {
  if (rng.chance(0.5)) return []
  const steps: Step[] = []
  const when = (): number => rng.between(2_000, end)
  for (let count = rng.integer(0, 3); count > 0; count--) {
    const machine = rng.integer(0, machines.length - 1)
    steps.push({
      at: when(),
      action: { kind: 'leap', machine, by: rng.pick(LEAPS), ms: rng.scale(100, 60_000) },
    })
  }
  for (let count = rng.integer(0, 2); count > 0; count--) {
    const who = rng.pick(users).name
    const clockOffset = rng.pick([0, ...LEAPS])
    const ending = rng.pick<Ending>(['leave', 'crash'])
    steps.push({
      at: when(),
      action: { kind: 'end', who, ending, downFor: rng.scale(50, 30_000), clockOffset },
    })
  }
  return steps
}

/** A partition, perhaps in one direction only. */
function cut(rng: Rng, machines: number): Action {
  const all = rng.shuffled(Array.from({ length: machines }, (_, index) => index))
  const size = rng.integer(1, machines - 1)
  const [from, to] = [all.slice(0, size), all.slice(size)]
  return { kind: 'cut', from, to, isOneWay: rng.chance(0.4), ms: rng.scale(500, 60_000) }
}
