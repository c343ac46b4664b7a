/**
 * Virtual time: events in order, without waiting between them. Two events at one time run in the order in which they were
 * planned. What promises lead to after an event is done before the next event: one turn of the real event loop.
 */
export interface Planned {
  readonly at: number
  readonly order: number
  /** Undefined when it was cancelled. */
  task: (() => void) | undefined
}

export class VirtualTime {
  /** A binary heap: no entry is later than its two children, at twice its index plus one or two. */
  readonly #heap: Planned[] = []
  #now = 0
  #order = 0
  #happened = 0

  /** Milliseconds since the start of the run. */
  get now(): number {
    return this.#now
  }

  /** Events so far. */
  get happened(): number {
    return this.#happened
  }

  /** Calls `task` in `ms` milliseconds. To cancel it, remove it from the answer. */
  after(ms: number, task: () => void): Planned {
    const planned = { at: this.#now + Math.max(0, ms), order: ++this.#order, task }
    this.#push(planned)
    return planned
  }

  /** Runs all events until `end`. Rejects when there are more than `most` events in the whole run. */
  async runUntil(end: number, most = Infinity): Promise<void> {
    await promisesDone()
    for (let next = this.#heap[0]; next !== undefined && next.at <= end; next = this.#heap[0]) {
      this.#pop()
      if (next.task === undefined) continue
      if (++this.#happened > most) throw new Error(`more than ${most} events: something runs for ever`)
      this.#now = next.at
      next.task()
      await promisesDone()
    }
    this.#now = end
  }

  #push(planned: Planned): void {
    const heap = this.#heap
    let place = heap.length
    heap.push(planned)
    while (place > 0) {
      const above = (place - 1) >> 1
      const other = heap[above]
      if (other === undefined || !isBefore(planned, other)) break
      heap[place] = other
      place = above
    }
    heap[place] = planned
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let place = 0
    for (;;) {
      const below = 2 * place + 1
      const [left, right] = [heap[below], heap[below + 1]]
      if (left === undefined) break
      const isRight = right !== undefined && isBefore(right, left)
      const earlier = isRight ? right : left
      if (!isBefore(earlier, last)) break
      heap[place] = earlier
      place = isRight ? below + 1 : below
    }
    heap[place] = last
  }
}

function isBefore(one: Planned, other: Planned): boolean {
  return one.at === other.at ? one.order < other.order : one.at < other.at
}

function promisesDone(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
