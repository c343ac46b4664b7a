/**
 * Ids by name: names that look the same are the same. Invariant: each id has one name, and a
 * lookup takes no longer with more ids under other names.
 */
import { lookOf } from './look-alikes.ts'

export class NameIndex {
  readonly #ids = new Map<string, Set<string>>()
  readonly #names = new Map<string, string>()

  /** The id has this name from now on. */
  set(id: string, name: string): void {
    const look = lookOf(name)
    if (this.#names.get(id) === look) return
    this.delete(id)
    this.#names.set(id, look)
    const ids = this.#ids.get(look) ?? new Set()
    this.#ids.set(look, ids.add(id))
  }

  delete(id: string): void {
    const look = this.#names.get(id)
    if (look === undefined) return
    this.#names.delete(id)
    const ids = this.#ids.get(look)
    ids?.delete(id)
    if (ids?.size === 0) this.#ids.delete(look)
  }

  /** The ids with this name; the one that has had it longest is the first. */
  alike(name: string): string[] {
    return [...(this.#ids.get(lookOf(name)) ?? [])]
  }
}
