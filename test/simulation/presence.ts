/** Presence once the network is quiet: every user who is online is listed, and no other. */
import { peerId } from '../../src/chat/model.ts'
import type { User } from './user.ts'

interface Sight {
  readonly user: User
  readonly other: User
  readonly channel: string
  readonly sees: boolean
}

/** `hasTracker`: a tracker is running, so its users know each other. */
export function strangers(users: readonly User[], hasTracker: boolean): string[] {
  return sights(users)
    .filter(({ user, other, channel, sees }) => {
      return !sees && isIn(other, channel) && canKnow(user, other, hasTracker)
    })
    .map(({ user, other, channel }) => `${user.name} does not see ${other.name} in #${channel}`)
}

export function ghosts(users: readonly User[]): string[] {
  return sights(users)
    .filter(({ other, channel, sees }) => sees && !isIn(other, channel))
    .map(({ user, other, channel }) => `${user.name} sees the ghost of ${other.name} in #${channel}`)
}

/** Each user who is online, with each of its channels and each other user. */
function sights(users: readonly User[]): Sight[] {
  return users.flatMap((user) =>
    (user.peer?.channels ?? []).flatMap((channel) => {
      const seen = new Set(user.peer?.members(channel).map(peerId))
      const others = users.filter((other) => other !== user)
      return others.map((other) => ({ user, other, channel, sees: seen.has(other.id) }))
    }),
  )
}

function isIn({ peer }: User, channel: string): boolean {
  return peer?.channels.includes(channel) === true
}

function canKnow(one: User, other: User, hasTracker: boolean): boolean {
  const byTracker = hasTracker && one.plan.usesTracker && other.plan.usesTracker
  return byTracker || (one.plan.usesLan && other.plan.usesLan)
}
