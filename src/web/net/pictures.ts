/** Pictures of people, fetched with the token, as addresses of this page (blob:). The newest are kept. */
import type { Api } from './api.ts'

const MOST_KEPT = 200

export class Pictures {
  readonly #api: Api
  /** By hash, the last asked for at the end. */
  readonly #addresses = new Map<string, Promise<string | undefined>>()

  constructor(api: Api) {
    this.#api = api
  }

  /** undefined when it cannot be had; then it is tried again at the next question. */
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
