/**
 * Map and set that forget the oldest, for what is remembered of a network that may send anything.
 *
 * Invariant: never more than `max` entries. An entry that is set or added again becomes the newest.
 */
export class BoundedMap<Key, Value> extends Map<Key, Value> {
  readonly #max: number

  constructor(max: number) {
    super()
    this.#max = max
  }

  override set(key: Key, value: Value): this {
    this.delete(key)
    super.set(key, value)
    if (this.size > this.#max) deleteFirst(this)
    return this
  }
}

export class BoundedSet<Value> extends Set<Value> {
  readonly #max: number

  constructor(max: number) {
    super()
    this.#max = max
  }

  override add(value: Value): this {
    this.delete(value)
    super.add(value)
    if (this.size > this.#max) deleteFirst(this)
    return this
  }
}

function deleteFirst<Key>(entries: Map<Key, unknown> | Set<Key>): void {
  for (const oldest of entries.keys()) {
    entries.delete(oldest)
    return
  }
}
