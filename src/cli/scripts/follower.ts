/**
 * Every message that a peer keeps, once, in the order in which they come, whatever becomes of the connection to it: a
 * stream that broke goes on behind the last event that came, and what it cannot tell any more is read from the history.
 */
import { fold } from '../../chat/fold.ts'
import { ChatError } from '../../chat/errors.ts'
import { arrivalOf, placeOf } from '../../chat/moment.ts'
import { backOff, type Clock } from '../../chat/clock.ts'
import { ClientError } from '../../http/client-connection.ts'
import { type LocalClient, type FollowedEvent } from '../running/local-client.ts'
import type { LocalMessage, LocalState } from '../../chat/wire/local-api.ts'
import type { Random } from '../../chat/random.ts'

/** The peer, as far as it is used. */
export type FollowedPeer = Pick<LocalClient, 'state' | 'join' | 'messages' | 'follow'>

export interface FollowerOptions {
  /** Where the peer is now; undefined while it does not run. */
  readonly find: () => Promise<FollowedPeer | undefined>
  readonly wanted: Wanted
  readonly clock: Clock
  readonly random: Random
  /** The next is told when it resolves. */
  readonly onMessage: (message: LocalMessage) => Promise<void>
  /** The connection to the peer is lost, or back. */
  readonly onConnection: (state: 'lost' | 'back') => void
}

/** Which conversations; all when neither is named. */
export interface Wanted {
  readonly channels: readonly string[]
  /** Names or addresses. */
  readonly people: readonly string[]
}

const FIRST_PAUSE = 250
const LONGEST_PAUSE = 5_000
/** Messages of one page, and the most that are read of one conversation for a gap. */
const PAGE = 200
const LONGEST_GAP = 10_000
/** Keys of messages that are remembered, so that none is told twice. */
const MOST_SEEN = 10_000

export class Follower {
  readonly #options: FollowerOptions
  readonly #seen = new Set<string>()
  /** Names by id, of whom the state told. */
  readonly #names = new Map<string, string>()
  #conversations: readonly string[] = []
  /** When the newest of them came, in the time of the peer's store: milliseconds. */
  #newest = -Infinity
  #lastId: string | undefined

  constructor(options: FollowerOptions) {
    this.#options = options
  }

  /**
   * Begins with the last so many messages, and goes on until `signal` is aborted. Rejects with ClientError or Refused
   * when already the beginning fails.
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
      await this.#pause(backOff(attempt, FIRST_PAUSE, LONGEST_PAUSE, this.#options.random), signal)
    }
  }

  /** What was said before: also from when on everything is new. */
  async #begin(peer: FollowedPeer, last: number): Promise<void> {
    for (const channel of this.#options.wanted.channels) await peer.join(channel)
    const state = await peer.state()
    this.#take(state)
    this.#lastId = state.eventId
    const pages = await Promise.all(
      this.#conversations.map((conversation) => peer.messages(conversation, Math.max(1, last))),
    )
    const before = inOrder(pages.flatMap(({ messages }) => messages))
    for (const message of before) this.#remember(message)
    if (last > 0) for (const message of before.slice(-last)) await this.#options.onMessage(message)
  }

  /** One stream, until it ends. Resolves to whether anything came. */
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
      // A stream that cannot go on where the last one ended begins with the state.
      if (isFirst) await this.#fill(peer)
    } else if (event.kind === 'message') {
      await this.#tell(event.message)
    }
    this.#lastId = event.id ?? this.#lastId
  }

  /** What came since the newest that was told. */
  async #fill(peer: FollowedPeer): Promise<void> {
    const missed: LocalMessage[] = []
    for (const conversation of this.#conversations) {
      let before: string | undefined
      for (let count = 0; count < LONGEST_GAP; count += PAGE) {
        const page = await peer.messages(conversation, PAGE, before)
        const unknown = page.messages.filter((message) => this.#isMissed(message))
        missed.push(...unknown)
        before = page.before
        if (unknown.length === 0 || before === undefined) break
      }
    }
    for (const message of inOrder(missed)) await this.#tell(message)
  }

  #isMissed(message: LocalMessage): boolean {
    return arrivalOf(message) >= this.#newest && !this.#seen.has(message.key)
  }

  async #tell(message: LocalMessage): Promise<void> {
    if (this.#seen.has(message.key) || !this.#wants(message)) return
    this.#remember(message)
    await this.#options.onMessage(message)
  }

  #remember(message: LocalMessage): void {
    this.#newest = Math.max(this.#newest, arrivalOf(message))
    this.#seen.add(message.key)
    for (const oldest of this.#seen) {
      if (this.#seen.size <= MOST_SEEN) return
      this.#seen.delete(oldest)
    }
  }

  /** Who is who, and which conversations of ours are wanted. */
  #take({ people, channels, directs }: LocalState): void {
    this.#names.clear()
    for (const { id, name } of people) this.#names.set(id, name)
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
    const names = [id, from, this.#names.get(id)].map((name) => (name === undefined ? undefined : fold(name)))
    return people.some((person) => names.includes(fold(person)))
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

function inOrder(messages: readonly LocalMessage[]): LocalMessage[] {
  return messages.toSorted((one, other) => arrivalOf(one) - arrivalOf(other) || placeOf(one) - placeOf(other))
}
