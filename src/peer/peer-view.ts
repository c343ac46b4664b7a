/**
 * What a running peer shows: who is where, what was said, what waits, and when that is over. Invariant: looking and
 * waiting change nothing, and each peer has its label.
 */
import {
  addressKey,
  peerId,
  type AddressKey,
  type Peer,
  type PeerId,
  type Profile,
  type Receipt,
} from '../chat/model.ts'
import { sourceLabel } from './discovery/source.ts'
import type { Clock } from '../chat/clock.ts'
import type { PresenceView } from '../chat/presence.ts'
import type { Address } from '../http/message.ts'
import type { Direct, Entry, Hushed, Page, PendingMessage, Store } from '../store/store.ts'
import type { LanPeer } from '../udp/node/model.ts'
import { membersOf } from '../identity/closed-channel.ts'
import { shortId } from '../identity/short-id.ts'
import type { KeyId } from '../identity/public-key.ts'
import type { ClosedChannel, Membership } from './closed/membership.ts'
import type { Steward } from './closed/steward.ts'
import type { Channels } from './channels.ts'
import type { Contact, ContactBook, ListedContact } from './contacts/contact-book.ts'
import type { Labels, ShownEntry, ShownPage } from './contacts/labels.ts'
import type { Routes } from './contacts/routes.ts'
import type { Directory } from './contacts/directory.ts'
import type { Mark, Verification } from './contacts/verification.ts'
import type { LanLink } from './discovery/lan.ts'
import type { Hush } from './hush/hush.ts'
import type { Events } from './events.ts'
import type { Delivery } from './messages/delivery/delivery.ts'
import type { ReadMarks } from './read-marks.ts'
import type { Profiles } from './profiles/profiles.ts'
import type { Self } from './self/self.ts'

export interface PeerViewParts {
  readonly clock: Clock
  readonly store: Store
  readonly self: Self
  readonly channels: Channels
  readonly presence: PresenceView
  readonly labels: Labels
  readonly routes: Routes
  readonly directory: Directory
  readonly book: ContactBook
  readonly verification: Verification
  readonly delivery: Delivery
  readonly events: Events
  readonly marks: ReadMarks
  readonly profiles: Profiles
  readonly hush: Hush
  readonly lan: LanLink | undefined
  readonly membership: Membership
  readonly steward: Pick<Steward, 'links'>
}

export interface ClosedMember {
  readonly peer: Peer
  readonly isCreator: boolean
  readonly isHere: boolean
  /** It was invited and has not come in yet, as far as is known. */
  readonly isInvited: boolean
}

/** A closed channel as its members see it. */
export interface ClosedView {
  /** `!` and a name: what the channel is called here. */
  readonly label: string
  /** The number of its epoch, which rises with each change of its people. */
  readonly epoch: number
  /** False: it is an invitation. */
  readonly isIn: boolean
  /** This peer created it, and alone says who is in it. */
  readonly isOwn: boolean
  /** This peer among them. */
  readonly people: readonly ClosedMember[]
  /** Links that nobody has used, of an own channel. */
  readonly links: readonly string[]
}

export class PeerView {
  readonly #parts: PeerViewParts

  constructor(parts: PeerViewParts) {
    this.#parts = parts
  }

  // --- this peer ------------------------------------------------------------------------------------

  /** This peer as others see it. */
  get self(): Peer {
    return this.#parts.self.peer
  }

  /** Of the profile: the same after each start. */
  get identity(): string {
    return this.#parts.self.identity
  }

  /** What tells its closed network from others, such as `k3f9-2mx7`; undefined in an open one. */
  get network(): string | undefined {
    return this.#parts.self.network?.label
  }

  /** Where it listens. */
  get address(): Address {
    return this.#parts.self.address.listening
  }

  /** Where peers of other machines reach it; the address of the listening socket if it has only that. */
  get reachable(): Address {
    return this.#parts.self.address.reachable
  }

  /** The channels that it is in. */
  get channels(): readonly string[] {
    return this.#parts.channels.joined
  }

  isGroup(channel: string): boolean {
    return this.#parts.channels.isGroup(channel)
  }

  /** Closed channels that this peer is in, or is invited to. */
  closedChannels(): readonly ClosedView[] {
    const { membership } = this.#parts
    return [...membership.joined, ...membership.invitations].map((channel) => this.#closedView(channel))
  }

  /** Who is in a closed channel. Throws ChatError 404 if this peer is not in it. */
  closed(label: string): ClosedView {
    return this.#closedView(this.#parts.membership.in(label))
  }

  #closedView(channel: ClosedChannel): ClosedView {
    const { self, presence, steward, membership } = this.#parts
    const { label, epoch, state } = channel
    const here = new Set(presence.members(label).map(peerId))
    const people = membersOf(epoch).map((key) => ({
      peer: key === self.keys.id ? this.self : (this.known(key) ?? unmet(key)),
      isCreator: key === epoch.creator,
      isHere: key === self.keys.id || here.has(key),
      isInvited: membership.isInvited(channel, key),
    }))
    const isOwn = epoch.creator === self.keys.id
    return {
      label,
      epoch: epoch.number,
      isIn: state === 'joined',
      isOwn,
      people,
      links: isOwn ? steward.links(channel) : [],
    }
  }

  /** The time of the store, in milliseconds: the clock of `until` of `people`. */
  now(): number {
    return this.#parts.clock.now()
  }

  /** A sentence, as long as nothing can be written to disk. */
  get problem(): string | undefined {
    return this.#parts.store.problem
  }

  // --- other peers ----------------------------------------------------------------------------------

  /** All listed peers, in whatever channel. */
  get peers(): readonly Peer[] {
    return this.#shown(this.#parts.presence.peers)
  }

  /** The other members of a channel. */
  members(channel: string): readonly Peer[] {
    return this.#shown(this.#parts.presence.members(channel))
  }

  /** All peers on the LAN as LSNP knows them; empty without a LAN. */
  get people(): readonly LanPeer[] {
    return this.#parts.lan?.people ?? []
  }

  /** The one peer that a label, a short id, a key, an address or a name means, here or met before. Throws ChatError 404 or 409. */
  find(word: string): Peer {
    return this.#parts.labels.shown(this.#parts.directory.find(word))
  }

  /** The peer with this id, here or met before. */
  known(id: PeerId): Peer | undefined {
    return this.#parts.labels.known(id)
  }

  /** Whether a peer that this word may mean was met before. */
  remembers(word: string): boolean {
    return this.#parts.directory.remembers(word)
  }

  /** What to say with a message to this peer, if another one of its name is here and could be taken for it. */
  mixUp(peer: Peer): string | undefined {
    return this.#parts.directory.mixUp(peer)
  }

  /** Where the peer is reached, the address that is tried first first; where it was last if it is away. */
  addressesOf(peer: Peer): readonly AddressKey[] {
    const known = peer.key === undefined ? [] : this.#parts.routes.addresses(peer.key)
    const addresses = known.map(({ host: ip, port }) => addressKey({ ip, port }))
    return addresses.length > 0 ? addresses : [addressKey(peer)]
  }

  /** Whether a connection has proved the key of this peer since the start. */
  isProved({ key }: Peer): boolean {
    return key !== undefined && this.#parts.routes.isProved(key)
  }

  /** What a check of this start says of a peer: undefined without a key that was proved. */
  markOf(peer: Peer): Mark {
    return this.#parts.verification.mark(peer)
  }

  /** All people with keys that were met: those who are here first. */
  contacts(): readonly ListedContact[] {
    return this.#parts.book.all()
  }

  /** The people and channels that the user mutes, ignores or blocks, with dates: Unix time in milliseconds. */
  hushed(): readonly Hushed[] {
    return this.#parts.hush.all
  }

  /** What is known of a peer. */
  contact(peer: Peer): Contact {
    return this.#parts.book.of(peer)
  }

  /** The number that this screen and that of the peer show: twelve groups of five digits. Rejects with ChatError. */
  async safetyNumber(peer: Peer): Promise<readonly string[]> {
    return this.#parts.verification.safetyNumber(peer)
  }

  #shown(peers: readonly Peer[]): readonly Peer[] {
    return peers.map((peer) => this.#parts.labels.shown(peer))
  }

  /** The sources that list a peer in any channel, as the local API names them. */
  sourcesOf(id: PeerId): readonly string[] {
    const { presence } = this.#parts
    const all = presence.channelsOf(id).flatMap((channel) => [...presence.sources(id, channel)])
    return [...new Set(all.map(sourceLabel))].sort()
  }

  /** What a peer shows beside its name, or this one does. */
  profile(peer: Peer): Profile {
    const id = peerId(peer)
    return this.profileOf(id === peerId(this.self) ? undefined : id)
  }

  /** What the peer with this id shows beside its name; undefined: this peer. */
  profileOf(id: PeerId | undefined): Profile {
    return this.#parts.profiles.of(id)
  }

  // --- messages -------------------------------------------------------------------------------------

  /** The last `count` messages of a conversation, or those before a place, oldest first. */
  history(conversation: string, count: number, before?: string): ShownPage {
    return this.#page(this.#parts.store.page(conversation, count, before))
  }

  /** The next `count` messages of a conversation after a place, oldest first. */
  historyAfter(conversation: string, count: number, after: string): ShownPage {
    return this.#page(this.#parts.store.pageAfter(conversation, count, after))
  }

  /** The messages around a place (Unix time in milliseconds, without the `clockShift`), half of them before it. */
  historyAround(conversation: string, count: number, at: number): ShownPage {
    return this.#page(this.#parts.store.pageAround(conversation, count, at))
  }

  /** Messages with all of these words, newest first; in one conversation if it is named. The signal ends the search. */
  async search(
    words: string,
    count: number,
    conversation?: string,
    signal?: AbortSignal,
  ): Promise<readonly ShownEntry[]> {
    return this.#entries(await this.#parts.store.search(words, count, { conversation, signal }))
  }

  #page(page: Page): ShownPage {
    return { ...page, entries: this.#entries(page.entries) }
  }

  #entries(entries: readonly Entry[]): readonly ShownEntry[] {
    const { labels, hush } = this.#parts
    return hush.marked(labels.entries(entries))
  }

  /** The peers of kept direct messages, the last talked to first. */
  directs(): readonly Direct[] {
    return this.#parts.store.directs()
  }

  /** Until when a conversation was read: the `receivedAt` of a message, without its `clockShift`; 0 if it never was. */
  readUpTo(conversation: string): number {
    return this.#parts.marks.readUpTo(conversation)
  }

  /** An own message by its id, as it is kept. */
  own(messageId: string): ShownEntry | undefined {
    const entry = this.#parts.store.own(messageId)
    return entry && this.#entries([entry])[0]
  }

  /** Own messages that have not reached every recipient. */
  unsettled(): readonly PendingMessage[] {
    return this.#parts.store.unsettled().map((pending) => this.#parts.labels.pending(pending))
  }

  /** The receipt of an own message that waits for a recipient; undefined if it does not. */
  receipt(messageId: string): Receipt | undefined {
    const receipt = this.#parts.delivery.receipt(messageId)
    return receipt && this.#parts.labels.receipt(receipt)
  }

  /** Messages times recipients without an answer yet. */
  get waiting(): number {
    return this.#parts.delivery.waiting
  }

  // --- waiting --------------------------------------------------------------------------------------

  /** Resolves when all messages so far are on disk, or cannot be written now: then `problem` says why. */
  async saved(): Promise<void> {
    await this.#parts.store.saved().catch(() => undefined)
  }

  /** Resolves when every message was delivered or has failed, at the latest in `ms`; true if so. */
  async settled(ms: number): Promise<boolean> {
    const isSettled = await this.#parts.delivery.settled(ms)
    await this.#parts.events.settled
    return isSettled
  }

  /**
   * Resolves when more can be said without loss, or when the recipients whose queues are full took nothing for
   * `patience` milliseconds.
   */
  room(patience: number): Promise<void> {
    return this.#parts.delivery.room(patience)
  }

  /** Resolves when no newcomer of a channel gets a message that was said so far. */
  closedToNewcomers(): Promise<void> {
    return this.#parts.delivery.closedToNewcomers()
  }

  /**
   * Resolves when every message was delivered or has failed, also to newcomers, or when no recipient took one for
   * `patience` milliseconds; true if none waits.
   */
  async drained(patience: number): Promise<boolean> {
    await this.closedToNewcomers()
    const isDrained = await this.#parts.delivery.drained(patience)
    await this.#parts.events.settled
    return isDrained
  }
}

/** A member that this peer never met. */
function unmet(key: KeyId): Peer {
  return { key, ip: '', port: 0, name: shortId(key) }
}
