/** One run: a scenario of a seed is carried out, everything heals, it becomes quiet, and the promises are checked. */
import { CHECKS } from './checks.ts'
import { evidenceOf, isOutside } from './evidence.ts'
import { ghosts, strangers } from './presence.ts'
import { scenarioFor } from './scenario.ts'
import { World } from './world.ts'

export interface Outcome {
  readonly seed: number
  /** A sentence for each promise that was broken. */
  readonly broken: readonly string[]
  /** What happened, line by line. */
  readonly lines: readonly string[]
  /** Of these lines. */
  readonly hash: string
  readonly events: number
}

/** Within this time after the end of all troubles everything must be as it should be: virtual milliseconds. */
const QUIET = 120_000
/** Whoever ends then is seen by nobody after `GHOST` any more. */
const LAST_END = 60_000
/** A lease of 30 s, the sweeps of the tracker and of a peer, and a little for the way. */
const GHOST = 33_000

const MOST_EVENTS = 1_000_000

export async function simulate(seed: number): Promise<Outcome> {
  const scenario = scenarioFor(seed)
  const { healsAt, steps, lastEnd } = scenario
  const world = new World(scenario, seed)
  const { time, log, people } = world
  const broken: string[] = []
  const unhandled = (error: unknown): void => {
    log.error('unhandled', error)
  }
  process.on('unhandledRejection', unhandled)
  try {
    world.startTracker()
    for (const { at, action } of steps) {
      time.after(at, () => {
        world.perform(action)
      })
    }
    await time.runUntil(healsAt, MOST_EVENTS)
    world.heal()
    await time.runUntil(healsAt + LAST_END, MOST_EVENTS)
    if (lastEnd !== undefined) world.perform(lastEnd)
    await time.runUntil(healsAt + LAST_END + GHOST, MOST_EVENTS)
    broken.push(...ghosts(people))
    await time.runUntil(healsAt + QUIET, MOST_EVENTS)
    broken.push(...ghosts(people), ...strangers(people, world.hasTracker), ...waiting(world))
  } catch (error) {
    log.error('the run', error)
  }
  world.stop()
  await time.runUntil(time.now)
  process.off('unhandledRejection', unhandled)
  const evidence = await evidenceOf(world)
  for (const check of CHECKS) broken.push(...check(evidence))
  return { seed, broken: [...new Set(broken)], lines: log.lines, hash: log.hash, events: time.happened }
}

/** Nothing waits, but for people who are gone, and for people to come back into a channel. */
function waiting({ people }: World): string[] {
  if (people.some(({ isGone }) => isGone)) return []
  return people.flatMap(({ name, peer }) => {
    if (peer === undefined) return []
    const outside = peer
      .unsettled()
      .flatMap(({ message, waiting: recipients }) =>
        recipients.filter((recipient) => isOutside(recipient, message.channel, people)),
      )
    // What waited at a start is among the unsettled, and not counted as waiting.
    const count = peer.waiting - outside.length
    return count <= 0 ? [] : [`${name}: ${count} messages wait`]
  })
}
