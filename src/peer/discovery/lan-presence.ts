/** What the LAN says of who is there, put into the roster. Pure. */
import { namedNeighbourProblem } from '../../chat/address.ts'
import { DIRECT, addressKey, type Peer, type AddressKey } from '../../chat/model.ts'
import type { Presence } from '../../chat/presence.ts'
import type { PeerSighting } from './lan-adapter.ts'

export interface LanRosterOptions {
  readonly roster: Presence
  readonly isJoined: (channel: string) => boolean
  /** Whether somebody who says that it is in this channel is listed there. */
  readonly mayHear: (id: AddressKey, channel: string) => boolean
  /** Everybody on the LAN. */
  readonly found: () => readonly PeerSighting[]
}

export class LanPresence {
  readonly #options: LanRosterOptions

  constructor(options: LanRosterOptions) {
    this.#options = options
  }

  /** Somebody announces itself. Returns it as the roster knows it; undefined for an address that is none of a peer. */
  heard(found: PeerSighting): Peer | undefined {
    const { peer, channels, groups, isComplete, until } = found
    if (peer.lsnp === undefined && namedNeighbourProblem(peer.ip, peer.port) !== undefined) return undefined
    const { roster, isJoined, mayHear } = this.#options
    const id = this.#unite(found)
    const named = new Set([...channels, ...groups, DIRECT])
    if (isComplete) this.#end(id, 'left', (channel) => !named.has(channel))
    const { ip, port } = roster.get(id) ?? peer
    const known = { ...peer, ip, port }
    const ours = [...channels.filter((channel) => mayHear(id, channel)), ...groups.filter(isJoined)]
    // Everybody on the LAN can be written to, also who is in no channel of ours.
    for (const channel of [...ours, DIRECT]) roster.add('lan', known, channel, until)
    return known
  }

  left(peer: Peer, reason: string): void {
    this.#end(addressKey(peer), reason, () => true)
  }

  /** These are in a group of LSNP, and nobody else. */
  grouped(channel: string, members: readonly PeerSighting[]): void {
    for (const member of members) this.heard(member)
    const { roster } = this.#options
    const ids = new Set(members.map(({ ids: [id] }) => roster.canonical(id)))
    for (const peer of roster.members(channel))
      if (!ids.has(addressKey(peer))) this.#end(addressKey(peer), 'left', (each) => each === channel)
  }

  /** Takes back what the LAN says, and what a peer said itself, of some of its channels. */
  #end(id: AddressKey, reason: string, isMeant: (channel: string) => boolean): void {
    const { roster } = this.#options
    for (const channel of roster.channelsOf(id).filter(isMeant)) {
      roster.remove('direct', id, channel, reason)
      roster.remove('lan', id, channel, reason)
    }
  }

  // --- addresses ------------------------------------------------------------------------------------

  /** Returns the address that it goes by. */
  #unite({ ids }: PeerSighting): AddressKey {
    const { roster } = this.#options
    for (const id of ids) if (this.#hasChangedHands(id)) roster.unlinkAlias(id)
    const before = roster.linkAlias(ids)
    if (ids.includes(before) || this.#isVouchedFor(before)) return before
    roster.removePeer(before, `now at ${ids[0]}`)
    return roster.linkAlias(ids)
  }

  /** An address that was another one of somebody who is still there, but there no more. */
  #hasChangedHands(id: AddressKey): boolean {
    const { roster, found } = this.#options
    const owner = roster.canonical(id)
    if (owner === id) return false
    const before = found().find(({ ids }) => ids.includes(owner))
    return before?.ids.includes(id) === false
  }

  /** By others than the LAN and itself. */
  #isVouchedFor(id: AddressKey): boolean {
    const { roster } = this.#options
    const sources = roster.channelsOf(id).flatMap((channel) => [...roster.sources(id, channel)])
    return sources.some((source) => source !== 'lan' && source !== 'direct')
  }
}
