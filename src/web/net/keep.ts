/** sessionStorage and localStorage, which may be full, forbidden or absent: then nothing is kept, and nothing breaks. */

export interface Keep {
  get(name: string): string | undefined
  set(name: string, value: string): void
}

export const sessionKeep = keepIn(() => sessionStorage)
export const localKeep = keepIn(() => localStorage)

function keepIn(storage: () => Storage): Keep {
  return {
    get(name) {
      try {
        return storage().getItem(name) ?? undefined
      } catch {
        return undefined
      }
    },
    set(name, value) {
      try {
        storage().setItem(name, value)
      } catch {
        // It is kept in memory by whoever asked, until the page is closed.
      }
    },
  }
}
