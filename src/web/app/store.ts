/** Holds the view and notifies its listeners of changes. */
import { reduce } from '../model/reduce.ts'
import { FIRST_VIEW, type Action, type View } from '../model/view.ts'

export class Store {
  #view: View
  readonly #listeners = new Set<() => void>()

  constructor(first: View = FIRST_VIEW) {
    this.#view = first
  }

  get view(): View {
    return this.#view
  }

  dispatch(action: Action): void {
    const next = reduce(this.#view, action)
    if (next === this.#view) return
    this.#view = next
    for (const listener of this.#listeners) listener()
  }

  /** Returns the function that ends the subscription. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }
}
