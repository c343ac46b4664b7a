/** The part of a plan that is about a closed channel: who is invited, who is removed, and what is said there. Pure. */
import { Rng } from './rng.ts'
import type { Step, UserPlan } from './scenario.ts'

/** What it is called by everybody: there is one in a run. */
export const VAULT = '!vault'

/** In half of the runs: the first user creates it, and changes who is in it. */
export function closedFor(seed: number, users: readonly UserPlan[], end: number): Step[] {
  const rng = new Rng(seed).of('closed')
  const [founder, ...others] = users.map(({ name }) => name)
  if (founder === undefined || rng.chance(0.5)) return []
  const steps: Step[] = [{ at: rng.between(3_000, 6_000), action: { kind: 'create', who: founder } }]
  const changes = rng.integer(others.length, 3 * others.length)
  for (let change = 0; change < changes; change++) {
    const kind = change < others.length || rng.chance(0.5) ? 'invite' : 'remove'
    const to = others[change] ?? rng.pick(others)
    steps.push({ at: rng.between(6_000, end), action: { kind, who: founder, to } })
  }
  for (let number = rng.integer(5, 25); number > 0; number--) {
    const who = rng.pick(users).name
    const text = `secret ${number} of ${who}`
    steps.push({ at: rng.between(8_000, end), action: { kind: 'say', who, channel: VAULT, text } })
  }
  return steps
}
