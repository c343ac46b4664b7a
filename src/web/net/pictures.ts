/** Pictures of people, fetched with the token, as blob: addresses. A cache keeps the last used ones. */
import type { Api } from './api.ts'

const MOST_KEPT = 200

export class Pictures {
  readonly #api: Api
  /** By hash, the last used at the end. */
  readonly #addresses = new Map<string, Promise<string | undefined>>()

  constructor(api: Api) {
    this.#api = api
  }

  /** Undefined when the picture is not available; the next call tries again. */
  address(hash: string): Promise<string | undefined> {
    const known = this.#addresses.get(hash) ?? this.#fetch(hash)
    this.#addresses.delete(hash)
    this.#addresses.set(hash, known)
    this.#forgetOldest()
    return known
  }

  async #fetch(hash: string): Promise<string | undefined> {
    try {
      return URL.createObjectURL(await this.#api.picture(hash))
    } catch {
      this.#addresses.delete(hash)
      return undefined
    }
  }

  #forgetOldest(): void {
    if (this.#addresses.size <= MOST_KEPT) return
    for (const [hash, address] of this.#addresses) {
      this.#addresses.delete(hash)
      void address.then((url) => {
        if (url !== undefined) URL.revokeObjectURL(url)
      })
      return
    }
  }
}
