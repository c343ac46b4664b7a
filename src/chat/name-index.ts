/**
 * Ids by name: names that look the same are the same. Invariant: each id has one name, and a
 * lookup takes no longer with more ids under other names.
 */
import { looksOf } from './look-alikes.ts'

export class NameIndex {
  readonly #ids = new Map<string, Set<string>>()
  readonly #looks = new Map<string, readonly string[]>()

  /** The id has this name from now on. */
  set(id: string, name: string): void {
    const looks = looksOf(name)
    if (this.#looks.get(id)?.join('\n') === looks.join('\n')) return
    this.delete(id)
    this.#looks.set(id, looks)
    for (const look of looks) this.#ids.set(look, (this.#ids.get(look) ?? new Set()).add(id))
  }

  delete(id: string): void {
    for (const look of this.#looks.get(id) ?? []) {
      const ids = this.#ids.get(look)
      ids?.delete(id)
      if (ids?.size === 0) this.#ids.delete(look)
    }
    this.#looks.delete(id)
  }

  /** The ids with this name; of those with one look, the one that has had it longest is the first. */
  alike(name: string): string[] {
    return [...new Set(looksOf(name).flatMap((look) => [...(this.#ids.get(look) ?? [])]))]
  }
}
