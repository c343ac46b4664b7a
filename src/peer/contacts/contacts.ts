/**
 * Peers with keys: what sources say of them, and what they prove.
 *
 * Invariant: a source that names a key gives a hint where to try. A key that was proved changes its name, channels and
 * address only by what it says itself over a connection that proves it (POST /p2p/hello); a hint that says nothing new
 * renews a lease. A key that was not proved yet is listed as the hint says, because nothing is sent to it before a
 * connection proves it.
 */
import { TIMES } from '../../chat/limits.ts'
import { DIRECT, addressKey, peerId, type AddressKey, type Peer } from '../../chat/model.ts'
import { RateLimit } from '../../chat/rate-limit.ts'
import { shortId } from '../../identity/short-id.ts'
import { CONTACT, isTracker } from '../discovery/source.ts'
import type { Clock } from '../../chat/clock.ts'
import type { Presence, Source } from '../../chat/presence.ts'
import type { Address } from '../../http/message.ts'
import type { KeyId } from '../../identity/public-key.ts'
import type { Store } from '../../store/store.ts'
import type { Channels } from '../channels.ts'
import type { Greeted, HelloClient } from '../discovery/hello-client.ts'
import type { Events } from '../events.ts'
import type { Feature } from '../feature.ts'
import type { Profiles } from '../profiles/profiles.ts'
import type { Self } from '../self/self.ts'
import type { Identities } from './identities.ts'
import type { NameNews } from './name-news.ts'
import { hasKey, type Hint, type Keyed } from './hint.ts'
import type { Successions } from './successions.ts'
import { PendingHints, type Hints } from './pending-hints.ts'
import type { Predecessors } from './predecessors.ts'
import type { Routes } from './routes.ts'
import { Turns } from './turns.ts'

export interface ContactsOptions {
  readonly clock: Clock
  readonly store: Pick<Store, 'person' | 'calledHere'>
  readonly self: Self
  readonly channels: Channels
  readonly presence: Presence
  readonly events: Pick<Events, 'emit'>
  readonly routes: Routes
  readonly identities: Identities
  readonly predecessors: Predecessors
  readonly hello: Pick<HelloClient, 'greet'>
  readonly profiles: Pick<Profiles, 'of' | 'shown'>
  readonly names: Pick<NameNews, 'met'>
  readonly successions: Pick<Successions, 'met'>
}

/** A peer that answered a greeting. */
export type Met = Extract<Greeted, { kind: 'met' }>

/** Meetings of one peer at one address: sources may contradict it all the time. */
const MEETINGS = { perSecond: 1, burst: 4 }
/** A meeting without an answer is tried again after these pauses, in milliseconds. */
const RETRIES = [1_000, 5_000, 20_000]
/** A lease is renewed when it gets longer by this: milliseconds. */
const LEASE_GRAIN = 1_000
/** In a channel with more members the tracker's word is enough until there is something to say. */
const SMALL_CHANNEL = 64

/** Addresses with the key of this peer that the user is notified of, or that are being asked: a host can name any number. */
const MAX_DOUBLES = 4

const SILENT: Greeted = { kind: 'silent' }

export class Contacts implements Feature {
  readonly #options: ContactsOptions
  /** Meetings under way, by key and address; so are those below. */
  readonly #meetings = new Map<string, Promise<Greeted>>()
  readonly #hints = new PendingHints()
  readonly #turns = new Turns()
  readonly #rate = new RateLimit(MEETINGS)
  readonly #timers = new Map<string, () => void>()
  /** Elsewhere with the key of this peer: said once. */
  readonly #doubles = new Set<AddressKey>()
  #isStopped = false

  constructor(options: ContactsOptions) {
    this.#options = options
  }

  // --- hints ----------------------------------------------------------------------------------------

  /** A source says that a peer with this key is there. */
  hint(hint: Hint): void {
    const { self, presence, routes } = this.#options
    const { peer, source } = hint
    if (this.#isStopped) return
    if (peer.key === self.keys.id) {
      this.#noticeDouble(peer)
      return
    }
    const known = presence.get(peer.key)
    // An answer that is on its way may be older than the hint.
    const isMeeting = this.#meetings.size > 0 && this.#meetings.has(meetingId(peer))
    if (known !== undefined && !isMeeting && this.#isOld(hint, known)) return
    routes.hinted(peer.key, addressOf(peer))
    if (isMeeting) this.#hints.add(meetingId(peer), hint)
    if (routes.isProved(peer.key)) {
      if (known !== undefined && this.#agrees(hint, known)) this.#lease(hint, known)
      else this.#meetSoon(hint)
      return
    }
    // Who comes by itself is listed when it has answered, like a peer without a key.
    if (source !== CONTACT) this.#lease(hint, known ?? this.#asMet(peer))
    if (!isTracker(source) || this.#isSmall(hint)) this.#meetSoon(hint)
  }

  /** A peer that was met before this start has the name that it had then, until it says another itself. */
  #asMet(peer: Keyed): Keyed {
    return { ...peer, name: this.#options.store.person(peer.key)?.name ?? peer.name }
  }

  /** Whether the peer is called here as before it took the name of another. */
  keepsName({ key }: Peer): boolean {
    return key !== undefined && this.#options.store.calledHere(key) !== undefined
  }

  /** A source no longer says that these peers are in this channel. */
  withdraw(source: Source, channel: string, isMeant: (key: KeyId) => boolean): void {
    this.#hints.withdraw(source, channel, isMeant)
  }

  /** A source says that this peer is no longer there: it is asked itself. True when it does not answer. Never rejects. */
  async isGone(peer: Keyed): Promise<boolean> {
    const { presence, routes } = this.#options
    const known = presence.get(peer.key)
    if (known === undefined || !hasKey(known) || !routes.isProved(peer.key)) return true
    const { host, port } = routes.target(known)
    return (await this.meet({ ...known, ip: host, port })).kind !== 'met'
  }

  /** Whether the hint repeats what is listed already: every message of a peer is a hint. */
  #isOld({ source, peer, channels, isComplete, until }: Hint, known: Peer): boolean {
    const { presence, routes } = this.#options
    if (isComplete || known.name !== peer.name || known.ip !== peer.ip || known.port !== peer.port)
      return false
    const isLeased = (channel: string): boolean =>
      presence.leaseOf(peer.key, channel, source) > until - LEASE_GRAIN
    return channels.every(isLeased) && routes.isProvedAt(peer.key, addressOf(peer))
  }

  /** Whether the hint says nothing that the peer did not say itself. */
  #agrees({ source, peer, channels, isComplete, shown }: Hint, known: Peer): boolean {
    const { presence, routes, profiles } = this.#options
    if (!routes.isProvedAt(peer.key, addressOf(peer)) || known.name !== peer.name) return false
    // A tracker learns of a channel first. If it lies, the peer answers that it is not there.
    if (isTracker(source)) return true
    const { status, avatar } = profiles.of(peer.key)
    if (shown !== undefined && (shown.status !== status || shown.avatarHash !== avatar?.hash)) return false
    const listed = new Set(presence.channelsOf(peer.key))
    const isIn = (channel: string): boolean => listed.has(channel) || !this.#isOpen(channel)
    if (!channels.every(isIn)) return false
    return !isComplete || [...listed].every((channel) => !this.#isOpen(channel) || channels.includes(channel))
  }

  #isOpen(channel: string): boolean {
    return channel !== DIRECT && this.#options.channels.isOpen(channel)
  }

  #isSmall({ channels }: Hint): boolean {
    const { presence } = this.#options
    return channels.every((channel) => presence.members(channel).length <= SMALL_CHANNEL)
  }

  /** The peer is listed as it is known, in the channels of the hint. */
  #lease({ source, channels, until }: Hint, known: Peer): void {
    const { presence, channels: own } = this.#options
    for (const channel of channels)
      if (own.admits(peerId(known), channel)) presence.add(source, known, channel, until)
  }

  // --- meetings -------------------------------------------------------------------------------------

  #meetSoon(hint: Hint): void {
    const id = meetingId(hint.peer)
    this.#hints.add(id, hint)
    if (this.#meetings.has(id)) return
    const wait = this.#rate.take(id, this.#options.clock.now())
    if (wait === 0) void this.meet(hint.peer)
    else this.#later(id, wait, () => void this.meet(hint.peer))
  }

  /** Greets a peer over a connection that must prove its key. What it says is listed. Never rejects. */
  meet(peer: Keyed, attempt = 0): Promise<Greeted> {
    const id = meetingId(peer)
    const meeting = this.#meetings.get(id) ?? this.#meet(peer, id, attempt)
    this.#meetings.set(id, meeting)
    return meeting
  }

  /** In its turn. */
  async #meet(peer: Keyed, id: string, attempt: number): Promise<Greeted> {
    const { hello } = this.#options
    const turn = this.#turns.take(peer.ip)
    const hasTurn = turn === true || (await turn)
    const before = new Map(this.#hints.of(id))
    const isAsked = hasTurn && !this.#isStopped
    const greeted = isAsked ? await hello.greet({ ...addressOf(peer), key: peer.key }) : SILENT
    if (hasTurn) this.#turns.end(peer.ip)
    this.#meetings.delete(id)
    if (!this.#isStopped) this.#conclude(peer, greeted, before, attempt)
    return greeted
  }

  /** `before`: the hints that are older than the answer. */
  #conclude(peer: Keyed, greeted: Greeted, before: Hints, attempt: number): void {
    if (greeted.kind === 'silent') {
      this.#tryAgain(peer, attempt)
      return
    }
    const hints = this.#hints.take(meetingId(peer))
    if (greeted.kind === 'other' || greeted.kind === 'stranger') this.#refute(peer)
    if (greeted.kind !== 'met') return
    const news = [...hints.values()].filter((hint) => before.get(hint.source) !== hint)
    this.#list({ ...greeted.peer, key: peer.key }, greeted, hints, news)
    for (const hint of news) this.hint(hint)
  }

  #tryAgain(peer: Keyed, attempt: number): void {
    const { routes, presence, clock } = this.#options
    const id = meetingId(peer)
    routes.failed(peer.key, addressOf(peer))
    const isListed = presence.get(peer.key) !== undefined
    // A tracker does not repeat its word: as long as that stands, a peer that is not listed is tried.
    const pause = RETRIES[attempt] ?? (isListed ? undefined : RETRIES.at(-1))
    if (pause === undefined || !this.#hints.stand(id, clock.now())) this.#hints.take(id)
    else this.#later(id, pause, () => void this.meet(peer, attempt + 1))
  }

  /** Another program is there: the hint was wrong, or is out of date. */
  #refute(peer: Keyed): void {
    const { routes, presence } = this.#options
    routes.refuted(peer.key, addressOf(peer))
    if (routes.isProved(peer.key)) return
    const known = presence.get(peer.key)
    if (
      known !== undefined &&
      routes.target(known).host === peer.ip &&
      routes.target(known).port === peer.port
    )
      presence.removePeer(peer.key, 'another program is at its address')
  }

  // --- what a peer proves ---------------------------------------------------------------------------

  /** A connection to the address of this peer proved its key. `until`: the leases of the sources that know of it. */
  met(peer: Keyed, met: Met, until: ReadonlyMap<Source, number>): void {
    const { channels } = met
    const hints = [...until].map(([source, end]): [Source, Hint] => [
      source,
      { source, peer, channels, isComplete: true, until: end },
    ])
    this.#list(peer, met, new Map(hints), [])
  }

  /** `news`: hints that may be later than what the peer said: it ends nothing that they say. */
  #list(met: Keyed, { channels, shown, successions }: Met, hints: Hints, news: readonly Hint[]): void {
    const {
      presence,
      routes,
      clock,
      channels: own,
      profiles,
      identities,
      predecessors,
      names,
    } = this.#options
    routes.proved(met.key, addressOf(met))
    predecessors.met(met)
    const { key, ip, port, name } = met
    const identity = identities.of(key, met.identity)
    const peer: Keyed = { key, ip, port, name, ...(identity === undefined ? {} : { identity }) }
    this.#options.successions.met(peer, successions)
    names.met(peer)
    for (const channel of [...channels, DIRECT].filter((each) => own.admits(peer.key, each))) {
      const leases = [...hints.values()].filter((hint) => isVouching(hint, channel))
      for (const { source, until } of leases) presence.add(source, peer, channel, until)
      if (leases.length === 0) presence.add(CONTACT, peer, channel, clock.now() + TIMES.lease)
    }
    const named = new Set([...channels, ...news.flatMap((hint) => hint.channels)])
    for (const channel of presence.channelsOf(peer.key))
      if (this.#isOpen(channel) && !named.has(channel)) presence.part(peer.key, channel, 'left')
    profiles.shown(peer, { ...shown, avatar: undefined, isNews: true })
    presence.met(peer)
  }

  /** The key of this peer is in use elsewhere. */
  #noticeDouble(peer: Peer): void {
    const { self, events } = this.#options
    const address = addressKey({ ip: peer.ip, port: peer.port })
    if (self.address.isOurs(peer) || this.#doubles.has(address)) return
    if (this.#doubles.size >= MAX_DOUBLES) return
    this.#doubles.add(address)
    void this.#options.hello.greet({ ...addressOf(peer), key: self.keys.id }).then(({ kind }) => {
      if (kind !== 'self') this.#doubles.delete(address)
      else
        events.emit({
          kind: 'notice',
          text: `WARNING: your key ${shortId(self.keys.id)} is in use at ${address}, too: messages for you go to one of the two. Stop one of them, or start one with another --name or --data directory`,
        })
    })
  }

  // --- time -----------------------------------------------------------------------------------------

  #later(id: string, ms: number, task: () => void): void {
    if (this.#timers.has(id)) return
    const cancel = this.#options.clock.after(ms, () => {
      this.#timers.delete(id)
      if (!this.#isStopped) task()
    })
    this.#timers.set(id, cancel)
  }

  sweep(now: number): void {
    this.#rate.sweep(now)
  }

  stop(): void {
    this.#isStopped = true
    for (const cancel of this.#timers.values()) cancel()
    this.#turns.flush()
  }
}

/** A tracker vouches for the channels that it names; every other source hears the peer itself. */
function isVouching({ source, channels }: Hint, channel: string): boolean {
  return !isTracker(source) || channels.includes(channel)
}

function addressOf({ ip, port }: Peer): Address {
  return { host: ip, port }
}

function meetingId(peer: Keyed): string {
  return `${peer.key} ${addressKey({ ip: peer.ip, port: peer.port })}`
}
