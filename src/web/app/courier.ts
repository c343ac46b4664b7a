/** Brings what was written here to our own peer: in order, as soon as there is a connection, again until it answers. */
import type { Conversation } from '../../chat/local.ts'
import { problemIn, Refusal, Unreachable, type Api } from '../net/api.ts'
import { sessionKeep } from '../net/keep.ts'
import { Pause } from '../net/pause.ts'
import { backOff } from '../model/back-off.ts'
import { againAll, changed, nextOf, restored, withNew, without } from '../model/outgoing.ts'
import { parsed } from '../model/shapes.ts'
import type { Outgoing } from '../model/view.ts'
import { newId } from './new-id.ts'
import type { Store } from './store.ts'

const KEPT_AS = 'parley.outgoing'
/** Too many at once: our peer says so with 429, and it goes on after this. In milliseconds. */
const BREATHER = 1_000

export class Courier {
  readonly #api: Api
  readonly #store: Store
  readonly #pause = new Pause()
  #isBusy = false
  /** Attempts in a row that got no answer. */
  #unanswered = 0

  constructor(api: Api, store: Store) {
    this.#api = api
    this.#store = store
    this.#set(restored(parsed(sessionKeep.get(KEPT_AS) ?? '')))
    let kept = this.#queue
    store.subscribe(() => {
      if (this.#queue === kept) return
      kept = this.#queue
      sessionKeep.set(KEPT_AS, JSON.stringify(kept))
    })
  }

  say(conversation: Conversation, text: string, action: boolean): void {
    this.#set(withNew(this.#queue, { id: newId(), conversation, text, action, at: Date.now() }))
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
    this.#change(one.id, { state: 'sending' })
    try {
      const message = await this.#api.say(one)
      this.#store.dispatch({ kind: 'accepted', id: one.id, message })
      this.#unanswered = 0
    } catch (error) {
      await this.#failed(one.id, error)
    }
  }

  /** What got no answer may have been taken all the same: it goes again with the same id, and is one message. */
  async #failed(id: string, error: unknown): Promise<void> {
    if (error instanceof Unreachable) {
      this.#change(id, { state: 'waiting' })
      await this.#pause.take(backOff(this.#unanswered++, Math.random()))
    } else if (error instanceof Refusal && error.status === 401) {
      this.#change(id, { state: 'waiting' })
      this.#store.dispatch({ kind: 'link', link: { kind: 'refused' } })
    } else if (error instanceof Refusal && error.status === 429) {
      this.#change(id, { state: 'waiting' })
      await this.#pause.take(BREATHER)
    } else {
      this.#change(id, { state: 'refused', reason: problemIn(error).text })
    }
  }

  #change(id: string, change: Parameters<typeof changed>[2]): void {
    this.#set(changed(this.#queue, id, change))
  }

  #set(outgoing: readonly Outgoing[]): void {
    this.#store.dispatch({ kind: 'outgoing', outgoing })
  }
}
