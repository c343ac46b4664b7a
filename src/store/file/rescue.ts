/**
 * Rescues a store that cannot be written when it ends: copies what is in memory, and what can still be read of its file,
 * into a new file, and tells the user where that is, or what was lost.
 *
 * The new file takes the path of one that was removed, but never that of another file. No directory is created: a user who
 * removed it wants nothing there.
 */
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { peerId, type Peer } from '../../chat/model.ts'
import { writeProfile } from '../profile.ts'
import { factsAt, freeName } from './watch.ts'
import type { Database } from './sqlite.ts'
import type { KeyId } from '../../identity/public-key.ts'
import type { FormerName, Hushed, KeptClosed, PendingMessage, Store, VerifiedKey } from '../store.ts'
import type { Person } from '../people.ts'
import type { Finished } from '../transaction.ts'
import type { Kept } from '../rows.ts'

/** The content of a store when it ends. */
export interface Left {
  readonly identity: string
  readonly lastSeq: number
  readonly settings: ReadonlyMap<string, string>
  readonly people: readonly Person[]
  readonly formerNames: ReadonlyMap<KeyId, readonly FormerName[]>
  readonly verified: ReadonlyMap<KeyId, VerifiedKey>
  readonly hushed: readonly Hushed[]
  readonly closed: readonly KeptClosed[]
  readonly unsettled: readonly PendingMessage[]
  /** The same messages as they are kept. */
  readonly queued: readonly Kept[]
  /** Number of messages that are in memory only. */
  readonly unsaved: number
  /** The newest messages that can be read, with those in memory, in the order of arrival. */
  readonly entries: () => readonly Kept[]
}

type Open = (path: string, fill: (database: Database) => void) => Store

/** Saves what can be saved. Returns a sentence for users about it. */
export function rescue(place: string, finished: Finished, left: Left, open: Open): string {
  const { trouble, isBehind, isElsewhere } = finished
  if (trouble === 'moved' && !isBehind)
    return isElsewhere
      ? `What was said since ${place} was moved is in the file that was moved`
      : `${place} was moved: all messages are in the file that was moved`
  if (trouble !== 'removed' && trouble !== 'damaged') return lost(place, left, 'it cannot be written')
  if (!existsSync(dirname(place))) return lost(place, left, 'its directory was removed')
  const target = factsAt(place) === undefined ? place : freeName(place, 'saved')
  try {
    const count = copyInto(target, left, open)
    const saved = `what was said since, and ${count} messages in all,`
    if (target === place) return `${place} was removed: it is made again, and ${saved} are in it`
    return `${place} was ${trouble}: ${saved} are in ${target}; to go on with them, move ${place} away and give that file its name`
  } catch (error) {
    return lost(place, left, error instanceof Error ? error.message : String(error))
  }
}

function lost(place: string, { unsaved, unsettled }: Left, reason: string): string {
  const waiting = unsettled.filter(({ waiting }) => waiting.length > 0).length
  return `${unsaved} messages that were in memory only could not be kept in ${place} (${reason}); ${waiting} of yours had not reached everybody`
}

/** Returns the number of messages. Throws StoreError. */
function copyInto(target: string, left: Left, open: Open): number {
  const store = open(target, (database) => {
    writeProfile(database, left.identity, left.lastSeq)
  })
  const unsettled = new Map(left.unsettled.map((each) => [each.message.id, each]))
  const entries = withQueued(left.entries(), left.queued)
  for (const { entry } of entries) {
    const fate = entry.own ? unsettled.get(entry.message.id) : undefined
    store.add(entry, fate === undefined ? [] : recipientsOf(fate))
    for (const { peer, reason } of fate?.failed ?? []) store.failed(entry.message.id, peerId(peer), reason)
  }
  for (const { peer, since, named, met, called } of left.people) {
    store.remember(named === since ? peer : { ...peer, name: called ?? '' }, since)
    store.remember(peer, named)
    store.remember(peer, met)
  }
  for (const [key, names] of left.formerNames)
    for (const former of names.toReversed()) store.formerNames.add(key, former)
  for (const [key, verified] of left.verified) store.verified.set(key, verified)
  for (const hushed of left.hushed) store.hushed.set(hushed)
  for (const channel of left.closed) store.closed.set(channel)
  for (const [name, value] of left.settings) store.set(name, value)
  store.close()
  if (store.problem !== undefined) throw new Error(store.problem)
  return entries.length
}

/** Adds messages of the outbox that are older than all that were read. */
function withQueued(entries: readonly Kept[], queued: readonly Kept[]): Kept[] {
  const numbers = new Set(entries.map(({ number }) => number))
  return [...queued.filter(({ number }) => !numbers.has(number)), ...entries]
}

function recipientsOf({ waiting, failed }: PendingMessage): Peer[] {
  return [...waiting, ...failed.map(({ peer }) => peer)]
}
