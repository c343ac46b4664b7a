/** Records of one kind in localStorage. Each has its own key, so tabs do not overwrite each other's. */
import { fromJson } from '../../chat/wire/json.ts'
import { localStore } from '../net/storage.ts'
import { isSameOwner, KeptRecord, type Owner } from '../model/owner.ts'

export class KeptRecords {
  readonly #prefix: string

  constructor(kind: string) {
    this.#prefix = `parley.${kind}.`
  }

  /** The records of this owner, by name. */
  all(owner: Owner): ReadonlyMap<string, unknown> {
    const found = new Map<string, unknown>()
    for (const key of localStore.names()) {
      const name = this.#nameIn(key)
      const value = name === undefined ? undefined : this.#valueIn(localStore.get(key), owner)
      if (name !== undefined && value !== undefined) found.set(name, value)
    }
    return found
  }

  /** False when it could not be stored. */
  set(owner: Owner, name: string, value: unknown): boolean {
    return localStore.set(this.#prefix + name, JSON.stringify({ owner, value }))
  }

  remove(name: string): void {
    localStore.remove(this.#prefix + name)
  }

  has(name: string): boolean {
    return localStore.get(this.#prefix + name) !== undefined
  }

  /** Calls `changed` for changes by other tabs, with the values before and after; undefined where there is none. */
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
