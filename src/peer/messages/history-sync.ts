/**
 * Catches up: a peer that was away, or is new, asks the members of a channel what was said meanwhile, by GET
 * /p2p/history.
 *
 * Invariant: no clock of another peer is believed. A peer asks for what was said within so many seconds, and is told how
 * long ago each message was said. It asks for more than it missed, and keeps what it does not have. The time between two
 * moments is the longer of what was counted and of what the wall clock shows: a machine may sleep unnoticed.
 */
import { BoundedMap } from '../../chat/bounded.ts'
import { LIMITS, TIMES } from '../../chat/limits.ts'
import { DIRECT, type Peer, peerId } from '../../chat/model.ts'
import { ChatError } from '../../chat/errors.ts'
import { type Fields } from '../../chat/wire/fields.ts'
import { incomingMessage, type IncomingMessage } from '../../chat/wire/messages.ts'
import { jsonObject } from '../../http/body.ts'
import { ClientError } from '../../http/client-connection.ts'
import { hostKey, isLoopback } from '../../http/ip.ts'
import { getRequest, ifReadable } from '../self/requests.ts'
import type { Clock } from '../../chat/clock.ts'
import type { PresenceView, RosterChange } from '../../chat/presence.ts'
import type { Random } from '../../chat/random.ts'
import type { HttpClient } from '../../http/network.ts'
import type { Entrances } from '../closed/entrances.ts'
import type { Membership } from '../closed/membership.ts'
import type { Channels } from '../channels.ts'
import type { LanLink } from '../discovery/lan.ts'
import type { Vetting } from '../discovery/vetting.ts'
import type { Routes } from '../contacts/routes.ts'
import type { Feature } from '../feature.ts'
import type { Self } from '../self/self.ts'
import type { Quotas } from '../server/quotas.ts'
import type { Inbox } from './inbox.ts'

export interface HistorySyncOptions {
  readonly client: Pick<HttpClient, 'request'>
  /** Its `now()` is the time of the store. */
  readonly clock: Clock
  readonly random: Random
  readonly self: Self
  readonly channels: Channels
  readonly presence: PresenceView
  readonly inbox: Pick<Inbox, 'receiveMissed'>
  readonly quotas: Pick<Quotas, 'consume'>
  readonly vetting: Pick<Vetting, 'problem'>
  readonly routes: Pick<Routes, 'target' | 'keyAt'>
  readonly lan: Pick<LanLink, 'isForeign'> | undefined
  readonly membership: Pick<Membership, 'get'>
  readonly entrances: Pick<Entrances, 'roomOf'>
}

/** The first request leaves within this time, in milliseconds: many peers may have come at once, and may not listen yet. */
const SPREAD = 500
/** Asked for beyond the time since a peer was lost, which is noticed late: milliseconds. */
const MARGIN = 60_000
/** Between attempts without an answer, in milliseconds; the last is after about a minute. */
const PAUSES = [1_000, 4_000, 15_000, 40_000]
/** Members that are remembered as lost, or asked; the oldest are asked for everything, or again. */
const MAX_REMEMBERED = 4_096
/** Messages that are taken at a time: checking a signature takes 0.13 ms. */
const SLICE = 32
/** A message that was said just before an answer may not be in it: milliseconds. */
const OVERLAP = 5_000

/** A time by both clocks, in milliseconds. */
interface Moment {
  readonly counted: number
  readonly wall: number
}

/** Messages since a moment are asked for, and those of so many milliseconds before. */
interface Missed {
  readonly since: Moment
  readonly before: number
}

/** A question that is asked later. */
interface Pending {
  readonly missed: Missed
  readonly cancel: () => void
}

interface Question extends Missed {
  readonly peer: Peer
  readonly channel: string
  /** Asked because that peer asked: it need not ask again. */
  readonly isReturned: boolean
}

export class HistorySync implements Feature {
  readonly #options: HistorySyncOptions
  /** What a member that was lost has not told, by channel and PeerId. */
  readonly #lost = new BoundedMap<string, Missed>(MAX_REMEMBERED)
  /** When a member answered last. */
  readonly #answered = new BoundedMap<string, Moment>(MAX_REMEMBERED)
  /** When a host is asked in return, last or next, by channel: milliseconds of Clock.now(). */
  readonly #askedBack = new BoundedMap<string, number>(MAX_REMEMBERED)
  readonly #pending = new Map<string, Pending>()
  #isStopped = false

  constructor(options: HistorySyncOptions) {
    this.#options = options
  }

  onPresence(change: RosterChange): void {
    const { channels, lan } = this.#options
    const { peer } = change
    if (change.kind === 'parted') this.#lose(peer, change.channel)
    else if (change.kind === 'joined' && !channels.isGroup(change.channel) && lan?.isForeign(peer) !== true)
      this.#meet(peer, change.channel)
  }

  /** A peer is in a channel together with this one: it may know what this one missed. */
  #meet(peer: Peer, channel: string): void {
    if (channel === DIRECT || peer.lsnp !== undefined || this.#isStopped) return
    const { random } = this.#options
    const key = keyOf(peer, channel)
    const lost = this.#lost.get(key)
    this.#lost.delete(key)
    // A few of many members are enough: each asks a few, and is asked by a few.
    const isOneOfFew = random() * this.#crowd(channel) < LIMITS.askedForHistory
    if (!isOneOfFew || this.#pending.has(key)) return
    const missed = lost ?? { since: this.#now(), before: TIMES.caughtUp }
    this.#later({ peer, channel, ...missed, isReturned: false }, SPREAD * random(), 0)
  }

  /** A member that is lost before it was asked will be asked for the same, and for what comes. */
  #lose(peer: Peer, channel: string): void {
    const key = keyOf(peer, channel)
    const pending = this.#pending.get(key)
    this.#note(key, { since: this.#now(), before: MARGIN })
    if (pending === undefined) return
    this.#note(key, pending.missed)
    pending.cancel()
    this.#pending.delete(key)
  }

  /** Notes what a member is to be asked for when it is met again, unless more is noted already. */
  #note(key: string, missed: Missed): void {
    const noted = this.#lost.get(key)
    if (noted === undefined || this.#reach(missed) > this.#reach(noted)) this.#lost.set(key, missed)
  }

  /** How far back that is now: milliseconds. */
  #reach({ since, before }: Missed): number {
    return this.#passed(since) + before
  }

  /**
   * A member asks what was said within so many milliseconds. It had lost this peer, which may not have noticed, because
   * it slept or because one way only was cut. So this peer has missed something, too, and asks in return.
   */
  onRequest(peer: Peer, channel: string, within: number): void {
    const { random } = this.#options
    const key = keyOf(peer, channel)
    if (this.#pending.has(key) || this.#isStopped) return
    if (random() * this.#crowd(channel) >= LIMITS.askedForHistory) return
    const answered = this.#answered.get(key)
    const before = Math.min(within, answered === undefined ? Infinity : this.#passed(answered) + OVERLAP)
    const question = { peer, channel, since: this.#now(), before, isReturned: true }
    const wait = this.#waitToAskBack(peer, channel)
    this.#later(question, wait + SPREAD * random(), 0)
  }

  /** In milliseconds. A host that asks again and again, from any port, is not asked in return more often. */
  #waitToAskBack(peer: Peer, channel: string): number {
    const now = this.#options.clock.now()
    const key = `${channel} ${isLoopback(peer.ip) ? peerId(peer) : hostKey(peer.ip)}`
    const at = Math.max(now, (this.#askedBack.get(key) ?? -Infinity) + TIMES.askedBack)
    this.#askedBack.set(key, at)
    return at - now
  }

  stop(): void {
    this.#isStopped = true
    for (const { cancel } of this.#pending.values()) cancel()
    this.#pending.clear()
  }

  /** Members of a channel; those of one host count as a few at most, so that one host cannot crowd the others out. */
  #crowd(channel: string): number {
    const perHost = new Map<string, number>()
    for (const { ip } of this.#options.presence.members(channel)) {
      const host = hostKey(ip)
      const count = (perHost.get(host) ?? 0) + 1
      perHost.set(host, isLoopback(ip) ? count : Math.min(count, LIMITS.greetingsPerHost))
    }
    return [...perHost.values()].reduce((sum, count) => sum + count, 0)
  }

  #now(): Moment {
    const { clock } = this.#options
    return { counted: clock.now(), wall: clock.wall() }
  }

  /** Milliseconds since a moment. */
  #passed({ counted, wall }: Moment): number {
    const now = this.#now()
    return Math.max(now.counted - counted, now.wall - wall)
  }

  #later(question: Question, ms: number, attempt: number): void {
    const key = keyOf(question.peer, question.channel)
    const cancel = this.#options.clock.after(ms, () => {
      this.#pending.delete(key)
      void this.#ask(question, attempt)
    })
    this.#pending.set(key, { missed: question, cancel })
  }

  /** Never rejects. */
  async #ask(question: Question, attempt: number): Promise<void> {
    const { channel, isReturned } = question
    const { client, self, channels, inbox, quotas, vetting, routes, membership, entrances } = this.#options
    if (!channels.has(channel)) return
    const peer = this.#asKnown(question.peer)
    if (peer.key === undefined && (await vetting.problem(peer)) !== undefined) {
      this.#again(question, attempt)
      return
    }
    const within = Math.ceil(this.#reach(question) / 1000)
    const room = membership.get(channel)
    const named = room === undefined ? `channel=${encodeURIComponent(channel)}` : `closed=${room.epoch.id}`
    const asked = `${named}&within=${within}&port=${self.address.port}`
    const target = `/p2p/history?${asked}${isReturned ? '&returned=1' : ''}`
    try {
      const direct = routes.target(peer)
      const at = room === undefined ? direct : entrances.roomOf(direct, room)
      const { status, body } = await client.request(at, getRequest(target))
      if (status === 429 || status >= 500) this.#again(question, attempt)
      if (status !== 200) return
      const messages = messagesOf(body)
      if (messages === undefined) return
      const asked = messages
        .filter(({ closed, age }) => closed?.id === room?.epoch.id && age <= within * 1000)
        .map((each) => (room === undefined ? each : { ...each, channel }))
        .filter((each) => each.channel === channel)
      for (const [index, message] of asked.entries()) {
        if (index % SLICE === SLICE - 1) await this.#pause()
        quotas.consume('messages', at.host)
        inbox.receiveMissed(message, at.host, at.port, peer.key)
      }
      this.#remember(keyOf(peer, channel))
    } catch (error) {
      // The quota of its host is used up: the rest is asked for later.
      const isSpent = error instanceof ChatError && error.status === 429
      if (!isSpent && !(error instanceof ClientError)) throw error
      this.#again(question, attempt)
    }
  }

  /** Lets other work run. */
  #pause(): Promise<void> {
    return new Promise((resolve) => this.#options.clock.after(0, resolve))
  }

  /** The peer, with its key if that was proved meanwhile. */
  #asKnown(peer: Peer): Peer {
    const key = this.#options.routes.keyAt(peer)
    return (key === undefined ? undefined : this.#options.presence.get(key)) ?? peer
  }

  #remember(key: string): void {
    this.#answered.set(key, this.#now())
  }

  #again(question: Question, attempt: number): void {
    const pause = PAUSES[attempt]
    const key = keyOf(question.peer, question.channel)
    if (this.#pending.has(key) || this.#isStopped) return
    if (pause === undefined) this.#note(key, question)
    else this.#later(question, pause * (0.8 + 0.4 * this.#options.random()), attempt + 1)
  }
}

/** Bytes of an answer beside its messages: the channel, and a comma for each. */
const ENVELOPE = 4_096

/** The messages of an answer that can be read. Undefined for an answer that is none of a peer. */
function messagesOf(body: Buffer): IncomingMessage[] | undefined {
  if (body.length > LIMITS.caughtUpBytes + ENVELOPE) return undefined
  const messages = ifReadable(() => jsonObject(body.toString()))?.['messages']
  if (!Array.isArray(messages)) return undefined
  return messages.slice(-LIMITS.caughtUp).flatMap((message: unknown) => {
    const read = ifReadable(() => incomingMessage(Object(message) as Fields, ''))
    return read === undefined ? [] : [read]
  })
}

function keyOf(peer: Peer, channel: string): string {
  return `${channel} ${peerId(peer)}`
}
