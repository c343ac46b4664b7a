/**
 * A running peer: joins the server that others deliver to, the tracker that says who is there, the roster, the
 * store and the delivery. say(), direct(), join(); whatever happens is told as a ChatEvent.
 */
import { LIMITS, TIMES } from '../chat/limits.ts'
import {
  DIRECT,
  GENERAL,
  addressKey,
  type ChatEvent,
  type Peer,
  type AddressKey,
  type Picture,
  type Profile,
  type Receipt,
} from '../chat/model.ts'
import { randomHex, type Random } from '../chat/random.ts'
import { ChatError } from '../chat/errors.ts'
import { Presence, type RosterChange, type Source } from '../chat/presence.ts'
import { TCP, type HttpClient, type HttpNetwork, type HttpServer } from '../http/network.ts'
import { Directory } from './discovery/directory.ts'
import { Arrivals } from './discovery/arrivals.ts'
import { HistorySync, historyAnswer } from './messages/history-sync.ts'
import { Delivery } from './messages/delivery.ts'
import type { DeliveryResult, QueuedMessage } from './messages/delivery-result.ts'
import { HelloService } from './discovery/hello.ts'
import { HelloClient } from './discovery/hello-client.ts'
import { LanLink, type LanOptions } from './discovery/lan.ts'
import { LanPresence } from './discovery/lan-presence.ts'
import { Mailbox } from './messages/mailbox.ts'
import { OwnAddress } from './self/own-address.ts'
import { Profiles } from './profiles/profiles.ts'
import { PeerServer } from './server/server.ts'
import { EventOrder } from './messages/event-order.ts'
import { TrackerClient, type Self } from './discovery/tracker-client.ts'
import { TrackerSession } from './discovery/tracker-session.ts'
import { TrackerPresence } from './discovery/tracker-presence.ts'
import { PeerTransport } from './messages/transport.ts'
import { Vetting } from './discovery/vetting.ts'
import type { Clock } from '../chat/clock.ts'
import type { Content } from '../chat/content.ts'
import type { HistoryWanted } from '../chat/wire/history.ts'
import type { ClientOptions } from '../http/client.ts'
import type { Address } from '../http/message.ts'
import type { ServerOptions } from '../http/server.ts'
import type { PeerSighting } from './discovery/lan-adapter.ts'
import type { LanPeer } from '../udp/node/model.ts'
import type { Avatar } from '../udp/lsnp/codec.ts'
import type { Direct, Entry, Page, Store, PendingMessage } from '../store/store.ts'

export interface PeerOptions {
  readonly name: string
  /** Where to listen. */
  readonly host: string
  /** Listens on 0.0.0.0 when this machine has no such address, and a notice says so. */
  readonly hasFallback?: boolean
  /** Undefined: the first free port of 8000 to 9999. */
  readonly port: number | undefined
  readonly tracker?: Address
  /** Takes part in the LAN: announces itself, and hears who is there. */
  readonly lan?: LanOptions
  /** Peers given by hand. */
  readonly peers?: readonly Address[]
  readonly clock: Clock
  /** Between 0 and 1. */
  readonly random?: Random
  /** Where messages are kept; closed with the peer. */
  readonly store: Store
  /** TCP, unless a simulation passes another. */
  readonly network?: HttpNetwork
  readonly onEvent: (event: ChatEvent) => void
  readonly onError?: (error: unknown) => void
  /** Host names under which others may ask for this peer, beside those of this machine. */
  readonly allowHosts?: readonly string[]
  /** How long a message is tried, in milliseconds. */
  readonly giveUp?: number
  readonly server?: Pick<ServerOptions, 'caps' | 'timeouts' | 'limits' | 'maxRequests'>
  readonly client?: ClientOptions
}

export interface SayOptions {
  /** Known to whoever asks: said twice with the same id, a message is sent once. */
  readonly id?: string | undefined
}

/** For a program that announces itself to accept a connection, in milliseconds. */
const ACCEPTED_WITHIN = 1_500

/** Begins the names of the settings that say until when each conversation was read. */
const READ = 'read'

export class ChatPeer implements AsyncDisposable {
  readonly #options: PeerOptions
  readonly #clock: Clock
  readonly #random: Random
  readonly #client: HttpClient
  readonly #transmitter: PeerTransport
  readonly #vetting: Vetting
  readonly #arrivals: Arrivals
  readonly #store: Store
  readonly #delivery: Delivery
  readonly #roster: Presence
  readonly #lanRoster: LanPresence
  readonly #trackerRoster: TrackerPresence
  readonly #mailbox: Mailbox
  readonly #link: TrackerSession | undefined
  readonly #lan: LanLink | undefined
  readonly #greetings: HelloService
  readonly #introductions: HelloClient
  readonly #catchUp: HistorySync
  #reception: PeerServer | undefined
  readonly #profiles: Profiles
  readonly #teller: EventOrder
  readonly #acquaintances: Directory
  /** Random, new at every start: by which others know us, whatever the number of our addresses. */
  readonly #node: string
  readonly #joined = new Set<string>([GENERAL])
  /** Channels that we were in since the start, and left. */
  readonly #left = new Set<string>()
  #name: string
  #server: HttpServer | undefined
  #ownAddress: OwnAddress | undefined
  #cancelSweep: () => void = () => undefined
  #sweptAt: number | undefined

  private constructor(options: PeerOptions) {
    const { tracker, store, random = Math.random, network = TCP } = options
    // All that a peer does goes by the time of its store: it leaps with no clock, and goes on over a restart.
    const clock: Clock = {
      now: () => store.now(),
      wall: () => options.clock.wall(),
      after: (ms, task) => options.clock.after(ms, task),
    }
    this.#options = options
    this.#teller = new EventOrder({ onEvent: options.onEvent, saved: () => store.saved() })
    const onEvent = this.#teller.tell
    this.#clock = clock
    this.#name = options.name
    this.#store = store
    this.#random = random
    this.#node = randomHex(random, 16)
    this.#client = network.client(options.client)
    this.#transmitter = new PeerTransport(this.#client, clock)
    this.#vetting = new Vetting(this.#client, options.peers ?? [])
    this.#roster = new Presence((change) => {
      this.#changed(change)
      // Whom we talk to directly is in the roster under a name that is no channel to people.
      if (change.kind === 'renamed' || (change.channel !== DIRECT && !this.#trackerRoster.isArriving))
        onEvent(change)
    })
    this.#acquaintances = new Directory(this.#roster, store)
    this.#lanRoster = new LanPresence({
      roster: this.#roster,
      isJoined: (channel) => this.#joined.has(channel),
      mayHear: (id, channel) => this.#mayHear(id, channel),
      found: () => this.#lan?.found ?? [],
    })
    this.#trackerRoster = new TrackerPresence({
      clock,
      roster: this.#roster,
      isOurs: (channel) => this.#isOurs(channel),
      others: (peers) => this.#own.others(peers),
      mayHear: (id, channel) => this.#mayHear(id, channel),
      onPresent: (channel, peers) => {
        options.onEvent({ kind: 'present', channel, peers })
      },
    })
    this.#delivery = new Delivery({
      transmit: (to, parcels, behind) => this.#transmit(to, parcels, behind),
      takesSeveral: (to) =>
        to.lsnp === undefined && !this.#vetting.isAsking(to) && this.#transmitter.takesSeveral(to),
      clock,
      random,
      onReceipt: (receipt) => {
        onEvent({ kind: 'receipt', receipt })
      },
      onSettled: (messageId, recipient, failure) => {
        if (failure === undefined) store.delivered(messageId, recipient)
        else store.failed(messageId, recipient, failure)
      },
      ...(options.giveUp === undefined ? {} : { giveUp: options.giveUp }),
    })
    this.#arrivals = new Arrivals({
      client: this.#client,
      clock,
      roster: this.#roster,
      mayHear: (id, channel) => this.#mayHear(id, channel),
      onReached: (peer) => {
        this.#vetting.passed(peer)
      },
    })
    this.#mailbox = new Mailbox({
      clock,
      random,
      store,
      onEvent,
      roster: this.#roster,
      delivery: this.#delivery,
      self: () => this.self,
      isJoined: (channel) => this.#joined.has(channel),
      hasLeft: (channel) => this.#left.has(channel),
      isBetweenWorlds: tracker !== undefined && options.lan !== undefined,
      isClosed: (channel) => this.#isGroup(channel),
      arrived: (peer, channel) => {
        this.#vetting.wrote(peer)
        this.#arrivals.arrived(peer, [channel])
      },
      isOurs: (at, by) => this.#own.isOurs(at, by),
      onToldOf: (peer, by) => {
        const isKnown = this.#roster.get(addressKey(peer)) !== undefined
        if (!isKnown && this.#own.others([peer], by).length > 0) this.#introductions.toldOf(peer)
      },
    })
    this.#catchUp = new HistorySync({
      clock,
      random,
      client: this.#client,
      isJoined: (channel) => this.#joined.has(channel),
      port: () => this.address.port,
      members: (channel) => this.#roster.members(channel),
      onMessage: (message, remote, port) => {
        this.#reception?.spend('messages', remote, 1)
        this.#mailbox.catchUp(message, remote, port)
      },
      onAnswered: (peer) => {
        this.#vetting.passed(peer)
      },
    })
    this.#profiles = new Profiles({ client: this.#client, onEvent })
    this.#greetings = new HelloService({
      clock,
      roster: this.#roster,
      self: () => this.self,
      identity: store.identity,
      node: this.#node,
      channels: () => this.#publicChannels,
      own: () => this.#own,
      mayHear: (id, channel) => this.#mayHear(id, channel),
      arrived: (peer, channels, node) => {
        this.#arrivals.arrived(peer, channels, node)
      },
    })
    this.#introductions = new HelloClient({
      clock,
      client: this.#client,
      self: () => this.#greetings.greeting(),
      node: this.#node,
      onMet: (source, met) => {
        this.#vetting.passed(met.peer)
        this.#greetings.met(source, met)
      },
    })
    if (tracker !== undefined) this.#link = this.#linkTo(tracker)
    if (options.lan !== undefined) this.#lan = this.#linkToLan(options.lan)
  }

  /** To somebody who takes datagrams only, or over HTTP. */
  async #transmit(
    to: Peer,
    parcels: readonly QueuedMessage[],
    behind: number,
  ): Promise<readonly DeliveryResult[]> {
    const [first] = parcels
    if (first === undefined || to.lsnp === undefined) return this.#post(to, parcels, behind)
    if (this.#lan === undefined) return [{ ok: false, final: false, reason: 'this peer is not on the LAN' }]
    return [await this.#lan.transmit(to.lsnp, first)]
  }

  /**
   * Over HTTP, where a chat peer has answered: in this turn of the event loop when that is known already. What is sent
   * behind others goes as they do, so that it arrives behind them, or not at all.
   */
  #post(to: Peer, parcels: readonly QueuedMessage[], behind: number): Promise<readonly DeliveryResult[]> {
    const send = (): Promise<readonly DeliveryResult[]> => this.#transmitter.transmit(to, parcels, behind)
    if (behind > 0 || this.#vetting.hasPassed(to)) return send()
    return this.#vetting.whenPassed(to, send, (reason) => [{ ok: false, final: false, reason }])
  }

  #changed(change: RosterChange): void {
    const { peer } = change
    if (change.kind === 'renamed') return
    if (change.kind === 'parted') {
      this.#arrivals.left(addressKey(peer))
      if (this.#roster.get(addressKey(peer)) === undefined) this.#vetting.failed(peer)
      this.#catchUp.lost(peer, change.channel)
      if (this.#roster.channelsOf(addressKey(peer)).length === 0) this.#delivery.left(peer)
      return
    }
    this.#delivery.wake(peer)
    this.#store.remember(peer, this.#clock.now())
    this.#mailbox.cameTo(change.channel, peer)
    if (this.#isGroup(change.channel) || this.#lan?.isForeign(peer) === true) return
    this.#catchUp.met(peer, change.channel)
  }

  /** Listens and goes online. Rejects as these do. */
  static async start(options: PeerOptions): Promise<ChatPeer> {
    const peer = await ChatPeer.listen(options)
    await peer.goOnline()
    return peer
  }

  /** A peer that no other peer is told of yet. Rejects with the error of listen(2). */
  static async listen(options: PeerOptions): Promise<ChatPeer> {
    const peer = new ChatPeer(options)
    await peer.#listen()
    return peer
  }

  /** Announces the peer, and registers it. It is closed when that fails: rejects with the error of bind(2) for the LAN. */
  async goOnline(): Promise<void> {
    try {
      this.#announce()
      await this.#lan?.start(this.#own.isEverywhere ? undefined : this.address.host)
    } catch (error) {
      await this.close()
      throw error
    }
    this.#sweep()
    this.#link?.start()
    this.#introductions.keepGreeting(this.#options.peers ?? [])
    this.#resume()
  }

  /** What did not reach everybody the last time. */
  #resume(): void {
    const unsettled = this.#store.unsettled().filter(({ waiting }) => waiting.length > 0)
    if (unsettled.length === 0) return
    const messages = unsettled.map(({ message, waiting }) => ({ id: message.id, waiting }))
    this.#options.onEvent({ kind: 'resumed', messages })
    this.#delivery.resume(unsettled)
  }

  /** Who we are to others. */
  get self(): Peer {
    const { ip, port } = this.#own
    return { ip, port, name: this.#name }
  }

  /** Of our data: the same after each start. */
  get identity(): string {
    return this.#store.identity
  }

  /** Where we listen. */
  get address(): Address {
    return this.#own.listening
  }

  /** Where peers of other machines reach this one; the address of the listening socket, where it has only that. */
  get reachable(): Address {
    return this.#own.reachable
  }

  /** The channels we are in. */
  get channels(): readonly string[] {
    return [...this.#joined]
  }

  /** Everybody we know of, in whatever channel. */
  get peers(): readonly Peer[] {
    return this.#roster.peers
  }

  /** Who else is in a channel. */
  members(channel: string): readonly Peer[] {
    return this.#roster.members(channel)
  }

  /** The last `count` messages of a channel, or those before a place, oldest first. */
  history(channel: string, count: number, before?: string): Page {
    return this.#store.page(channel, count, before)
  }

  /** The next `count` messages of a channel after a place, oldest first. */
  historyAfter(channel: string, count: number, after: string): Page {
    return this.#store.pageAfter(channel, count, after)
  }

  /** What was said around a place (Unix time in milliseconds, without the `clockShift`), half of it before. */
  historyAround(channel: string, count: number, at: number): Page {
    return this.#store.pageAround(channel, count, at)
  }

  /** A message of ours, by its id, as it is kept. */
  own(messageId: string): Entry | undefined {
    return this.#store.own(messageId)
  }

  /** Resolves when all that was said so far is kept on disk, or cannot be written now: then `problem` says why. */
  async saved(): Promise<void> {
    await this.#store.saved().catch(() => undefined)
  }

  /** Until when a conversation was read: the `receivedAt` of a message, without its `clockShift`; 0 when it never was. */
  readUpTo(conversation: string): number {
    return Number(this.#store.setting(`${READ} ${conversation}`) ?? 0)
  }

  /**
   * A conversation was read until then, or until now: nobody has read what has still to come. It only moves forward:
   * returns until when it is read now.
   */
  markRead(conversation: string, upTo: number): number {
    const before = this.readUpTo(conversation)
    const until = Math.min(upTo, this.#clock.now())
    if (until <= before) return before
    this.#store.set(`${READ} ${conversation}`, String(until))
    return until
  }

  /** Messages with all of these words, the newest first; of one conversation, when it is named. The signal ends it. */
  search(
    words: string,
    count: number,
    conversation?: string,
    signal?: AbortSignal,
  ): Promise<readonly Entry[]> {
    return this.#store.search(words, count, conversation, signal)
  }

  /** With whom direct messages are kept, the last talked to first. */
  directs(): readonly Direct[] {
    return this.#store.directs()
  }

  /** Messages of ours that have not reached everybody. */
  unsettled(): readonly PendingMessage[] {
    return this.#store.unsettled()
  }

  /** How a message of ours fares that waits for somebody; undefined when it does not. */
  receipt(messageId: string): Receipt | undefined {
    return this.#delivery.receipt(messageId)
  }

  /** A sentence, as long as nothing can be written to disk. */
  get problem(): string | undefined {
    return this.#store.problem
  }

  /** Tries again what has failed for good; returns how many messages that is. */
  retry(): number {
    const unsettled = this.#store.retry()
    this.#delivery.resume(unsettled)
    return unsettled.length
  }

  /** Sends to everybody in a channel. Throws Refused when we are not in it. */
  say(channel: string, said: Content | string, { id }: SayOptions = {}): Receipt {
    if (!this.#joined.has(channel)) {
      throw new ChatError(404, 'not_joined', `you are not in #${channel}; /join #${channel} first`)
    }
    return this.#mailbox.send(channel, channel, said, this.#roster.members(channel), id)
  }

  /** Sends to one peer, given by name or as ip:port. Throws Refused when there is none, or more than one. */
  direct(name: string, text: string): Receipt {
    return this.#direct(this.find(name), text)
  }

  /**
   * Sends to the peer with this id, whatever others call themselves; when it is not here, as soon as it is. Throws
   * Refused when nobody was met there.
   */
  directTo(to: AddressKey, said: Content | string, { id }: SayOptions = {}): Receipt {
    return this.#direct(this.#acquaintances.at(to), said, id)
  }

  #direct(peer: Peer, said: Content | string, id?: string): Receipt {
    return this.#mailbox.send(`@${addressKey(peer)}`, DIRECT, said, [peer], id)
  }

  /** Whether somebody of this name was met once. */
  remembers(name: string): boolean {
    return this.#acquaintances.remembers(name)
  }

  /** The one peer of this name or address, here or met before. Throws Refused. */
  find(name: string): Peer {
    return this.#acquaintances.find(name)
  }

  /** The one peer of this name or address; the tracker is asked for one who is in no channel of ours. Rejects with Refused. */
  async locate(name: string): Promise<Peer> {
    if (!this.#acquaintances.isHere(name)) {
      for (const peer of this.#own.others(
        [await this.#link?.locate(name)].filter((found) => found !== undefined),
      )) {
        if (this.#mayHear(addressKey(peer), DIRECT))
          this.#roster.add('direct', peer, DIRECT, this.#clock.now() + TIMES.lease)
      }
    }
    return this.find(name)
  }

  /**
   * Resolves when the tracker knows, or cannot be told now. A group that another user made has a channel that looks like
   * an open one: a notice says so each time. Rejects when we may not join. */
  async join(channel: string): Promise<void> {
    if (channel === DIRECT)
      throw new ChatError(422, 'reserved', `#${DIRECT} is for messages to one peer: use /msg`)
    const warning = this.#lan?.warningOf(channel)
    if (warning !== undefined) this.#teller.tell({ kind: 'notice', text: warning })
    if (this.#joined.has(channel)) return
    // Groups are not ours to count: others put us into them.
    if (this.#publicChannels.length >= LIMITS.channelsPerPeer)
      throw new ChatError(429, 'too_many_channels', 'part from a channel first')
    this.#joined.add(channel)
    this.#left.delete(channel)
    try {
      if (!this.#isGroup(channel)) await this.#link?.join(channel)
    } catch (error) {
      this.#joined.delete(channel)
      throw error
    }
    this.#announce()
    for (const peer of this.#lan?.found ?? []) this.#heard(peer)
  }

  async part(channel: string): Promise<void> {
    if (!this.#joined.delete(channel)) throw new ChatError(404, 'not_joined', `you are not in #${channel}`)
    this.#left.add(channel)
    this.#trackerRoster.forget(channel)
    this.#roster.forgetChannel(channel)
    this.#announce()
    if (!this.#isGroup(channel)) await this.#link?.part(channel)
  }

  async rename(name: string): Promise<void> {
    this.#name = name
    this.#announce()
    await this.#link?.update()
  }

  /** What others see beside our name; what is not named stays, and `none` takes the picture away. Throws Refused. */
  show({ status, avatar }: { readonly status?: string; readonly avatar?: Buffer | 'none' }): void {
    const shown = this.#profiles.show({ status, avatar })
    const announced = shown.avatar === undefined ? 'none' : asLsnp(shown.avatar)
    this.#lan?.command({ kind: 'profile', status: shown.status, avatar: announced })
  }

  /** What somebody shows of itself, or we do. */
  profile(peer: Peer): Profile {
    return this.#profiles.of(addressKey(peer) === addressKey(this.self) ? undefined : addressKey(peer))
  }

  /** What the peer with this id shows of itself; undefined: what we do. */
  profileOf(id: AddressKey | undefined): Profile {
    return this.#profiles.of(id)
  }

  /** By which sources somebody is known to be here, in whatever channel. */
  sourcesOf(id: AddressKey): readonly Source[] {
    const all = this.#roster.channelsOf(id).flatMap((channel) => [...this.#roster.sources(id, channel)])
    return [...new Set(all)].sort()
  }

  /** Whether a channel is a group of LSNP. */
  isGroup(channel: string): boolean {
    return this.#isGroup(channel)
  }

  /** The LAN, for commands that only it knows. Throws Refused when this peer is on none. */
  get lan(): LanLink {
    if (this.#lan === undefined)
      throw new ChatError(409, 'no_lan', 'this peer takes no part in the LAN: start it without --no-lan')
    return this.#lan
  }

  /** The present as `until` of these people has it: the time of the store, in milliseconds. */
  now(): number {
    return this.#clock.now()
  }

  /** Everybody on the LAN as LSNP knows them; nobody where there is no LAN. */
  get people(): readonly LanPeer[] {
    return this.#lan?.people ?? []
  }

  /** Whether every datagram is told of, as a ChatEvent, where there is a LAN. */
  traceDatagrams(on: boolean): void {
    this.#lan?.command({ kind: 'verbose', on })
  }

  /** Messages times recipients that have no answer yet. */
  get waiting(): number {
    return this.#delivery.waiting
  }

  /** Resolves when every message has been delivered or has failed, at the latest in `ms`; true if so. */
  async settled(ms: number): Promise<boolean> {
    const isSettled = await this.#delivery.settled(ms)
    // By then the receipts have been told, too.
    await this.#teller.told
    return isSettled
  }

  /**
   * Resolves when more can be said without anybody losing some of it, or when those who have too much waiting took
   * nothing for `patience` milliseconds.
   */
  async room(patience: number): Promise<void> {
    await this.#delivery.room(patience)
  }

  /** Resolves when no newcomer of a channel gets what was said there so far. */
  async closedToNewcomers(): Promise<void> {
    await this.#delivery.closedToNewcomers()
  }

  /**
   * Resolves when every message has been delivered or has failed, also to those who come just after it was said, or
   * when nobody has taken any for `patience` milliseconds; true when nothing waits.
   */
  async drained(patience: number): Promise<boolean> {
    await this.closedToNewcomers()
    const isDrained = await this.#delivery.drained(patience)
    // By then the receipts have been told, too.
    await this.#teller.told
    return isDrained
  }

  /** Says goodbye to the tracker, finishes what is being received, and stops. */
  async close(): Promise<void> {
    this.#cancelSweep()
    this.#introductions.stop()
    this.#arrivals.stop()
    this.#catchUp.stop()
    await Promise.all([this.#link?.stop(), this.#lan?.stop()])
    this.#delivery.close()
    this.#client.close()
    await this.#server?.close(1_000)
    this.#store.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  // --- the LAN --------------------------------------------------------------------------------------

  #linkToLan(lan: LanOptions): LanLink {
    const { onEvent, network = TCP } = this.#options
    return new LanLink({
      ...lan,
      clock: this.#clock,
      username: this.#name,
      node: this.#node,
      random: this.#random,
      isThere: (address, node) =>
        node === undefined
          ? network.accepts(address, ACCEPTED_WITHIN)
          : this.#introductions.isNode(address, node),
      isTaken: (channel) => this.#joined.has(channel) || this.#roster.members(channel).length > 0,
      events: {
        heard: (found) => {
          this.#heard(found)
        },
        left: (peer, reason) => {
          this.#lanRoster.left(peer, reason)
        },
        said: (from, said) => {
          this.#mailbox.said(from, said)
        },
        group: (channel, members) => {
          this.#grouped(channel, members)
        },
        event: onEvent,
      },
    })
  }

  /** Somebody announces itself: in which of our channels it is, and what it shows of itself. */
  #heard(found: PeerSighting): void {
    const peer = this.#lanRoster.heard(found)
    if (peer !== undefined) this.#profiles.shown(peer, found)
  }

  /** A group of LSNP is a channel that neither a tracker nor an announcement knows of. */
  #grouped(channel: string, members: readonly PeerSighting[] | undefined): void {
    if (members === undefined) {
      this.#joined.delete(channel)
      this.#left.add(channel)
      this.#roster.forgetChannel(channel)
      return
    }
    this.#joined.add(channel)
    this.#left.delete(channel)
    this.#lanRoster.grouped(channel, members)
  }

  #isGroup(channel: string): boolean {
    return this.#lan?.groups.has(channel) === true
  }

  /** What announcements say of us. */
  #announce(): void {
    this.#lan?.command({
      kind: 'profile',
      name: this.#name,
      channels: this.#publicChannels,
      httpPort: this.address.port,
    })
  }

  /** We are in it, and it is no group of LSNP. */
  #isOurs(channel: string): boolean {
    return this.#joined.has(channel) && !this.#isGroup(channel)
  }

  /** Those that are no groups of LSNP. */
  get #publicChannels(): readonly string[] {
    return this.channels.filter((channel) => !this.#isGroup(channel))
  }

  // --- the tracker ----------------------------------------------------------------------------------

  #linkTo(address: Address): TrackerSession {
    return new TrackerSession({
      tracker: new TrackerClient(this.#client, address),
      clock: this.#clock,
      random: this.#random,
      self: () => this.#asSelf(),
      channels: () => this.#publicChannels,
      events: {
        state: (state, detail) => {
          this.#options.onEvent({ kind: 'tracker', state, detail })
        },
        address: (ip) => {
          this.#own.seenAs(ip)
        },
        members: (channel, peers, complete) => {
          this.#trackerRoster.members(channel, peers, complete)
        },
        joined: (channel, peer) => {
          this.#trackerRoster.joined(channel, peer)
        },
        parted: (channel, peer, reason) => {
          this.#trackerRoster.parted(channel, peer, reason)
        },
      },
    })
  }

  /** Others may be late, or lie: only our own channels count, and none of them is larger than it can be. */
  #mayHear(id: AddressKey, channel: string): boolean {
    const isOpen = channel === DIRECT || this.#isOurs(channel)
    if (!isOpen || this.#roster.sources(id, channel).size > 0) return isOpen
    return this.#roster.members(channel).length < LIMITS.membersPerChannel
  }

  #asSelf(): Self {
    return { ...this.self, guessed: this.#own.isEverywhere }
  }

  get #own(): OwnAddress {
    if (this.#ownAddress === undefined) throw new Error('not started')
    return this.#ownAddress
  }

  // --- running --------------------------------------------------------------------------------------

  async #listen(): Promise<void> {
    const { host, port, hasFallback = false, tracker, allowHosts = [] } = this.#options
    const { onEvent, onError, network = TCP } = this.#options
    const store = this.#store
    this.#reception = new PeerServer({
      api: {
        receive: (message, remote) => this.#mailbox.receive(message, remote),
        saved: () => store.saved(),
        history: (wanted, remote) => this.#historyFor(wanted, remote),
        takeInbox: () => this.#mailbox.takeInbox(),
        hello: () => this.#greetings.hello(),
        greeted: (fields, remote) => this.#greetings.greeted(fields, remote),
        avatar: () => this.#profiles.of(undefined).avatar,
      },
      gauges: {
        connections: () => this.#server?.connections ?? 0,
        peers: () => this.#roster.peers.length,
        channels: () => this.#joined.size,
        'outbox.waiting': () => store.unsettled().filter(({ waiting }) => waiting.length > 0).length,
        'outbox.failed': () => store.unsettled().filter(({ failed }) => failed.length > 0).length,
        'store.problem': () => (store.problem === undefined ? 0 : 1),
      },
      now: () => this.#clock.now(),
      wall: () => this.#clock.wall(),
      network,
      server: { ...this.#options.server, ...(onError === undefined ? {} : { onError }) },
      listen: { host, port, before: Number(store.setting('port') ?? NaN), hasFallback },
      allowHosts,
    })
    const listening = await this.#reception.open()
    this.#server = listening.server
    this.#ownAddress = new OwnAddress(listening.server.address, tracker)
    store.set('port', String(this.#ownAddress.port))
    if (listening.host !== host) {
      const text = `WARNING: this machine has no address ${host}; listening on ${listening.host} instead: every network can reach this peer`
      onEvent({ kind: 'notice', text })
    }
  }

  /** For whoever was away. Throws Refused where we are not, or where only members may read. */
  #historyFor({ channel, within, limit, port, isReturned }: HistoryWanted, remote: string): string {
    if (!this.#isOurs(channel))
      throw new ChatError(404, 'not_joined', `${this.#name} is not in #${channel}`, { field: 'channel' })
    const asker =
      port === undefined || isReturned ? undefined : this.#roster.get(addressKey({ ip: remote, port }))
    if (asker !== undefined && this.#roster.channelsOf(addressKey(asker)).includes(channel))
      this.#catchUp.askedBy(asker, channel, within)
    const now = this.#clock.now()
    const entries = this.#store
      .since(channel, now - within, limit)
      .filter((entry) => this.#mailbox.isToldOn(entry))
    return historyAnswer(channel, entries, now)
  }

  #sweep(): void {
    const now = this.#clock.now()
    const gap = now - (this.#sweptAt ?? now)
    this.#sweptAt = now
    if (gap > TIMES.asleep) this.#roster.extendLeases(gap)
    this.#roster.sweep(now)
    this.#reception?.sweep(now)
    this.#arrivals.sweep(now)
    this.#cancelSweep = this.#clock.after(TIMES.sweep, () => {
      this.#sweep()
    })
  }
}

/** A picture as LSNP sends it. */
function asLsnp({ hash, type, data }: Picture): { readonly hash: string; readonly picture: Avatar } {
  return { hash, picture: { type, encoding: 'base64', data } }
}
