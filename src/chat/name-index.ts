/**
 * Ids by name: names that differ in case, accents and the like only are the same. Invariant: each id has one name, and a
 * lookup takes no longer with more ids under other names.
 */
import { fold } from './fold.ts'

export class NameIndex {
  readonly #ids = new Map<string, Set<string>>()
  readonly #names = new Map<string, string>()

  /** The id has this name from now on. */
  set(id: string, name: string): void {
    const folded = fold(name)
    if (this.#names.get(id) === folded) return
    this.delete(id)
    this.#names.set(id, folded)
    const ids = this.#ids.get(folded) ?? new Set()
    this.#ids.set(folded, ids.add(id))
  }

  delete(id: string): void {
    const folded = this.#names.get(id)
    if (folded === undefined) return
    this.#names.delete(id)
    const ids = this.#ids.get(folded)
    ids?.delete(id)
    if (ids?.size === 0) this.#ids.delete(folded)
  }

  /** The ids with this name; the one that has had it longest is the first. */
  alike(name: string): string[] {
    return [...(this.#ids.get(fold(name)) ?? [])]
  }
}
