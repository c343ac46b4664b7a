/**
 * What is to happen in a run, decided beforehand by its seed: who there is, who says what when, and which troubles
 * come over them. Pure.
 *
 * Not every run has every kind of trouble: a run without losses finds mistakes that losses would hide.
 */
import { Dice } from './dice.ts'
import type { Weather } from './wire.ts'

export interface PersonPlan {
  readonly name: string
  /** Index of the machine that it sits at. */
  readonly machine: number
  readonly port: number
  readonly usesTracker: boolean
  readonly usesLan: boolean
}

interface MachinePlan {
  readonly name: string
  readonly ip: string
  /** By how much its clock is wrong, in milliseconds. */
  readonly offset: number
  /** Seconds of its clock in one second. */
  readonly rate: number
}

/** How a program comes to an end: asked to, killed, or because the machine has no power. */
export type Ending = 'leave' | 'crash' | 'power cut'

/** Times in milliseconds; `who` is a name, machines are indices. */
export type Action =
  | { readonly kind: 'start'; readonly who: string }
  | { readonly kind: 'say'; readonly who: string; readonly channel: string; readonly text: string }
  | { readonly kind: 'direct'; readonly who: string; readonly to: string; readonly text: string }
  | { readonly kind: 'join'; readonly who: string; readonly channel: string }
  | { readonly kind: 'part'; readonly who: string; readonly channel: string }
  /** `clockOffset`: its clock is set while it is down. */
  | {
      readonly kind: 'end'
      readonly who: string
      readonly ending: Ending
      readonly downFor: number
      readonly clockOffset?: number
    }
  | { readonly kind: 'end for good'; readonly who: string; readonly ending: Ending }
  /** Killed so soon after the next message arrives: it may have answered, and not have written it to its disk. */
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
  /** Its clock leaps by so much while programs run, and after `ms` milliseconds it is as it was. */
  | { readonly kind: 'leap'; readonly machine: number; readonly by: number; readonly ms: number }

interface Step {
  /** Milliseconds since the start of the run. */
  readonly at: number
  readonly action: Action
}

export interface Scenario {
  readonly machines: readonly MachinePlan[]
  readonly people: readonly PersonPlan[]
  /** The machine of the tracker, or none. */
  readonly tracker: number | undefined
  readonly weather: Weather
  readonly steps: readonly Step[]
  /** When all troubles are over. */
  readonly healsAt: number
  /** Somebody ends for good when it has been quiet for a while. */
  readonly lastEnd: Action | undefined
}

const NAMES = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank'] as const
const CHANNELS = ['general', 'general', 'general', 'tea', 'maps']
const FIRST_PORT = 8_001
const HOUR = 3_600_000
const DAY = 24 * HOUR
/** By how much clocks leap, in milliseconds. */
const LEAPS = [HOUR, 25 * HOUR, 400 * DAY, 20 * 365 * DAY].flatMap((leap) => [leap, -leap])

export function scenarioFor(seed: number): Scenario {
  const dice = new Dice(seed).of('scenario')
  const hasTracker = dice.chance(0.7)
  const machines = machinePlans(dice)
  const people = peoplePlans(dice, machines.length, hasTracker)
  const healsAt = dice.between(20_000, 120_000)
  const tracker = hasTracker ? dice.integer(0, machines.length - 1) : undefined
  const steps = [
    ...starts(dice, people),
    ...talk(dice, people, healsAt),
    ...troubles(dice, people, machines, healsAt),
    ...leaps(new Dice(seed).of('clocks'), people, machines, healsAt),
  ]
  const weather = { ...(dice.chance(0.3) ? weatherOf(0, 0, 20, 0) : badWeather(dice)), ...segments(seed) }
  steps.sort((one, other) => one.at - other.at)
  const who = dice.pick(people).name
  const lastEnd = { kind: 'end for good', who, ending: dice.pick<Ending>(['leave', 'crash']) } as const
  const isLastEnd = people.length > 2 && dice.chance(0.3)
  return { machines, people, tracker, weather, steps, healsAt, lastEnd: isLastEnd ? lastEnd : undefined }
}

function machinePlans(dice: Dice): MachinePlan[] {
  const clocksAreRight = dice.chance(0.4)
  return Array.from({ length: dice.integer(2, NAMES.length) }, (_, index) => ({
    name: `pc${index + 1}`,
    ip: `192.168.1.${index + 11}`,
    offset: clocksAreRight ? 0 : dice.between(-HOUR, HOUR),
    rate: clocksAreRight ? 1 : 1 + dice.between(-1, 1) / 2_000,
  }))
}

function peoplePlans(dice: Dice, machines: number, hasTracker: boolean): PersonPlan[] {
  const count = dice.integer(2, NAMES.length)
  const isMixed = hasTracker && dice.chance(0.4)
  const allUseLan = !hasTracker || dice.chance(0.5)
  return NAMES.slice(0, count).map((name, index) => {
    const ways = isMixed ? dice.integer(1, 3) : (hasTracker ? 1 : 0) + (allUseLan ? 2 : 0)
    return {
      name,
      machine: index < machines && dice.chance(0.8) ? index : dice.integer(0, machines - 1),
      port: FIRST_PORT + index,
      usesTracker: (ways & 1) !== 0,
      usesLan: (ways & 2) !== 0,
    }
  })
}

/** In half of the runs what is written arrives as it was written. */
function segments(seed: number): Pick<Weather, 'maxSegment'> {
  const dice = new Dice(seed).of('segments')
  return { maxSegment: dice.chance(0.5) ? Infinity : Math.round(dice.scale(50, 10_000)) }
}

function badWeather(dice: Dice): Omit<Weather, 'maxSegment'> {
  const loss = dice.chance(0.5) ? dice.between(0, 0.3) : 0
  const duplication = dice.chance(0.5) ? dice.between(0, 0.2) : 0
  return weatherOf(loss, duplication, dice.scale(5, 3_000), dice.chance(0.5) ? dice.between(0, 0.15) : 0)
}

function weatherOf(
  loss: number,
  duplication: number,
  mostDelay: number,
  breaks: number,
): Omit<Weather, 'maxSegment'> {
  return { loss, duplication, leastDelay: 0.2, mostDelay, breaks }
}

function starts(dice: Dice, people: readonly PersonPlan[]): Step[] {
  return people.flatMap(({ name: who }, index) => {
    const at = index < 2 || dice.chance(0.7) ? dice.between(0, 3_000) : dice.between(3_000, 20_000)
    const channels = ['tea', 'maps'].filter(() => dice.chance(0.5))
    const joins = channels.map((channel) => ({
      at: at + dice.between(10, 5_000),
      action: { kind: 'join', who, channel } as const,
    }))
    return [{ at, action: { kind: 'start', who } as const }, ...joins]
  })
}

function talk(dice: Dice, people: readonly PersonPlan[], end: number): Step[] {
  const steps: Step[] = []
  const count = dice.integer(5, 40)
  for (let number = 1; number <= count; number++) {
    const who = dice.pick(people).name
    const at = dice.between(3_000, end)
    // Some people write several lines at once.
    const lines = dice.chance(0.2) ? dice.integer(2, 5) : 1
    const others = people.filter(({ name }) => name !== who)
    const to = dice.chance(0.25) ? dice.pick(others).name : undefined
    const channel = dice.pick(CHANNELS)
    for (let line = 1; line <= lines; line++) {
      const text = `message ${number}.${line} of ${who}`
      const action: Action =
        to === undefined ? { kind: 'say', who, channel, text } : { kind: 'direct', who, to, text }
      steps.push({ at: at + line * dice.between(0, 30), action })
    }
  }
  return steps
}

function troubles(
  dice: Dice,
  people: readonly PersonPlan[],
  machines: readonly MachinePlan[],
  end: number,
): Step[] {
  const steps: Step[] = []
  /** Up to so many times, in half of the runs. */
  const sometimes = (most: number, make: () => Action): void => {
    if (dice.chance(0.5)) return
    for (let count = dice.integer(1, most); count > 0; count--)
      steps.push({ at: dice.between(2_000, end), action: make() })
  }
  const someone = (): string => dice.pick(people).name
  const ending = (): Ending => dice.pick(['leave', 'crash', 'crash', 'power cut'])
  const downFor = (): number => dice.scale(50, 60_000)

  sometimes(4, () => {
    const clock = dice.chance(0.15) ? { clockOffset: dice.between(-HOUR, HOUR) } : {}
    return { kind: 'end', who: someone(), ending: ending(), downFor: downFor(), ...clock }
  })
  sometimes(4, () => ({ kind: 'ambush', who: someone(), after: dice.scale(0.01, 20), downFor: downFor() }))
  sometimes(3, () => ({ kind: 'part', who: someone(), channel: dice.pick(['tea', 'maps', 'general']) }))
  sometimes(3, () => ({ kind: 'join', who: someone(), channel: dice.pick(['tea', 'maps', 'general']) }))
  sometimes(3, () => ({
    kind: 'sleep',
    machine: dice.integer(0, machines.length - 1),
    ms: dice.scale(500, 60_000),
    clockStops: dice.chance(0.3),
    isDeaf: dice.chance(0.5),
  }))
  sometimes(4, () => cut(dice, machines.length))
  sometimes(3, () => ({
    kind: 'tracker',
    ending: dice.pick(['leave', 'crash', 'power cut']),
    downFor: downFor(),
  }))
  if (people.length > 2 && dice.chance(0.3))
    steps.push({
      at: dice.between(5_000, end),
      action: { kind: 'end for good', who: someone(), ending: ending() },
    })
  return steps
}

/** Clocks that leap: while programs run, and between two lives of one. */
function leaps(
  dice: Dice,
  people: readonly PersonPlan[],
  machines: readonly MachinePlan[],
  end: number,
): Step[] {
  if (dice.chance(0.5)) return []
  const steps: Step[] = []
  const when = (): number => dice.between(2_000, end)
  for (let count = dice.integer(0, 3); count > 0; count--) {
    const machine = dice.integer(0, machines.length - 1)
    steps.push({
      at: when(),
      action: { kind: 'leap', machine, by: dice.pick(LEAPS), ms: dice.scale(100, 60_000) },
    })
  }
  for (let count = dice.integer(0, 2); count > 0; count--) {
    const who = dice.pick(people).name
    const clockOffset = dice.pick([0, ...LEAPS])
    const ending = dice.pick<Ending>(['leave', 'crash'])
    steps.push({
      at: when(),
      action: { kind: 'end', who, ending, downFor: dice.scale(50, 30_000), clockOffset },
    })
  }
  return steps
}

/** Some machines cannot reach the others, or the others cannot reach them. */
function cut(dice: Dice, machines: number): Action {
  const all = dice.shuffled(Array.from({ length: machines }, (_, index) => index))
  const size = dice.integer(1, machines - 1)
  const [from, to] = [all.slice(0, size), all.slice(size)]
  return { kind: 'cut', from, to, isOneWay: dice.chance(0.4), ms: dice.scale(500, 60_000) }
}
