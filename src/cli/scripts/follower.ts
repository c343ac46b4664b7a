/**
 * Follows the messages of a peer, also across lost connections.
 *
 * Invariant: every stored message of people that the user wants to hear is reported once, in order of arrival. A new stream
 * goes on after the last event of the old one; messages that it no longer has are read from the history.
 */
import { BoundedSet } from '../../chat/bounded.ts'
import { hushMark } from '../../chat/hush.ts'
import { fold } from '../../chat/fold.ts'
import { ChatError } from '../../chat/errors.ts'
import { arrivalOf, placeOf } from '../../chat/moment.ts'
import { backOff, type Clock } from '../../chat/clock.ts'
import { ClientError } from '../../http/client-connection.ts'
import { type LocalClient, type FollowedEvent } from '../running/local-client.ts'
import type { LocalMessage, LocalPerson, LocalState } from '../../chat/wire/local-api.ts'
import type { Random } from '../../chat/random.ts'

export type FollowedPeer = Pick<LocalClient, 'state' | 'join' | 'messages' | 'follow'>

export interface FollowerOptions {
  /** Finds the peer; undefined while it does not run. */
  readonly find: () => Promise<FollowedPeer | undefined>
  readonly wanted: Wanted
  readonly clock: Clock
  readonly random: Random
  /** `isNew`: it was not stored when the follower began. The next message waits until the promise resolves. */
  readonly onMessage: (message: LocalMessage, isNew: boolean) => Promise<void>
  /** The peer knows no user of this wanted name or address at the start: messages come when there is one. */
  readonly onUnknown: (person: string) => void
  /** The connection to the peer is lost, or back. */
  readonly onConnection: (state: 'lost' | 'back') => void
}

/** Conversations to follow; all if both lists are empty. */
export interface Wanted {
  readonly channels: readonly string[]
  /** Names as people are called here, keys, short ids or addresses. */
  readonly people: readonly string[]
}

const MIN_BACKOFF = 250
const MAX_BACKOFF = 5_000
/** Messages of one page, and of one conversation after a lost connection. */
const PAGE = 200
const MAX_GAP = 10_000
/** Keys of reported messages, so that none is reported twice. */
const MAX_SEEN = 10_000

export class Follower {
  readonly #options: FollowerOptions
  readonly #seen = new BoundedSet<string>(MAX_SEEN)
  /** What each person may be called by, folded, by id: from the state. */
  readonly #words = new Map<string, readonly string[]>()
  #conversations: readonly string[] = []
  /** The arrival of the newest message, in the time of the peer's store: milliseconds. */
  #newest = -Infinity
  #lastId: string | undefined

  constructor(options: FollowerOptions) {
    this.#options = options
  }

  /**
   * Begins with the last `last` messages and goes on until `signal` is aborted. Rejects with ClientError or ChatError if
   * the first connection fails.
   */
  async run(peer: FollowedPeer, last: number, signal: AbortSignal): Promise<void> {
    await this.#begin(peer, last)
    const isOver = (): boolean => signal.aborted
    let attempt = 0
    for (let at: FollowedPeer | undefined = peer; !isOver(); at = await this.#options.find()) {
      const hasHeard = at !== undefined && (await this.#hear(at, signal, attempt > 0))
      if (isOver()) return
      if (hasHeard) attempt = 0
      if (attempt === 0) this.#options.onConnection('lost')
      attempt++
      await this.#pause(backOff(attempt, MIN_BACKOFF, MAX_BACKOFF, this.#options.random), signal)
    }
  }

  /** Reports earlier messages, and notes which event is the last one. */
  async #begin(peer: FollowedPeer, last: number): Promise<void> {
    for (const channel of this.#options.wanted.channels) await peer.join(channel)
    const state = await peer.state()
    this.#take(state)
    for (const person of this.#options.wanted.people)
      if (!isKnown(person, state)) this.#options.onUnknown(person)
    this.#lastId = state.eventId
    const pages = await Promise.all(
      this.#conversations.map((conversation) => peer.messages(conversation, Math.max(1, last))),
    )
    const before = inOrder(pages.flatMap(({ messages }) => messages)).filter(isHeard)
    for (const message of before) this.#remember(message)
    if (last > 0) for (const message of before.slice(-last)) await this.#options.onMessage(message, false)
  }

  /** Follows one stream until it ends. Resolves to whether there was an event. */
  async #hear(peer: FollowedPeer, signal: AbortSignal, isAgain: boolean): Promise<boolean> {
    let hasHeard = false
    const hear = async (event: FollowedEvent): Promise<void> => {
      if (!hasHeard && isAgain) this.#options.onConnection('back')
      const isFirst = !hasHeard
      hasHeard = true
      await this.#handle(peer, event, isFirst)
    }
    try {
      if (isAgain) for (const channel of this.#options.wanted.channels) await peer.join(channel)
      await peer.follow(this.#lastId, hear, signal)
    } catch (error) {
      if (!(error instanceof ClientError) && !(error instanceof ChatError)) throw error
    }
    return hasHeard
  }

  async #handle(peer: FollowedPeer, event: FollowedEvent, isFirst: boolean): Promise<void> {
    if (event.kind === 'state') {
      this.#take(event.state)
      // A stream begins with the state if it cannot go on where the last one ended.
      if (isFirst) await this.#fill(peer)
    } else if (event.kind === 'message') {
      await this.#report(event.message)
    }
    this.#lastId = event.id ?? this.#lastId
  }

  /** Reports messages that arrived after the newest reported one. */
  async #fill(peer: FollowedPeer): Promise<void> {
    const missed: LocalMessage[] = []
    for (const conversation of this.#conversations) {
      let before: string | undefined
      for (let count = 0; count < MAX_GAP; count += PAGE) {
        const page = await peer.messages(conversation, PAGE, before)
        const unknown = page.messages.filter((message) => this.#isMissed(message))
        missed.push(...unknown)
        before = page.before
        if (unknown.length === 0 || before === undefined) break
      }
    }
    for (const message of inOrder(missed)) await this.#report(message)
  }

  #isMissed(message: LocalMessage): boolean {
    return arrivalOf(message) >= this.#newest && !this.#seen.has(message.key)
  }

  async #report(message: LocalMessage): Promise<void> {
    if (this.#seen.has(message.key) || !isHeard(message) || !this.#wants(message)) return
    this.#remember(message)
    await this.#options.onMessage(message, true)
  }

  #remember(message: LocalMessage): void {
    this.#newest = Math.max(this.#newest, arrivalOf(message))
    this.#seen.add(message.key)
  }

  /** Notes the names of users, and the conversations to follow. */
  #take({ people, channels, directs }: LocalState): void {
    this.#words.clear()
    for (const person of people) this.#words.set(person.id, wordsFor(person))
    const all = [...channels.map(({ name }) => name), ...directs]
    this.#conversations = all.filter((conversation) => this.#isWanted(conversation, undefined))
  }

  #wants({ conversation, from, own }: LocalMessage): boolean {
    return this.#isWanted(conversation, own ? undefined : from.name)
  }

  #isWanted(conversation: string, from: string | undefined): boolean {
    const { channels, people } = this.#options.wanted
    if (channels.length + people.length === 0) return true
    if (!conversation.startsWith('@')) return channels.includes(conversation)
    const id = conversation.slice(1)
    const words = [fold(id), ...(from === undefined ? [] : [fold(from)]), ...(this.#words.get(id) ?? [])]
    return people.some((person) => words.includes(fold(person)))
  }

  #pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        cancel()
        signal.removeEventListener('abort', end)
        resolve()
      }
      const cancel = this.#options.clock.after(ms, end)
      signal.addEventListener('abort', end)
    })
  }
}

/** A channel is muted for the user's attention, which is no matter of a script. */
function isHeard({ hushed }: LocalMessage): boolean {
  return hushMark(hushed) === undefined
}

function isKnown(person: string, { people, directs }: LocalState): boolean {
  const known = [...people.flatMap(wordsFor), ...directs.map((direct) => fold(direct.slice(1)))]
  return known.includes(fold(person))
}

/** What a person may be called by, folded. */
function wordsFor({ id, name, short = id, addresses }: LocalPerson): string[] {
  return [id, name, short, ...addresses].map(fold)
}

function inOrder(messages: readonly LocalMessage[]): LocalMessage[] {
  return messages.toSorted((one, other) => arrivalOf(one) - arrivalOf(other) || placeOf(one) - placeOf(other))
}
