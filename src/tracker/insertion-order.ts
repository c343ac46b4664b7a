/**
 * Everybody in the order of registration. Pure. A page of it costs what the page holds, however long the roll is:
 * a place is found by halving, and who left is only marked until half of the roll has.
 */
export class InsertionOrder<Item extends { readonly number: number }> {
  #items: Item[] = []
  readonly #gone = new Set<Item>()

  /** Its number is higher than all before. */
  add(item: Item): void {
    this.#items.push(item)
  }

  delete(item: Item): void {
    this.#gone.add(item)
    if (this.#gone.size * 2 <= this.#items.length) return
    this.#items = this.#items.filter((other) => !this.#gone.has(other))
    this.#gone.clear()
  }

  /** Those with a higher number than this, in order. */
  *after(number: number): Generator<Item> {
    for (let index = this.#placeAfter(number); index < this.#items.length; index++) {
      const item = this.#items[index]
      if (item !== undefined && !this.#gone.has(item)) yield item
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
