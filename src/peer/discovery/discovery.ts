/**
 * Who is where, by all sources. Sources report here what they see. This alone writes the presence table, together with
 * Contacts, which decides what becomes of peers with keys.
 *
 * Invariant: a source adds, renews and takes back its own word, and not that of others. Two exceptions: a tracker that
 * says that a peer left a channel ends every word on it, unless the LAN sees the peer; the LAN, which hears the peer
 * itself, ends what the peer said earlier by a greeting or a message.
 */
import { namedNeighbourProblem } from '../../chat/address.ts'
import { TIMES } from '../../chat/limits.ts'
import { DIRECT, addressKey, type Peer, peerId, type PeerId } from '../../chat/model.ts'
import { CONTACT, LAN, isTracker, type Announcement, type PresenceSource, type Sighting } from './source.ts'
import type { Clock } from '../../chat/clock.ts'
import type { Presence, RosterChange, Source } from '../../chat/presence.ts'
import { hasKey, type Keyed } from '../contacts/hint.ts'
import type { Contacts, Met } from '../contacts/contacts.ts'
import type { Routes } from '../contacts/routes.ts'
import type { Vetting } from './vetting.ts'
import type { Channels } from '../channels.ts'
import type { Events } from '../events.ts'
import type { Feature } from '../feature.ts'

type KeyedSighting = Sighting & { readonly peer: Keyed }

export interface DiscoveryOptions {
  readonly presence: Presence
  readonly channels: Channels
  readonly clock: Clock
  readonly events: Pick<Events, 'emit'>
  readonly contacts: Pick<Contacts, 'hint' | 'withdraw' | 'isGone' | 'keepsName' | 'meet' | 'met'>
  readonly routes: Pick<Routes, 'keyAt'>
  readonly vetting: Pick<Vetting, 'passed'>
}

export class Discovery implements Feature {
  readonly #presence: Presence
  readonly #channels: Channels
  readonly #clock: Clock
  readonly #events: Pick<Events, 'emit'>
  readonly #contacts: Pick<Contacts, 'hint' | 'withdraw' | 'isGone' | 'keepsName' | 'meet' | 'met'>
  readonly #routes: Pick<Routes, 'keyAt'>
  readonly #vetting: Pick<Vetting, 'passed'>
  readonly #sources: PresenceSource[] = []
  /** Channels of which a source has listed the members, with these sources. */
  readonly #listed = new Map<string, Set<Source>>()
  /** A source lists a channel for the first time: its members were there before this peer, and did not just join. */
  #isFirstList = false
  #sweptAt: number | undefined

  constructor({ presence, channels, clock, events, contacts, routes, vetting }: DiscoveryOptions) {
    this.#presence = presence
    this.#channels = channels
    this.#clock = clock
    this.#events = events
    this.#contacts = contacts
    this.#routes = routes
    this.#vetting = vetting
  }

  /** Started in the order in which they are added. */
  add(source: PresenceSource): void {
    this.#sources.push(source)
  }

  // --- this peer ------------------------------------------------------------------------------------

  async start(): Promise<void> {
    for (const source of this.#sources) await source.start?.()
  }

  async stop(): Promise<void> {
    await Promise.all(this.#sources.map(async (source) => source.stop?.()))
  }

  /** This peer changed. Rejects when a source refuses it; the others are told all the same. */
  async announce(change: Announcement): Promise<void> {
    await Promise.all(this.#sources.map(async (source) => source.announce?.(change)))
  }

  /**
   * This peer is in another channel. A tracker may refuse that, and is asked before the LAN is told. Rejects when it is
   * refused.
   */
  async join(channel: string): Promise<void> {
    for (const source of this.#sources.toReversed()) await source.announce?.({ kind: 'joined', channel })
    for (const source of this.#sources)
      for (const sighting of source.sightings ?? []) this.sight(source, sighting)
  }

  /** This peer is no longer in a channel: nothing is known of its members. */
  forget(channel: string): void {
    this.#listed.delete(channel)
    this.#presence.forgetChannel(channel)
  }

  /** Asks the sources for a peer of this name that may be in no channel of this one. */
  async locate(name: string): Promise<void> {
    for (const source of this.#sources) {
      const found = await source.locate?.(name)
      if (found === undefined) continue
      const peer = this.#withKey(found)
      if (hasKey(peer)) await this.#contacts.meet(peer)
      else this.report(CONTACT, peer, [DIRECT])
    }
  }

  onPresence(change: RosterChange): void {
    if (change.kind === 'met') return
    if (change.kind === 'became') this.#events.emit({ kind: 'became', peer: change.peer, before: change.old })
    else if (change.kind === 'renamed') this.#renamed(change)
    // Peers that only direct messages go to are listed under a name that is no channel to users.
    // Gathering knows which members of a closed channel were there before.
    else if (change.kind === 'joined' && this.#channels.isClosed(change.channel)) return
    else if (change.channel !== DIRECT && !this.#isFirstList) this.#events.emit(change)
  }

  /** Contacts say why a peer that took the name of another is still called as before. */
  #renamed(change: Extract<RosterChange, { kind: 'renamed' }>): void {
    if (!this.#contacts.keepsName(change.peer)) this.#events.emit(change)
  }

  /** When the machine slept no peer could be heard: leases are longer by that time. */
  sweep(now: number): void {
    const gap = now - (this.#sweptAt ?? now)
    this.#sweptAt = now
    if (gap > TIMES.asleep) this.#presence.extendLeases(gap)
    this.#presence.sweep(now)
  }

  // --- single peers ---------------------------------------------------------------------------------

  /** A peer is in these channels; it is listed where it is admitted. `until`: milliseconds of the clock. */
  report(source: Source, reported: Peer, channels: readonly string[], until = this.#lease): void {
    const peer = this.#withKey(reported)
    if (hasKey(peer)) {
      this.#contacts.hint({ source, peer, channels, isComplete: false, until })
      return
    }
    const id = peerId(peer)
    for (const channel of channels)
      if (this.#channels.admits(id, channel)) this.#presence.add(source, peer, channel, until)
  }

  /** The peer, with its key if that was proved at its address: sources of other programs know no keys. */
  #withKey(peer: Peer): Peer {
    const key = peer.key ?? (peer.lsnp === undefined ? this.#routes.keyAt(peer) : undefined)
    return key === undefined ? peer : { ...peer, key }
  }

  /** A peer has answered: it can be written to, and is in these channels and no others. */
  update(source: Source, met: Met): void {
    const { peer, channels } = met
    if (hasKey(peer)) {
      this.#contacts.met(peer, met, new Map([[source, this.#lease]]))
      return
    }
    this.#vetting.passed(peer)
    const named = [...channels, DIRECT]
    this.report(source, peer, named)
    const id = peerId(peer)
    for (const channel of this.#presence.channelsOf(id))
      if (!named.includes(channel)) this.#presence.remove(source, id, channel, 'left')
  }

  // --- lists of a tracker ---------------------------------------------------------------------------

  /**
   * The members of a channel. A peer that an incomplete list does not name keeps the word of the source for one lease
   * more.
   */
  list(source: Source, channel: string, members: readonly Peer[], isComplete: boolean): void {
    if (!this.#channels.isOpen(channel)) return
    const now = this.#clock.now()
    const sources = this.#listed.get(channel) ?? new Set()
    this.#listed.set(channel, sources)
    this.#isFirstList = !sources.has(source)
    sources.add(source)
    const named = members.map((peer) => this.#withKey(peer))
    const keys = new Set(named.map(({ key }) => key))
    this.#contacts.withdraw(source, channel, (key) => !keys.has(key))
    this.#presence.endOthers(source, channel, named, isComplete ? now : now + TIMES.lease)
    for (const peer of named) this.report(source, peer, [channel], Infinity)
    this.#presence.sweep(now)
    if (this.#isFirstList)
      this.#events.emit({ kind: 'present', channel, peers: this.#presence.members(channel) })
    this.#isFirstList = false
  }

  /** A tracker was told that a peer left. */
  parted(source: Source, reported: Peer, channel: string, reason: string): void {
    const peer = this.#withKey(reported)
    const id = peerId(peer)
    const known = this.#presence.get(id)
    // An entry without a key, from before the peer moved or had a connection that proves it, says nothing of the key now.
    if (reported.key === undefined && known?.key !== undefined && addressKey(known) !== addressKey(reported))
      return
    if (hasKey(peer)) {
      this.#contacts.withdraw(source, channel, (key) => key === peer.key)
      this.#presence.remove(source, id, channel, reason)
      // Where no other source lists it there is nothing to ask: not every member asks a peer that leaves.
      if (![...this.#presence.sources(id, channel)].some(isOnce)) return
      void this.#contacts.isGone(peer).then((isGone) => {
        if (!isGone) return
        // It does not answer: what it said itself of any channel is over, and what others told.
        for (const each of this.#presence.channelsOf(id))
          for (const said of [...this.#presence.sources(id, each)].filter(isOnce))
            this.#presence.remove(said, id, each, reason)
      })
    } else if (this.#presence.sources(id, channel).has(LAN))
      this.#presence.remove(source, id, channel, reason)
    else this.#presence.part(id, channel, reason)
  }

  // --- announcements on the LAN ---------------------------------------------------------------------

  /** Returns the peer as it is listed; undefined for an address at which no peer may be. */
  sight(source: PresenceSource, sighting: Sighting): Peer | undefined {
    const { channels, groups, isComplete, until } = sighting
    const peer = this.#withKey(sighting.peer)
    if (peer.lsnp === undefined && namedNeighbourProblem(peer.ip, peer.port) !== undefined) return undefined
    if (hasKey(peer)) {
      this.#hint(source.id, { ...sighting, peer })
      return undefined
    }
    const id = this.#linkAddresses(source, sighting)
    const named = new Set([...channels, ...groups, DIRECT])
    if (isComplete) this.#end(source.id, id, 'left', (channel) => !named.has(channel))
    const { ip, port } = this.#presence.get(id) ?? peer
    const known = { ...peer, ip, port }
    const open = channels.filter((channel) => this.#channels.admits(id, channel))
    const shared = groups.filter((channel) => this.#channels.has(channel))
    // Each peer on the LAN can be written to, also one that shares no channel with this one.
    for (const channel of [...open, ...shared, DIRECT]) this.#presence.add(source.id, known, channel, until)
    return known
  }

  /** A source hears a peer with a key. Only a source knows who is in the groups of LSNP. */
  #hint(source: Source, { peer, channels, groups, isComplete, until, shown }: KeyedSighting): void {
    this.#contacts.hint({ source, peer, channels: [...channels, DIRECT], isComplete, until, shown })
    const known = this.#presence.get(peer.key)
    if (known === undefined) return
    for (const channel of groups.filter((each) => this.#channels.has(each)))
      this.#presence.add(source, known, channel, until)
  }

  /** A source no longer hears a peer. One with a key is asked itself, because others can send a goodbye in its name. */
  lost(source: Source, sighted: Peer, reason: string): void {
    const peer = this.#withKey(sighted)
    const end = (): void => {
      this.#end(source, peerId(peer), reason, () => true)
    }
    if (!hasKey(peer)) end()
    else
      void this.#contacts.isGone(peer).then((isGone) => {
        if (isGone) end()
      })
  }

  /** These peers are in an LSNP group, and no others. */
  group(source: PresenceSource, channel: string, members: readonly Sighting[]): void {
    for (const member of members) this.sight(source, member)
    const ids = new Set(members.map(({ peer }) => this.#presence.canonical(peerId(this.#withKey(peer)))))
    for (const peer of this.#presence.members(channel))
      if (!ids.has(peerId(peer))) this.#end(source.id, peerId(peer), 'left', (each) => each === channel)
  }

  /** Takes back what the source says, and what the peer said itself, of some of its channels. */
  #end(source: Source, id: PeerId, reason: string, isMeant: (channel: string) => boolean): void {
    for (const channel of this.#presence.channelsOf(id).filter(isMeant)) {
      this.#presence.remove(CONTACT, id, channel, reason)
      this.#presence.remove(source, id, channel, reason)
    }
  }

  /** Links the addresses of one peer; returns the one that it goes by. */
  #linkAddresses(source: PresenceSource, { ids }: Sighting): PeerId {
    for (const id of ids) if (this.#hasChangedHands(source, id)) this.#presence.unlinkAlias(id)
    const before = this.#presence.linkAlias(ids)
    if (ids.includes(before) || this.#isVouchedFor(source.id, before)) return before
    this.#presence.removePeer(before, `now at ${ids[0]}`)
    return this.#presence.linkAlias(ids)
  }

  /** Whether this alias moved away from a peer that is still online. */
  #hasChangedHands({ sightings = [] }: PresenceSource, id: PeerId): boolean {
    const owner = this.#presence.canonical(id)
    if (owner === id) return false
    const before = sightings.find(({ ids }) => ids.includes(owner))
    return before?.ids.includes(id) === false
  }

  /** Whether a source other than this one, and than the peer itself, lists the peer. */
  #isVouchedFor(source: Source, id: PeerId): boolean {
    const sources = this.#presence
      .channelsOf(id)
      .flatMap((channel) => [...this.#presence.sources(id, channel)])
    return sources.some((each) => each !== source && each !== CONTACT)
  }

  get #lease(): number {
    return this.#clock.now() + TIMES.lease
  }
}

/** Whether a source met the peer once: the LAN and trackers say themselves when it is gone. */
function isOnce(source: Source): boolean {
  return source !== LAN && !isTracker(source)
}
