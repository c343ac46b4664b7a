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
  /** The marks that the peer has. */
  #told: ReadonlyMap<Conversation, number> = new Map()
  #isBusy = false

  constructor(api: Api, store: Store) {
    this.#api = api
    this.#store = store
    let seen = store.view
    store.subscribe(() => {
      const { view } = store
      if (view.marks === seen.marks && view.link === seen.link) return
      seen = view
      this.#tell()
    })
  }

  /** Takes marks that the peer sent. */
  know(read: readonly LocalRead[]): void {
    const marks = new Map(read.map(({ conversation, upTo }) => [conversation, upTo]))
    this.#told = new Map([...this.#told, ...marks])
    this.#store.dispatch({ kind: 'marks', marks })
  }

  #tell(): void {
    if (!this.#isBusy) void this.#work()
  }

  async #work(): Promise<void> {
    this.#isBusy = true
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const [conversation, upTo] = next
      const before = this.#told
      this.#told = new Map(before).set(conversation, upTo)
      try {
        await this.#api.markRead({ conversation, upTo })
      } catch (error) {
        if (!(error instanceof Unreachable)) continue
        this.#told = before
        break
      }
    }
    this.#isBusy = false
  }

  #next(): readonly [Conversation, number] | undefined {
    const { link, marks } = this.#store.view
    if (link.kind !== 'open') return undefined
    return [...marks].find(([conversation, upTo]) => upTo > (this.#told.get(conversation) ?? 0))
  }
}
