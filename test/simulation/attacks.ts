/** The part of a plan that is about who is who: users that move, and a dishonest host and tracker. Pure. */
import { Rng } from './rng.ts'
import type { Action, ImpostorPlan, Scenario, Step, UserPlan } from './scenario.ts'

type Attacks = Pick<Scenario, 'impostor' | 'trackerLies'>

/** Of half of the runs; in the others everybody is honest. */
export function attacksFor(seed: number, users: readonly UserPlan[], end: number): Attacks {
  const rng = new Rng(seed).of('attacks')
  if (rng.chance(0.5)) return { impostor: undefined, trackerLies: false }
  const impostor: ImpostorPlan = {
    as: rng.pick(users).name,
    at: rng.between(0, end / 2),
    ip: '192.168.1.66',
    port: rng.chance(0.5) ? rng.pick(users).port : 8_066,
    door: rng.pick(['closed', 'own proof', 'false proof', 'keyless', 'own key']),
    pause: rng.scale(500, 10_000),
  }
  const trackerLies = rng.chance(0.3)
  return { impostor: rng.chance(0.8) || !trackerLies ? impostor : undefined, trackerLies }
}

/** Whether this user never moves, and no other user is where others are told that it is. */
export function isSettled(name: string, { steps, impostor, trackerLies = false }: Scenario): boolean {
  const moves = steps.some(({ action }) => {
    if (action.kind !== 'move') return false
    return action.who === name || ('placeOf' in action.to && action.to.placeOf === name)
  })
  return !moves && !trackerLies && impostor?.as !== name
}

/** Users that start again on another machine, or two that take each other's address. */
export function movesFor(seed: number, users: readonly UserPlan[], machines: number, end: number): Step[] {
  const rng = new Rng(seed).of('moves')
  if (rng.chance(0.5)) return []
  return Array.from({ length: rng.integer(1, 3) }, () => {
    const [one, other] = rng.shuffled(users)
    const who = one?.name ?? ''
    const ending = rng.pick(['leave', 'crash'] as const)
    const how = { kind: 'move', who, ending, downFor: rng.scale(50, 30_000) } as const
    const action: Action = rng.chance(0.3)
      ? { ...how, to: { placeOf: other?.name ?? who } }
      : { ...how, to: { machine: rng.integer(0, machines - 1) } }
    return { at: rng.between(3_000, end), action }
  })
}
