/**
 * People who have another key, because their old key says so.
 *
 * Invariant: what is known of a key goes to another only by a statement that both signed, over a connection that proved the
 * new one. It is said, and who was verified is verified no longer. A key without such a statement is another person.
 */
import { shortId } from '../../identity/short-id.ts'
import { predecessorsOf, type Succession } from '../../identity/succession.ts'
import type { Presence } from '../../chat/presence.ts'
import type { KeyId } from '../../identity/public-key.ts'
import type { Store } from '../../store/store.ts'
import type { Events } from '../events.ts'
import type { Keyed } from './hint.ts'
import { successorSetting, type Labels } from './labels.ts'

export interface SuccessionsOptions {
  readonly store: Pick<Store, 'person' | 'adopt' | 'verified' | 'formerNames' | 'set'>
  readonly presence: Pick<Presence, 'become'>
  readonly labels: Pick<Labels, 'known'>
  readonly events: Pick<Events, 'emit'>
}

export class Successions {
  readonly #options: SuccessionsOptions

  constructor(options: SuccessionsOptions) {
    this.#options = options
  }

  /** A connection proved the key of this peer, which has these statements. */
  met(peer: Keyed, successions: readonly Succession[]): void {
    if (successions.length === 0) return
    const { store } = this.#options
    const isKnown = (key: KeyId): boolean => store.person(key) !== undefined
    for (const old of predecessorsOf(peer.key, successions, isKnown)) this.#handOver(old, peer)
  }

  #handOver(old: KeyId, peer: Keyed): void {
    const { store, presence, labels, events } = this.#options
    const known = labels.known(old)
    const called = known?.label ?? known?.name ?? peer.name
    const wasVerified = store.verified.get(old) !== undefined
    const again = wasVerified ? ', and is no longer verified: compare again with /verify' : ''
    for (const former of store.formerNames.of(old).toReversed()) store.formerNames.add(peer.key, former)
    store.verified.delete(old)
    store.adopt(old, known === undefined ? peer : { ...peer, name: known.name })
    store.set(successorSetting(old), peer.key)
    presence.become(old, peer)
    const text = `WARNING: ${called} has the key ${shortId(peer.key)} now; the old one, ${shortId(old)}, says so. What you have with ${called} goes on${again}. If ${called} knows nothing of it, the old key was stolen`
    events.emit({ kind: 'notice', text })
  }
}
