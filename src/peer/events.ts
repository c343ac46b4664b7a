/**
 * Emits what happens, in order. Invariant: a message is emitted when it is saved, so that a peer that is killed and
 * starts again does not show it twice; a receipt is emitted after its message; every other event at once. Each peer in it
 * has its label, and news of a hushed person say so.
 */
import type { ChatEvent } from '../chat/model.ts'
import type { Store } from '../store/store.ts'
import type { Labels } from './contacts/labels.ts'
import { markedNews } from './hush/hushed-news.ts'
import type { Hush } from './hush/hush.ts'

export class Events {
  readonly #store: Pick<Store, 'saved'>
  readonly #labels: Pick<Labels, 'event'>
  readonly #hush: Pick<Hush, 'kindOf'>
  readonly #onEvent: (event: ChatEvent) => void
  /** Messages that are not emitted yet, and when the last of them is. */
  #unsaved = 0
  #settled: Promise<void> = Promise.resolve()

  constructor(
    store: Pick<Store, 'saved'>,
    labels: Pick<Labels, 'event'>,
    hush: Pick<Hush, 'kindOf'>,
    onEvent: (event: ChatEvent) => void,
  ) {
    this.#store = store
    this.#labels = labels
    this.#hush = hush
    this.#onEvent = onEvent
  }

  /** Settles when all messages and receipts so far are emitted. */
  get settled(): Promise<void> {
    return this.#settled
  }

  emit(event: ChatEvent): void {
    const news = markedNews(event, (id) => this.#hush.kindOf(id))
    const emit = (): void => {
      this.#onEvent(this.#labels.event(news))
    }
    if (event.kind === 'message') {
      this.#unsaved++
      this.#settled = this.#store.saved().then(emit, emit)
      void this.#settled.finally(() => this.#unsaved--)
    } else if (event.kind === 'receipt') {
      // Its message may still be emitted in this turn.
      queueMicrotask(() => {
        if (this.#unsaved > 0) this.#settled = this.#settled.then(emit)
        else emit()
      })
    } else emit()
  }
}
