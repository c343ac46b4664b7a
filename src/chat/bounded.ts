/**
 * Map and set that forget the oldest, for what is remembered of a network that may send anything.
 *
 * Invariant: never more than `max` entries. An entry that is set or added again becomes the newest. Where entries have
 * owners, such as the host that caused each, the owner with the most entries loses its oldest: however much one host
 * sends, it pushes out its own entries and not those of others.
 */
export class BoundedMap<Key, Value> extends Map<Key, Value> {
  readonly #max: number
  readonly #shares: Shares<Key> | undefined
  readonly #ownerOf: ((key: Key, value: Value) => string) | undefined

  /** Without `ownerOf` the oldest entry of all goes first. */
  constructor(max: number, ownerOf?: (key: Key, value: Value) => string) {
    super()
    this.#max = max
    this.#ownerOf = ownerOf
    this.#shares = ownerOf && new Shares()
  }

  override set(key: Key, value: Value): this {
    this.delete(key)
    super.set(key, value)
    if (this.#ownerOf !== undefined) this.#shares?.add(this.#ownerOf(key, value), key)
    if (this.size > this.#max) deleteOldest(this, this.#shares)
    return this
  }

  override delete(key: Key): boolean {
    this.#shares?.delete(key)
    return super.delete(key)
  }

  override clear(): void {
    this.#shares?.clear()
    super.clear()
  }
}

export class BoundedSet<Value> extends Set<Value> {
  readonly #max: number
  readonly #shares: Shares<Value> | undefined
  readonly #ownerOf: ((value: Value) => string) | undefined

  /** Without `ownerOf` the oldest value of all goes first. */
  constructor(max: number, ownerOf?: (value: Value) => string) {
    super()
    this.#max = max
    this.#ownerOf = ownerOf
    this.#shares = ownerOf && new Shares()
  }

  override add(value: Value): this {
    this.delete(value)
    super.add(value)
    if (this.#ownerOf !== undefined) this.#shares?.add(this.#ownerOf(value), value)
    if (this.size > this.#max) deleteOldest(this, this.#shares)
    return this
  }

  override delete(value: Value): boolean {
    this.#shares?.delete(value)
    return super.delete(value)
  }

  override clear(): void {
    this.#shares?.clear()
    super.clear()
  }
}

/** The keys of each owner, oldest first. */
class Shares<Key> {
  readonly #owners = new Map<Key, string>()
  readonly #keys = new Map<string, Set<Key>>()

  add(owner: string, key: Key): void {
    this.#owners.set(key, owner)
    const keys = this.#keys.get(owner)
    if (keys === undefined) this.#keys.set(owner, new Set([key]))
    else keys.add(key)
  }

  delete(key: Key): void {
    const owner = this.#owners.get(key)
    if (owner === undefined) return
    this.#owners.delete(key)
    const keys = this.#keys.get(owner)
    keys?.delete(key)
    if (keys?.size === 0) this.#keys.delete(owner)
  }

  clear(): void {
    this.#owners.clear()
    this.#keys.clear()
  }

  get largest(): Iterable<Key> {
    let largest = new Set<Key>()
    for (const keys of this.#keys.values()) if (keys.size > largest.size) largest = keys
    return largest
  }
}

function deleteOldest<Key>(entries: Map<Key, unknown> | Set<Key>, shares: Shares<Key> | undefined): void {
  for (const oldest of shares?.largest ?? entries.keys()) {
    entries.delete(oldest)
    return
  }
}
