/** Settings of the page, stored in this browser and shared by its tabs. */
import { anyJson } from '../../chat/wire/json.ts'
import { localStore } from '../net/storage.ts'
import { restoredSettings, type Settings } from '../model/saved.ts'

const KEPT_AS = 'parley.settings'

export class SettingsKeep {
  #settings = restoredSettings(anyJson(localStore.get(KEPT_AS) ?? ''))
  readonly #listeners = new Set<() => void>()

  constructor() {
    this.#show()
    window.addEventListener('storage', ({ key, newValue }) => {
      if (key !== KEPT_AS) return
      this.#settings = restoredSettings(anyJson(newValue ?? ''))
      this.#show()
    })
  }

  get current(): Settings {
    return this.#settings
  }

  change(change: Partial<Settings>): void {
    this.#settings = { ...this.#settings, ...change }
    localStore.set(KEPT_AS, JSON.stringify(this.#settings))
    this.#show()
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /** styles/colours.css has the colours of each theme. */
  #show(): void {
    const { theme } = this.#settings
    if (theme === 'system') delete document.documentElement.dataset['theme']
    else document.documentElement.dataset['theme'] = theme
    for (const listener of this.#listeners) listener()
  }
}
