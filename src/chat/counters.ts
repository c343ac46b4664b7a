/**
 * Counts events by name: `refused.bad_request`, `messages.received`.
 *
 * The part before the first dot is the family, the rest the kind. Names are constants of the program, never text from
 * the network, so their number is bounded.
 */
export class Counters {
  readonly #counts = new Map<string, number>()

  /** Adds `by`, which is not negative. */
  count(name: string, by = 1): void {
    this.#counts.set(name, this.get(name) + by)
  }

  /** 0 for a name that was never counted. */
  get(name: string): number {
    return this.#counts.get(name) ?? 0
  }

  /** Every counter, sorted by name. */
  all(): Readonly<Record<string, number>> {
    const entries = [...this.#counts].sort(([one], [other]) => (one < other ? -1 : 1))
    return Object.fromEntries(entries)
  }
}
