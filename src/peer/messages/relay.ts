/**
 * Who passes messages on: a peer that sees two worlds, those on its LAN and those at its tracker, hands what one
 * says in a channel to those of the other. Pure.
 *
 * A message keeps its sender and its id, so it is shown once however many pass it on; it is passed on at most
 * LIMITS.hops times.
 */
import { LIMITS } from '../../chat/limits.ts'
import type { Peer } from '../../chat/model.ts'
import type { Source } from '../../chat/presence.ts'

export interface Member {
  readonly peer: Peer
  /** Who vouches for it. */
  readonly sources: ReadonlySet<Source>
}

/** To whom of these members a message goes that came from somebody with these sources after so many hops. */
export function relayTo(from: ReadonlySet<Source>, hops: number, members: readonly Member[]): Peer[] {
  const world = worldOf(from)
  if (world === undefined || hops >= LIMITS.hops) return []
  const other = world === 'lan' ? 'tracker' : 'lan'
  return members.filter(({ sources }) => worldOf(sources) === other).map(({ peer }) => peer)
}

/** The one world that somebody is seen in; undefined for somebody in both, who reads everything anyway. */
function worldOf(sources: ReadonlySet<Source>): 'lan' | 'tracker' | undefined {
  if (sources.has('lan') === sources.has('tracker')) return undefined
  return sources.has('lan') ? 'lan' : 'tracker'
}
