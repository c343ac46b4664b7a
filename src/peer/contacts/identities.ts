/**
 * To which key an identity belongs: the name, 16 hexadecimal digits, by which peers without keys recognise repeats.
 *
 * Invariant: an identity belongs to one key at most. It is derived from the key, or it was met at the address where the key
 * proved itself, or nothing was heard of another peer with it. Any other claim is left out, because a peer that takes the identity of
 * another could hide what that one says.
 */
import { BoundedMap } from '../../chat/bounded.ts'
import { legacyIdentity } from '../../identity/legacy-identity.ts'
import type { KeyId } from '../../identity/public-key.ts'
import type { Store } from '../../store/store.ts'

/** Keys whose identities are remembered; the others are found out again. */
const MAX_KEYS = 4_096

export class Identities {
  readonly #store: Pick<Store, 'identified' | 'hasSaidWithoutKey'>
  readonly #accepted = new BoundedMap<KeyId, string>(MAX_KEYS)

  constructor(store: Pick<Store, 'identified' | 'hasSaidWithoutKey'>) {
    this.#store = store
  }

  /** The claim, if the identity belongs to this key. */
  of(key: KeyId, claimed: string | undefined): string | undefined {
    if (claimed === undefined || this.#accepted.get(key) === claimed) return claimed
    if (claimed !== legacyIdentity(key) && !this.#isFree(key, claimed)) return undefined
    this.adopt(key, claimed)
    return claimed
  }

  /** The key proved itself where this identity was met. */
  adopt(key: KeyId, identity: string): void {
    this.#accepted.set(key, identity)
  }

  #isFree(key: KeyId, identity: string): boolean {
    const isTaken = [...this.#accepted].some(([other, taken]) => taken === identity && other !== key)
    const met = this.#store.identified(identity)
    // A program that was never met is known by what others told of it.
    const isFree =
      met.length === 0 ? !this.#store.hasSaidWithoutKey(identity) : met.every((peer) => peer.key === key)
    return isFree && !isTaken
  }
}
