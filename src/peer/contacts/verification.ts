/**
 * Whether the user compared the key of a person with its owner.
 *
 * Invariant: a person is verified under the name that it had then, and shown as verified only while a connection of this
 * start proved the key. Another name, and another key of that name, is said, unless the user does not want to hear the person,
 * and has to be compared again.
 */
import { ChatError } from '../../chat/errors.ts'
import { isUnheard } from '../../chat/hush.ts'
import { labelOf, type Peer } from '../../chat/model.ts'
import type { NameChange } from '../../chat/renames.ts'
import { safetyNumber } from '../../identity/safety-number.ts'
import type { Clock } from '../../chat/clock.ts'
import type { KeyId } from '../../identity/public-key.ts'
import type { Store } from '../../store/store.ts'
import type { Events } from '../events.ts'
import type { Hush } from '../hush/hush.ts'
import type { Self } from '../self/self.ts'
import type { Keyed } from './hint.ts'
import type { Routes } from './routes.ts'

/** What a check of this start says of a person; undefined: nothing, it is who it says it is. */
export type Mark = 'signed' | 'verified' | undefined

export interface VerificationOptions {
  readonly clock: Clock
  readonly self: Pick<Self, 'keys'>
  readonly store: Pick<Store, 'verified' | 'person'>
  readonly routes: Pick<Routes, 'isProved'>
  readonly events: Pick<Events, 'emit'>
  readonly hush: Pick<Hush, 'kindOf'>
}

export class Verification {
  readonly #options: VerificationOptions

  constructor(options: VerificationOptions) {
    this.#options = options
  }

  mark({ key }: Peer): Mark {
    const { routes } = this.#options
    if (key === undefined || !routes.isProved(key)) return undefined
    return this.verifiedAt(key) === undefined ? 'signed' : 'verified'
  }

  /** When the key was compared: Unix time in milliseconds. */
  verifiedAt(key: KeyId): number | undefined {
    const { store } = this.#options
    const verified = store.verified.get(key)
    return verified?.name === store.person(key)?.name ? verified?.at : undefined
  }

  /** The twelve groups of digits that both screens show. Throws ChatError. */
  safetyNumber(peer: Peer): Promise<readonly string[]> {
    const { self, clock } = this.#options
    const pause = (): Promise<void> => new Promise((resolve) => clock.after(0, resolve))
    return safetyNumber(self.keys.id, this.#keyOf(peer), pause)
  }

  /** The user compared the numbers. Throws ChatError. */
  verify(peer: Peer): void {
    const { store, clock } = this.#options
    const key = this.#keyOf(peer)
    store.verified.set(key, { name: store.person(key)?.name ?? peer.name, at: clock.wall() })
  }

  /** Returns whether the person was verified. Throws ChatError. */
  unverify(peer: Peer): boolean {
    const key = this.#keyOf(peer)
    const wasVerified = this.#options.store.verified.get(key) !== undefined
    this.#options.store.verified.delete(key)
    return wasVerified
  }

  /** A connection proved the key of this person, which says what it is called now. */
  met({ key, name }: Keyed, change?: NameChange): void {
    const { store, events, hush } = this.#options
    const verified = store.verified.get(key)
    if (verified === undefined || verified.name === name) return
    store.verified.delete(key)
    if (isUnheard(hush.kindOf(key))) return
    const { before, after, claimed } = change ?? { before: verified.name, after: name, claimed: name }
    const now =
      before === after ? `calls itself ${claimed} now, stays ${after} here` : `is called ${after} now`
    const text = `WARNING: ${before}, verified by you, ${now}, and is no longer verified: compare again with /verify`
    events.emit({ kind: 'notice', text })
  }

  #keyOf(peer: Peer): KeyId {
    const { key } = peer
    if (key === undefined)
      throw new ChatError(409, 'no_key', `${labelOf(peer)} has no key: there is nothing to compare`)
    if (key === this.#options.self.keys.id)
      throw new ChatError(409, 'own_key', 'that is you: name the person to compare with')
    return key
  }
}
