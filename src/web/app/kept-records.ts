/** Records of one kind in localStorage, each under a key of its own, so that tabs do not overwrite those of others. */
import { fromJson } from '../../chat/wire/json.ts'
import { localKeep } from '../net/keep.ts'
import { isSameOwner, KeptRecord, type Owner } from '../model/owner.ts'

export class KeptRecords {
  readonly #prefix: string

  constructor(kind: string) {
    this.#prefix = `parley.${kind}.`
  }

  /** By name: those of this owner. */
  all(owner: Owner): ReadonlyMap<string, unknown> {
    const found = new Map<string, unknown>()
    for (const key of localKeep.names()) {
      const name = this.#nameIn(key)
      const value = name === undefined ? undefined : this.#valueIn(localKeep.get(key), owner)
      if (name !== undefined && value !== undefined) found.set(name, value)
    }
    return found
  }

  /** False when it is not kept. */
  set(owner: Owner, name: string, value: unknown): boolean {
    return localKeep.set(this.#prefix + name, JSON.stringify({ owner, value }))
  }

  remove(name: string): void {
    localKeep.remove(this.#prefix + name)
  }

  has(name: string): boolean {
    return localKeep.get(this.#prefix + name) !== undefined
  }

  /** Tells of changes by other tabs: the values before and after; undefined where there is none. */
  onChangeElsewhere(owner: Owner, changed: (before: unknown, after: unknown, name: string) => void): void {
    window.addEventListener('storage', ({ key, oldValue, newValue }) => {
      const name = this.#nameIn(key ?? '')
      if (name !== undefined) changed(this.#valueIn(oldValue, owner), this.#valueIn(newValue, owner), name)
    })
  }

  #nameIn(key: string): string | undefined {
    return key.startsWith(this.#prefix) ? key.slice(this.#prefix.length) : undefined
  }

  #valueIn(json: string | null | undefined, owner: Owner): unknown {
    const record = fromJson(KeptRecord, json ?? '')
    return record !== undefined && isSameOwner(record.owner, owner) ? record.value : undefined
  }
}
