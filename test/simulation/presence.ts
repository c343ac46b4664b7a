/** Who sees whom: when it is quiet, nobody who is there is missing, and nobody who is gone is left. */
import { addressKey } from '../../src/chat/model.ts'
import type { Person } from './person.ts'

interface Sight {
  readonly person: Person
  readonly other: Person
  readonly channel: string
  readonly sees: boolean
}

/** `hasTracker`: there is one, so those who use it know each other. */
export function strangers(people: readonly Person[], hasTracker: boolean): string[] {
  return sights(people)
    .filter(({ person, other, channel, sees }) => {
      return !sees && isIn(other, channel) && canKnow(person, other, hasTracker)
    })
    .map(({ person, other, channel }) => `${person.name} does not see ${other.name} in #${channel}`)
}

export function ghosts(people: readonly Person[]): string[] {
  return sights(people)
    .filter(({ other, channel, sees }) => sees && !isIn(other, channel))
    .map(({ person, other, channel }) => `${person.name} sees the ghost of ${other.name} in #${channel}`)
}

/** Each of those who are there, each channel it is in, and each of the others. */
function sights(people: readonly Person[]): Sight[] {
  return people.flatMap((person) =>
    (person.peer?.channels ?? []).flatMap((channel) => {
      const seen = new Set(person.peer?.members(channel).map(addressKey))
      const others = people.filter((other) => other !== person)
      return others.map((other) => ({ person, other, channel, sees: seen.has(other.id) }))
    }),
  )
}

function isIn({ peer }: Person, channel: string): boolean {
  return peer?.channels.includes(channel) === true
}

function canKnow(one: Person, other: Person, hasTracker: boolean): boolean {
  const byTracker = hasTracker && one.plan.usesTracker && other.plan.usesTracker
  return byTracker || (one.plan.usesLan && other.plan.usesLan)
}
