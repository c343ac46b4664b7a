/** Brings what was written here to our own peer: in order, each once, as soon as there is a connection. */
import type { Conversation } from '../../chat/local.ts'
import { reasonOf, Refusal, Unreachable, type Api } from '../net/api.ts'
import { sessionKeep } from '../net/keep.ts'
import { backOff } from '../model/back-off.ts'
import { lastReceived } from '../model/log.ts'
import { againAll, changed, nextOf, restored, wasDone, withNew, without } from '../model/outgoing.ts'
import { parsed } from '../model/shapes.ts'
import type { Outgoing } from '../model/view.ts'
import { claimOnce } from './claims.ts'
import type { Store } from './store.ts'

const KEPT_AS = 'parley.outgoing'
/** Too many at once: our peer says so with 429, and it goes on after this. In milliseconds. */
const BREATHER = 1_000
/** How many of the newest messages are looked through for one in doubt. */
const LOOKED_THROUGH = 100

export class Courier {
  readonly #api: Api
  readonly #store: Store
  #isBusy = false
  /** Attempts in a row that got no answer. */
  #unanswered = 0
  #wake: () => void = () => undefined

  constructor(api: Api, store: Store) {
    this.#api = api
    this.#store = store
    this.#set(restored(parsed(sessionKeep.get(KEPT_AS) ?? '')))
  }

  say(conversation: Conversation, text: string, action: boolean): void {
    const id = `${Date.now().toString(36)}.${Math.random().toString(36).slice(2)}`
    this.#set(withNew(this.#queue, { id, conversation, text, action, at: Date.now() }))
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
    this.#set(changed(this.#queue, id, { state: 'waiting', reason: '' }))
    this.go()
  }

  discard(id: string): void {
    this.#set(without(this.#queue, id))
  }

  /** Sends what waits; called whenever the connection is there again. */
  go(): void {
    this.#wake()
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
      if (await this.#isDone(one)) return
      if (!claimOnce(one.id)) {
        this.discard(one.id)
        return
      }
      this.#change(one.id, {
        state: 'sending',
        becameKey: undefined,
        doubtSince: one.doubtSince ?? this.#lastReceived(),
      })
      const message = await this.#api.say(one.conversation, one.text, one.action)
      this.#unanswered = 0
      this.#store.dispatch({ kind: 'accepted', id: one.id, message })
      this.#save()
    } catch (error) {
      await this.#failed(one, error)
    }
  }

  async #failed({ id }: Outgoing, error: unknown): Promise<void> {
    if (error instanceof Unreachable) {
      this.#change(id, { state: 'waiting' })
      await this.#pause(backOff(this.#unanswered++, Math.random()))
      return
    }
    if (error instanceof Refusal && error.status === 401) {
      this.#change(id, { state: 'waiting' })
      this.#store.dispatch({ kind: 'link', link: { kind: 'refused' } })
      return
    }
    if (error instanceof Refusal && error.status === 429) {
      this.#change(id, { state: 'waiting', doubtSince: undefined })
      await this.#pause(BREATHER)
      return
    }
    this.#change(id, { state: 'refused', reason: reasonOf(error), doubtSince: undefined })
  }

  /** Looks whether one in doubt arrived after all. */
  async #isDone(one: Outgoing): Promise<boolean> {
    if (one.doubtSince === undefined) return false
    const { messages } = await this.#api.page(one.conversation, LOOKED_THROUGH)
    const others = this.#queue.filter(({ id }) => id !== one.id)
    const taken = new Set(others.flatMap(({ becameKey }) => becameKey ?? []))
    const message = wasDone(one, messages, taken)
    if (message === undefined) return false
    this.#store.dispatch({ kind: 'accepted', id: one.id, message })
    this.#save()
    return true
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** By the clock of our peer, of everything that is here. */
  #lastReceived(): number {
    return [...this.#store.view.logs.values()].reduce((last, log) => Math.max(last, lastReceived(log)), 0)
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
  }
}
