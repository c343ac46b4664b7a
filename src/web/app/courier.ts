/** Brings what was written here to our own peer: in order, each once, as soon as there is a connection. */
import type { Conversation, LocalMessage } from '../../chat/local.ts'
import { reasonOf, Refusal, Unreachable, type Api } from '../net/api.ts'
import { sessionKeep } from '../net/keep.ts'
import { Pause } from '../net/pause.ts'
import { backOff } from '../model/back-off.ts'
import { lastReceived } from '../model/log.ts'
import {
  againAll,
  changed,
  doubted,
  nextOf,
  restored,
  whatBecameOf,
  withNew,
  without,
} from '../model/outgoing.ts'
import { parsed } from '../model/shapes.ts'
import type { Outgoing } from '../model/view.ts'
import type { Store } from './store.ts'
import { inTurn } from './turn.ts'

const KEPT_AS = 'parley.outgoing'
const TAKEN_KEPT_AS = 'parley.taken'
/** Too many at once: our peer says so with 429, and it goes on after this. In milliseconds. */
const BREATHER = 1_000
/** How many of the newest messages are looked through for a doubtful one, and how many keys are kept for that. */
const LOOKED_THROUGH = 200
/** The clock of the page against that of our peer, where nothing is known of it yet. In milliseconds. */
const CLOCKS_DIFFER = 5_000

export class Courier {
  readonly #api: Api
  readonly #store: Store
  readonly #pause = new Pause()
  /** Keys of messages that something written here became. */
  #taken: readonly string[]
  #isBusy = false
  /** Attempts in a row that got no answer. */
  #unanswered = 0

  constructor(api: Api, store: Store) {
    this.#api = api
    this.#store = store
    const taken = parsed(sessionKeep.get(TAKEN_KEPT_AS) ?? '')
    this.#taken = Array.isArray(taken) ? taken.map(String) : []
    this.#set(restored(parsed(sessionKeep.get(KEPT_AS) ?? '')))
  }

  say(conversation: Conversation, text: string, action: boolean): void {
    const at = Date.now()
    const id = `${at.toString(36)}.${Math.random().toString(36).slice(2)}`
    const since = this.#lastReceived() ?? at - CLOCKS_DIFFER
    this.#set(withNew(this.#queue, { id, conversation, text, action, at, since }))
    this.go()
  }

  /** What our peer refused, and what it could not deliver. Rejects as the Api does. */
  async retryAll(): Promise<number> {
    const refused = this.#queue.filter(({ state }) => state === 'refused').length
    this.#set(againAll(this.#queue))
    this.go()
    const { retried } = await this.#api.retry()
    return refused + retried
  }

  retry(id: string): void {
    this.#change(id, { state: 'waiting', reason: '' })
    this.go()
  }

  discard(id: string): void {
    this.#set(without(this.#queue, id))
  }

  /** The connection is there again: what waited goes now. A copy of this tab may have taken it along. */
  resume(): void {
    this.#set(doubted(this.#queue))
    this.go()
  }

  /** Sends what waits, unless it is being sent. */
  go(): void {
    this.#pause.end()
    if (!this.#isBusy) void this.#work()
  }

  get #queue(): readonly Outgoing[] {
    return this.#store.view.outgoing
  }

  async #work(): Promise<void> {
    this.#isBusy = true
    try {
      for (let next = this.#next(); next !== undefined; next = this.#next()) await this.#bring(next)
    } finally {
      this.#isBusy = false
    }
  }

  #next(): Outgoing | undefined {
    return this.#store.view.link.kind === 'open' ? nextOf(this.#queue) : undefined
  }

  async #bring(one: Outgoing): Promise<void> {
    try {
      await (one.isDoubtful ? inTurn(() => this.#sendDoubtful(one)) : this.#send(one))
      this.#unanswered = 0
    } catch (error) {
      await this.#failed(one.id, error)
    }
  }

  async #send({ id, conversation, text, action }: Outgoing): Promise<void> {
    this.#change(id, { state: 'sending', becameKey: undefined })
    this.#accept(id, await this.#api.say(conversation, text, action))
  }

  async #sendDoubtful(one: Outgoing): Promise<void> {
    const { messages } = await this.#api.page(one.conversation, LOOKED_THROUGH)
    const found = whatBecameOf(one, messages, new Set(this.#taken))
    if (found === undefined) await this.#send(one)
    else this.#accept(one.id, found)
  }

  #accept(id: string, message: LocalMessage): void {
    this.#store.dispatch({ kind: 'accepted', id, message })
    this.#taken = [...this.#taken, message.key].slice(-LOOKED_THROUGH)
    this.#save()
  }

  async #failed(id: string, error: unknown): Promise<void> {
    if (error instanceof Unreachable) {
      this.#change(id, { state: 'waiting', isDoubtful: true })
      await this.#pause.take(backOff(this.#unanswered++, Math.random()))
    } else if (error instanceof Refusal && error.status === 401) {
      this.#change(id, { state: 'waiting' })
      this.#store.dispatch({ kind: 'link', link: { kind: 'refused' } })
    } else if (error instanceof Refusal && error.status === 429) {
      this.#change(id, { state: 'waiting' })
      await this.#pause.take(BREATHER)
    } else {
      this.#change(id, { state: 'refused', reason: reasonOf(error) })
    }
  }

  /** By the clock of our peer, of everything that is here; undefined when nothing is. */
  #lastReceived(): number | undefined {
    const all = [...this.#store.view.logs.values()].map(lastReceived)
    const last = Math.max(0, ...all)
    return last === 0 ? undefined : last
  }

  #change(id: string, change: Parameters<typeof changed>[2]): void {
    this.#set(changed(this.#queue, id, change))
  }

  #set(outgoing: readonly Outgoing[]): void {
    this.#store.dispatch({ kind: 'outgoing', outgoing })
    this.#save()
  }

  #save(): void {
    sessionKeep.set(KEPT_AS, JSON.stringify(this.#queue))
    sessionKeep.set(TAKEN_KEPT_AS, JSON.stringify(this.#taken))
  }
}
