/** sessionStorage and localStorage. They may be full, forbidden or absent: then nothing is stored, and nothing throws. */

export interface KeyValueStorage {
  get(name: string): string | undefined
  /** False when it could not be stored. */
  set(name: string, value: string): boolean
  remove(name: string): void
  /** All keys. */
  names(): readonly string[]
}

export const sessionStore = safeStorage(() => sessionStorage)
export const localStore = safeStorage(() => localStorage)

function safeStorage(storage: () => Storage): KeyValueStorage {
  /** `otherwise`: the result when storage fails. */
  const tried = <T>(work: (storage: Storage) => T, otherwise: T): T => {
    try {
      return work(storage())
    } catch {
      return otherwise
    }
  }
  return {
    get: (name) => tried((kept) => kept.getItem(name) ?? undefined, undefined),
    set: (name, value) =>
      tried((kept) => {
        kept.setItem(name, value)
        return true
      }, false),
    remove: (name) => {
      tried((kept) => {
        kept.removeItem(name)
      }, undefined)
    },
    names: () => tried((kept) => Array.from(kept, (_, index) => kept.key(index) ?? ''), []),
  }
}
