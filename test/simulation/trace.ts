/** The trace of a run that the checks look at: its log, and the stores of all users. */
import { textOf } from '../../src/chat/content.ts'
import { TIMES } from '../../src/chat/limits.ts'
import { placeOf } from '../../src/chat/moment.ts'
import { DIRECT, senderKey, type ChatMessage, type Peer } from '../../src/chat/model.ts'
import { VAULT } from './closed.ts'
import { Life } from './life.ts'
import type { Entry, PendingMessage } from '../../src/store/store.ts'
import type { User } from './user.ts'
import type { Log, Said } from './record.ts'
import type { World } from './world.ts'

const CHANNELS = ['general', 'tea', 'maps', VAULT]
const ALL = 10_000

/** The store of one user. */
export interface Kept {
  readonly user: Watched
  /** Times of all commits. */
  readonly writes: readonly number[]
  /** Entries by conversation, in the order in which they are shown. */
  readonly conversations: ReadonlyMap<string, readonly Entry[]>
  readonly unsettled: readonly PendingMessage[]
  /** Store time when it was read, in milliseconds. */
  readonly now: number
}

export interface Trace {
  readonly log: Log
  readonly kept: readonly Kept[]
}

export async function traceOf({ log, users }: World): Promise<Trace> {
  const kept: Kept[] = []
  for (const user of users) {
    const store = await user.disk.read(new Life(user.machine, () => undefined))
    const conversations = new Set([...CHANNELS, ...store.directs().map(({ conversation }) => conversation)])
    const pages = [...conversations].map((name) => [name, store.page(name, ALL).entries] as const)
    const [unsettled, now] = [store.unsettled(), store.now()]
    store.close()
    user.disk.close()
    kept.push({ user, writes: user.disk.writes, conversations: new Map(pages), unsettled, now })
  }
  return { log, kept }
}

export function keptBy({ kept }: Trace, name: string): Kept {
  const found = kept.find(({ user }) => user.name === name)
  if (found === undefined) throw new RangeError(`no user is called ${name}`)
  return found
}

/** What the checks know of a user. */
export type Watched = Pick<User, 'name' | 'id' | 'plan' | 'address' | 'isGone' | 'isSettled' | 'channels'>

/** The user that this peer is: by its key, or without one by its address, if no other user comes there. */
export function userOf<Each extends Pick<Watched, 'id' | 'address' | 'isSettled'>>(
  { key, ip, port }: Peer,
  users: readonly Each[],
): Each | undefined {
  return users.find(({ id, address, isSettled }) =>
    key === undefined ? isSettled && address.host === ip && address.port === port : id === key,
  )
}

/** Whether messages of a user for this peer may wait: it is no user, has left the channel, or is where the user finds no one. */
export function mayWait(by: Watched, recipient: Peer, channel: string, users: readonly Watched[]): boolean {
  const user = userOf(recipient, users)
  if (user === undefined || !finds(by, user)) return true
  return channel !== DIRECT && !user.channels.has(channel)
}

/** Whether two users are bound to meet: again after each move, whichever user was where they were told that the other is. */
export function finds(one: Watched, other: Watched): boolean {
  if (one.isSettled && other.isSettled) return true
  const inCommon = [...one.channels].some((channel) => other.channels.has(channel))
  const byTracker = one.plan.usesTracker && other.plan.usesTracker && inCommon
  return byTracker || (one.plan.usesLan && other.plan.usesLan)
}

/** Whether it is kept under the key of its author; anybody can say the same without one. */
export function isGenuine({ message, own }: Pick<Entry, 'message' | 'own'>): boolean {
  return own || message.from.key !== undefined
}

/** Copies of a message in the history of a user. Texts are unique. */
export function copiesOf({ conversations }: Kept, { text }: Pick<Said, 'text'>): number {
  let copies = 0
  for (const entries of conversations.values())
    for (const entry of entries) if (isGenuine(entry) && textOf(entry.message.content) === text) copies++
  return copies
}

/**
 * Whether its store places this message further back than a peer that comes later asks for: its clock was set right, or
 * leapt, after the message was said.
 */
export function isPastCatchUp({ conversations, now }: Kept, { text }: Pick<Said, 'text'>): boolean {
  const entries = [...conversations.values()].flat()
  const entry = entries.find((each) => each.own && textOf(each.message.content) === text)
  return entry !== undefined && now - placeOf(entry) > TIMES.caughtUp
}

/** Whether a user may have lost what happened at this time of a life: it was killed before it was written. */
export function mayBeForgotten({ crashes }: Log, who: string, life: number, at: number): boolean {
  return crashes.some((crash) => crash.who === who && crash.life === life && at >= crash.savedAt)
}

/** The conversation of a message, for its recipient. */
export function conversationOf(message: ChatMessage): string {
  return message.channel === DIRECT ? `@${senderKey(message)}` : message.channel
}
