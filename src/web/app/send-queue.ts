/**
 * Sends written messages to the local peer: in order, one at a time, again until the peer answers. Until then they are in
 * browser storage, where the next tab finds them when this one is closed.
 */
import type { Conversation } from '../../chat/wire/local-api.ts'
import { problemIn, Refusal, Unreachable, type Api } from '../net/api.ts'
import { locksHere } from '../net/locks.ts'
import { Backoff } from '../net/backoff.ts'
import { backOff } from '../model/back-off.ts'
import {
  againAll,
  changed,
  inOrder,
  nextOf,
  partnerName,
  restored,
  strangerAt,
  withNew,
  without,
} from '../model/outgoing.ts'
import type { Owner } from '../model/owner.ts'
import type { Outgoing } from '../model/view.ts'
import { KeptRecords } from './kept-records.ts'
import { newId } from './new-id.ts'
import type { Store } from './store.ts'

/** The pause after a 429, in milliseconds. */
const BREATHER = 1_000

export class SendQueue {
  readonly #api: Api
  readonly #store: Store
  readonly #pause = new Backoff()
  readonly #kept = new KeptRecords('outgoing')
  #owner: Owner | undefined
  /** Ids of messages that were written in other tabs. */
  readonly #adopted = new Set<string>()
  #isBusy = false
  /** Consecutive attempts without an answer. */
  #unanswered = 0

  constructor(api: Api, store: Store) {
    this.#api = api
    this.#store = store
    let seen = this.#queue
    store.subscribe(() => {
      const before = seen
      seen = this.#queue
      if (seen !== before) this.#keepChanges(before, seen)
    })
  }

  /** The owner is known now: restores its stored messages, and stores those written before. */
  begin(owner: Owner): void {
    this.#owner = owner
    this.#set(this.#queue.map((one) => ({ ...one, isKept: this.#kept.set(owner, one.id, one) })))
    this.#kept.onChangeElsewhere(owner, (_before, after, id) => {
      if (after === undefined && this.#adopted.has(id)) this.takeOver()
    })
    this.takeOver()
  }

  /**
   * Adopts stored messages of other tabs, which may be closed by now. A tab that is still open sends them, too, with the
   * same id. An adopted message that another tab has sent or discarded is no longer stored, and is dropped here.
   */
  takeOver(): void {
    if (this.#owner === undefined) return
    const kept = this.#kept.all(this.#owner)
    const stays = ({ id, state }: Outgoing): boolean =>
      !this.#adopted.has(id) || state === 'sending' || kept.has(id)
    const here = this.#queue.filter(stays)
    const known = new Set(this.#queue.map(({ id }) => id))
    const fresh = restored([...kept.values()]).filter(({ id }) => !known.has(id))
    for (const { id } of fresh) this.#adopted.add(id)
    if (fresh.length > 0 || here.length < this.#queue.length) this.#set(inOrder([...here, ...fresh]))
    this.go()
  }

  say(conversation: Conversation, text: string, action: boolean): void {
    const { local } = this.#store.view
    // Strictly increasing, because `at` is the order of stored messages.
    const at = Math.max(Date.now(), (this.#queue.at(-1)?.at ?? 0) + 1)
    const one = { id: newId(), conversation, text, action, at, to: partnerName(local, conversation) }
    const queue = withNew(this.#queue, one)
    const added = queue.find(({ id }) => id === one.id)
    const isKept = this.#owner !== undefined && this.#kept.set(this.#owner, one.id, added)
    this.#set(changed(queue, one.id, { isKept }))
    this.go()
  }

  /** Closing this tab now would lose a message. */
  get holdsUnkept(): boolean {
    return this.#queue.some(({ isKept, state }) => isKept === false && state !== 'refused')
  }

  /** Retries refused messages, and those that the peer could not deliver; returns how many. Rejects as the Api does. */
  async retryAll(): Promise<number> {
    const refused = this.#queue.filter(({ state }) => state === 'refused').length
    this.#set(againAll(this.#queue))
    this.go()
    const { retried } = await this.#api.retry()
    return refused + retried
  }

  retry(id: string): void {
    this.#change(id, { state: 'waiting', reason: '', to: undefined })
    this.go()
  }

  discard(id: string): void {
    this.#set(without(this.#queue, id))
  }

  /** Sends waiting messages, unless that is happening already. */
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

  /** With locks, one tab at a time: the next one finds that the message has been sent. */
  async #bring(one: Outgoing): Promise<void> {
    const bring = async (): Promise<void> => {
      const isHandedOver = this.#adopted.has(one.id) && !this.#kept.has(one.id)
      if (isHandedOver) this.discard(one.id)
      else if (this.#queue.some(({ id, state }) => id === one.id && state === 'waiting'))
        await this.#send(one)
    }
    await (locksHere()?.request(`parley.outgoing.${one.id}`, bring) ?? bring())
  }

  async #send(one: Outgoing): Promise<void> {
    const stranger = strangerAt(this.#store.view.local, one)
    if (stranger !== undefined) {
      this.#change(one.id, { state: 'refused', reason: stranger })
      return
    }
    this.#change(one.id, { state: 'sending' })
    try {
      const message = await this.#api.say(one)
      this.#store.dispatch({ kind: 'accepted', id: one.id, message })
      this.#unanswered = 0
    } catch (error) {
      await this.#failed(one.id, error)
    }
  }

  /** A message without an answer may have been accepted: it is sent again with the same id and stays one message. */
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

  #keepChanges(before: readonly Outgoing[], after: readonly Outgoing[]): void {
    if (this.#owner === undefined) return
    const known = new Map(before.map((one) => [one.id, one]))
    for (const one of after) {
      if (known.get(one.id) !== one && one.isKept !== false) this.#kept.set(this.#owner, one.id, one)
      known.delete(one.id)
    }
    for (const id of known.keys()) this.#kept.remove(id)
  }

  #change(id: string, change: Parameters<typeof changed>[2]): void {
    this.#set(changed(this.#queue, id, change))
  }

  #set(outgoing: readonly Outgoing[]): void {
    this.#store.dispatch({ kind: 'outgoing', outgoing })
  }
}
