/**
 * Read marks: the local peer stores them for all browsers and publishes them. Marks made while it does not answer are
 * sent when it does.
 */
import type { Conversation, LocalRead } from '../../chat/wire/local-api.ts'
import { Unreachable, type Api } from '../net/api.ts'
import type { Store } from './store.ts'

export class ReadMarkers {
  readonly #api: Api
  readonly #store: Store
  /** The marks that the peer has, or is getting. */
  #sent: ReadonlyMap<Conversation, number> = new Map()
  #isBusy = false

  constructor(api: Api, store: Store) {
    this.#api = api
    this.#store = store
    let seen = store.view
    store.subscribe(() => {
      const { view } = store
      if (view.marks === seen.marks && view.link === seen.link) return
      seen = view
      this.#send()
    })
  }

  /** Takes marks that the peer sent. */
  take(read: readonly LocalRead[]): void {
    const marks = new Map(read.map(({ conversation, upTo }) => [conversation, upTo]))
    this.#sent = new Map([...this.#sent, ...marks])
    this.#store.dispatch({ kind: 'marks', marks })
  }

  #send(): void {
    if (!this.#isBusy) void this.#work()
  }

  async #work(): Promise<void> {
    this.#isBusy = true
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const [conversation, upTo] = next
      const before = this.#sent
      this.#sent = new Map(before).set(conversation, upTo)
      try {
        await this.#api.markRead({ conversation, upTo })
      } catch (error) {
        if (!(error instanceof Unreachable)) continue
        this.#sent = before
        break
      }
    }
    this.#isBusy = false
  }

  #next(): readonly [Conversation, number] | undefined {
    const { link, marks } = this.#store.view
    if (link.kind !== 'open') return undefined
    return [...marks].find(([conversation, upTo]) => upTo > (this.#sent.get(conversation) ?? 0))
  }
}
