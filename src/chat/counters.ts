/**
 * What happened, counted by name: `refused.bad_request`, `messages.received`. Pure.
 *
 * The part before the first dot is the family, the rest the kind. Names are ours, never text from the network;
 * should that be forgotten somewhere, their number is bounded all the same.
 */

/** Names that are kept; what comes under one more is counted as OTHER. */
export const MOST_NAMES = 200

export const OTHER = 'refused.other'

export class Counters {
  readonly #counts = new Map<string, number>()

  /** Adds `by`, which is not negative. */
  count(name: string, by = 1): void {
    const before = this.#counts.get(name)
    if (before !== undefined) this.#counts.set(name, before + by)
    else this.#begin(name, by)
  }

  /** 0 for what never happened. */
  get(name: string): number {
    return this.#counts.get(name) ?? 0
  }

  /** Every counter, sorted by name. */
  all(): Readonly<Record<string, number>> {
    const entries = [...this.#counts].sort(([one], [other]) => (one < other ? -1 : 1))
    return Object.fromEntries(entries)
  }

  /** The last place is for OTHER. */
  #begin(name: string, by: number): void {
    const place = name === OTHER || this.#counts.size < MOST_NAMES - 1 ? name : OTHER
    this.#counts.set(place, this.get(place) + by)
  }
}
