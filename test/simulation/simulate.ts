/** One run: the scenario of a seed, the end of all faults, a quiet time, and the checks. */
import { CHECKS } from './checks.ts'
import { mayWait, traceOf } from './trace.ts'
import { ghosts, strangers } from './presence.ts'
import { scenarioFor } from './scenario.ts'
import { World } from './world.ts'

export interface Outcome {
  readonly seed: number
  /** A sentence for each promise that was broken. */
  readonly broken: readonly string[]
  /** The log, line by line. */
  readonly lines: readonly string[]
  /** Hash of the lines. */
  readonly hash: string
  readonly events: number
}

/** Virtual milliseconds after the end of all faults within which every promise must hold. */
const QUIET = 120_000
/** Virtual milliseconds from the end of all faults to the end of the last user; no other user lists it after GHOST. */
const LAST_END = 60_000
/** A lease of 30 s, the sweeps of the tracker and of a peer, and a little for the way. */
const GHOST = 33_000

const MOST_EVENTS = 1_000_000

export async function simulate(seed: number): Promise<Outcome> {
  const scenario = scenarioFor(seed)
  const { healsAt, steps, impostor, lastEnd } = scenario
  const world = new World(scenario, seed)
  const { time, log, users } = world
  const broken: string[] = []
  const unhandled = (error: unknown): void => {
    log.error('unhandled', error)
  }
  process.on('unhandledRejection', unhandled)
  try {
    world.startTracker()
    if (impostor !== undefined)
      time.after(impostor.at, () => {
        world.startImpostor()
      })
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
    broken.push(...ghosts(users))
    await time.runUntil(healsAt + QUIET, MOST_EVENTS)
    broken.push(...ghosts(users), ...strangers(users, world.hasTracker), ...waiting(world))
  } catch (error) {
    log.error('the run', error)
  }
  world.stop()
  await time.runUntil(time.now)
  process.off('unhandledRejection', unhandled)
  const trace = await traceOf(world)
  for (const check of CHECKS) broken.push(...check(trace))
  return { seed, broken: [...new Set(broken)], lines: log.lines, hash: log.hash, events: time.happened }
}

/** Messages that wait, except for users who are gone or have left the channel. */
function waiting({ users }: World): string[] {
  if (users.some(({ isGone }) => isGone)) return []
  return users.flatMap((user) => {
    const { name, peer } = user
    if (peer === undefined) return []
    const outside = peer
      .unsettled()
      .flatMap(({ message, waiting: recipients }) =>
        recipients.filter((recipient) => mayWait(user, recipient, message.channel, users)),
      )
    // Messages that waited at a start are among the unsettled, and not counted as waiting.
    const count = peer.waiting - outside.length
    return count <= 0 ? [] : [`${name}: ${count} messages wait`]
  })
}
