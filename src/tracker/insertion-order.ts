/**
 * Items in the order in which they were added. A page costs as much as the page holds, however many items there are: its
 * start is found by binary search, and deleted items are only marked until they are half of all.
 */
export class InsertionOrder<Item extends { readonly number: number }> {
  #items: Item[] = []
  readonly #deleted = new Set<Item>()

  /** The number of `item` must be higher than those of all items before. */
  add(item: Item): void {
    this.#items.push(item)
  }

  delete(item: Item): void {
    this.#deleted.add(item)
    if (this.#deleted.size * 2 <= this.#items.length) return
    this.#items = this.#items.filter((other) => !this.#deleted.has(other))
    this.#deleted.clear()
  }

  /** Items with a higher number than this, in order. */
  *after(number: number): Generator<Item> {
    for (let index = this.#placeAfter(number); index < this.#items.length; index++) {
      const item = this.#items[index]
      if (item !== undefined && !this.#deleted.has(item)) yield item
    }
  }

  #placeAfter(number: number): number {
    let [low, high] = [0, this.#items.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#items[middle]?.number ?? Infinity) <= number) low = middle + 1
      else high = middle
    }
    return low
  }
}
