/**
 * A list that fits into one recv(8192). Pure.
 *
 * The first programs of this family read an answer with a single recv(8192): what is longer ends for them in a
 * JSON error and an empty list. They get the peers first, in the short form if need be, and then the newest
 * messages that still fit. Whoever asks with `since` or `limit`, or is Parley, gets all of it.
 */
import { LIMITS } from '../chat/limits.ts'

/** Room for the status line and the fields of the head. */
const HEAD_BYTES = 512

export interface Listing {
  readonly peers: readonly object[]
  readonly messages?: readonly object[]
  readonly [field: string]: unknown
}

/** `short` is the form of a peer with the fields that no program can do without. */
export function fitSmallAnswer(listing: Listing, short: (index: number) => object): Listing {
  let room = LIMITS.smallAnswer - HEAD_BYTES - size({ ...listing, peers: [], messages: [] })
  const brief = size(listing.peers) > room ? listing.peers.map((_, index) => short(index)) : listing.peers
  const peers = takeWhile(brief, room)
  room -= size(peers)
  if (listing.messages === undefined) return { ...listing, peers }
  const newest = takeWhile([...listing.messages].reverse(), room)
  return { ...listing, peers, messages: newest.reverse() }
}

/** As many of the first items as fit into `room` bytes of JSON. */
function takeWhile(items: readonly object[], room: number): object[] {
  const taken: object[] = []
  let used = 0
  for (const item of items) {
    used += size(item) + 1
    if (used > room) break
    taken.push(item)
  }
  return taken
}

function size(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}
