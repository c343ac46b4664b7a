/**
 * Who was away, or is new, asks the members of a channel what was said meanwhile: GET /p2p/history.
 *
 * Nobody's clock is believed for it: one asks for what was said within so many seconds, and is told how long ago
 * each message was said. It is told more than it missed, and keeps of that what it has not. What passes between two
 * moments is the longer of what was counted and of what the wall clock shows: a machine may sleep unnoticed.
 */
import { BoundedMap } from '../../chat/bounded.ts'
import { LIMITS, TIMES } from '../../chat/limits.ts'
import { DIRECT, addressKey, type Peer } from '../../chat/model.ts'
import { ChatError } from '../../chat/errors.ts'
import type { Fields } from '../../chat/wire/fields.ts'
import { historyBody } from '../../chat/wire/history.ts'
import { incomingMessage, messageBody, type IncomingMessage } from '../../chat/wire/messages.ts'
import { jsonObject } from '../../http/body.ts'
import { ClientError } from '../../http/client-connection.ts'
import { hostKey, isLoopback } from '../../http/ip.ts'
import { ProtocolError } from '../../http/message.ts'
import { placeOf } from '../../chat/moment.ts'
import { USER_AGENT } from '../self/version.ts'
import type { Clock } from '../../chat/clock.ts'
import type { Random } from '../../chat/random.ts'
import type { HttpClient } from '../../http/network.ts'
import type { Entry } from '../../store/store.ts'

export interface CatchUpOptions {
  readonly client: Pick<HttpClient, 'request'>
  /** Its `now()` is the time of the store. */
  readonly clock: Clock
  readonly random: Random
  /** Ours, by which those whom we ask know who asks. */
  readonly port: () => number
  readonly isJoined: (channel: string) => boolean
  /** Who else is in a channel. */
  readonly members: (channel: string) => readonly Peer[]
  /** A message that a peer listening at `remote` and `port` has told us of. Throws Refused, with 429 when that host has told enough for now. */
  readonly onMessage: (message: IncomingMessage, remote: string, port: number) => void
  /** A host has answered as a peer does. */
  readonly onAnswered?: (peer: Peer) => void
}

const FIELDS = Object.freeze({ 'User-Agent': USER_AGENT })

/** In milliseconds. Many may have come at once; who has just come may not listen yet. */
const WITHIN = 500
/** Nobody notices at once that somebody is gone: it is asked for more than the time since. */
const MARGIN = 60_000
/** Between attempts, when there was no answer; the last is after about a minute. */
const PAUSES = [1_000, 4_000, 15_000, 40_000]
/** Members that we remember having lost, or asked; the oldest are asked for everything, or again. */
const MOST_REMEMBERED = 4_096
/** What was said just before an answer may not have been in it, in milliseconds. */
const OVERLAP = 5_000

/** When something was, by both clocks: in milliseconds. */
interface Moment {
  readonly counted: number
  readonly wall: number
}

interface Question {
  readonly peer: Peer
  readonly channel: string
  /** What was said since then is asked for, and what was said so many milliseconds before. */
  readonly since: Moment
  readonly before: number
  /** It is because it has asked us: it need not ask us again. */
  readonly isReturned: boolean
}

export class HistorySync {
  readonly #options: CatchUpOptions
  /** When we lost sight of somebody in a channel, by channel and AddressKey. */
  readonly #lost = new BoundedMap<string, Moment>(MOST_REMEMBERED)
  /** When somebody has answered for a channel last. */
  readonly #answered = new BoundedMap<string, Moment>(MOST_REMEMBERED)
  /** When a host is asked in return for a channel, last or next: of Clock.now(). */
  readonly #askedBack = new BoundedMap<string, number>(MOST_REMEMBERED)
  readonly #pending = new Map<string, () => void>()
  #isStopped = false

  constructor(options: CatchUpOptions) {
    this.#options = options
  }

  /** Somebody has come into a channel of ours, or we have come to it: it may know what we missed. */
  met(peer: Peer, channel: string): void {
    if (channel === DIRECT || peer.lsnp !== undefined || this.#isStopped) return
    const { random, members } = this.#options
    const key = keyOf(peer, channel)
    const lost = this.#lost.get(key)
    this.#lost.delete(key)
    // Of many, some are enough: each of them asks a few, and is asked by a few.
    const isOneOfFew = random() * crowd(members(channel)) < LIMITS.askedForHistory
    if (!isOneOfFew || this.#pending.has(key)) return
    const since = lost ?? this.#now()
    const before = lost === undefined ? TIMES.caughtUp : MARGIN
    this.#later(key, WITHIN * random(), () =>
      this.#ask({ peer, channel, since, before, isReturned: false }, 0),
    )
  }

  /** Somebody is not seen in a channel any more. */
  lost(peer: Peer, channel: string): void {
    const key = keyOf(peer, channel)
    this.#lost.set(key, this.#now())
    this.#pending.get(key)?.()
    this.#pending.delete(key)
  }

  /**
   * Somebody asks us what was said within so many milliseconds: it had lost sight of us, though we may not have
   * noticed, because we slept or because only one way was cut. So we have missed something, too.
   */
  askedBy(peer: Peer, channel: string, within: number): void {
    const { random, members } = this.#options
    const key = keyOf(peer, channel)
    if (this.#pending.has(key) || this.#isStopped) return
    if (random() * crowd(members(channel)) >= LIMITS.askedForHistory) return
    const answered = this.#answered.get(key)
    const before = Math.min(within, answered === undefined ? Infinity : this.#passed(answered) + OVERLAP)
    const question = { peer, channel, since: this.#now(), before, isReturned: true }
    const wait = this.#waitToAskBack(peer, channel)
    this.#later(key, wait + WITHIN * random(), () => this.#ask(question, 0))
  }

  /** In milliseconds. A host that asks again and again, from any port, does not make us read its answers more often. */
  #waitToAskBack(peer: Peer, channel: string): number {
    const now = this.#options.clock.now()
    const key = `${channel} ${isLoopback(peer.ip) ? addressKey(peer) : hostKey(peer.ip)}`
    const at = Math.max(now, (this.#askedBack.get(key) ?? -Infinity) + TIMES.askedBack)
    this.#askedBack.set(key, at)
    return at - now
  }

  /** Nobody is asked any more. */
  stop(): void {
    this.#isStopped = true
    for (const cancel of this.#pending.values()) cancel()
    this.#pending.clear()
  }

  #now(): Moment {
    const { clock } = this.#options
    return { counted: clock.now(), wall: clock.wall() }
  }

  /** Since a moment, in milliseconds. */
  #passed({ counted, wall }: Moment): number {
    const now = this.#now()
    return Math.max(now.counted - counted, now.wall - wall)
  }

  #later(key: string, ms: number, task: () => Promise<void>): void {
    const cancel = this.#options.clock.after(ms, () => {
      this.#pending.delete(key)
      void task()
    })
    this.#pending.set(key, cancel)
  }

  /** Never rejects. */
  async #ask(question: Question, attempt: number): Promise<void> {
    const { peer, channel, since, before, isReturned } = question
    const { client, port, isJoined, onMessage, onAnswered } = this.#options
    if (!isJoined(channel)) return
    const within = Math.ceil((this.#passed(since) + before) / 1000)
    const asked = `channel=${encodeURIComponent(channel)}&within=${within}&port=${port()}`
    const target = `/p2p/history?${asked}${isReturned ? '&returned=1' : ''}`
    try {
      const address = { host: peer.ip, port: peer.port }
      const { status, body } = await client.request(address, { method: 'GET', target, headers: FIELDS })
      if (status === 429 || status >= 500) this.#again(question, attempt)
      if (status !== 200) return
      const messages = messagesOf(body)
      if (messages === undefined) return
      onAnswered?.(peer)
      const asked = messages.filter((each) => each.channel === channel && each.age <= within * 1000)
      for (const message of asked) onMessage(message, peer.ip, peer.port)
      this.#remember(keyOf(peer, channel))
    } catch (error) {
      // It has spent what its host may send now: the rest is asked for later.
      const isSpent = error instanceof ChatError && error.status === 429
      if (!isSpent && !(error instanceof ClientError)) throw error
      this.#again(question, attempt)
    }
  }

  #remember(key: string): void {
    this.#answered.set(key, this.#now())
  }

  #again(question: Question, attempt: number): void {
    const pause = PAUSES[attempt]
    const key = keyOf(question.peer, question.channel)
    if (pause === undefined || this.#pending.has(key) || this.#isStopped) return
    this.#later(key, pause * (0.8 + 0.4 * this.#options.random()), () => this.#ask(question, attempt + 1))
  }
}

/** The answer to a peer's question: what was said, each with its age, oldest first. `now` is the time of the store. */
export function historyAnswer(channel: string, entries: readonly Entry[], now: number): string {
  let left: number = LIMITS.caughtUpBytes
  const bodies: string[] = []
  for (const entry of [...entries].reverse()) {
    const body = messageBody(entry.message, { hops: entry.hops, age: Math.max(1, now - placeOf(entry)) })
    left -= Buffer.byteLength(body)
    if (left < 0) break
    bodies.push(body)
  }
  return historyBody(channel, bodies.reverse())
}

/** Members of a channel; those of one host count as a few at most, so that no host keeps us from asking the others. */
function crowd(members: readonly Peer[]): number {
  const perHost = new Map<string, number>()
  for (const { ip } of members) {
    const host = hostKey(ip)
    const count = (perHost.get(host) ?? 0) + 1
    perHost.set(host, isLoopback(ip) ? count : Math.min(count, LIMITS.greetingsPerHost))
  }
  return [...perHost.values()].reduce((sum, count) => sum + count, 0)
}

/** Beside the messages themselves: the channel, and a comma for each. */
const ENVELOPE = 4_096

/** What can be read of an answer; whatever else is in it is left out. Undefined: it is none of a peer. */
function messagesOf(body: Buffer): IncomingMessage[] | undefined {
  if (body.length > LIMITS.caughtUpBytes + ENVELOPE) return undefined
  const messages = fieldsOf(() => jsonObject(body.toString()))?.['messages']
  if (!Array.isArray(messages)) return undefined
  return messages.slice(-LIMITS.caughtUp).flatMap((message: unknown) => {
    const read = fieldsOf(() => incomingMessage(Object(message) as Fields, ''))
    return read === undefined ? [] : [read]
  })
}

function fieldsOf<Value>(read: () => Value): Value | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof ChatError || error instanceof ProtocolError) return undefined
    throw error
  }
}

function keyOf(peer: Peer, channel: string): string {
  return `${channel} ${addressKey(peer)}`
}
