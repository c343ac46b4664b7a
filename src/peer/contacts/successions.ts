/**
 * People who have another key, because their old key says so.
 *
 * Invariant: what is known of a key goes to another only by a statement that both signed, over a connection that proved the
 * new one. It is said, unless the user does not want to hear the person, and who was verified is verified no longer. A key
 * without such a statement is another person. A key hands over to one other at most, and keys of one host only so often.
 */
import { BoundedMap } from '../../chat/bounded.ts'
import { isUnheard } from '../../chat/hush.ts'
import { hostKey } from '../../http/ip.ts'
import { shortId } from '../../identity/short-id.ts'
import { predecessorsOf, type Succession } from '../../identity/succession.ts'
import type { Presence } from '../../chat/presence.ts'
import type { KeyId } from '../../identity/public-key.ts'
import type { Store } from '../../store/store.ts'
import type { Events } from '../events.ts'
import type { Hush } from '../hush/hush.ts'
import type { Keyed } from './hint.ts'
import { successorSetting, type Labels } from './labels.ts'

export interface SuccessionsOptions {
  readonly store: Pick<Store, 'person' | 'adopt' | 'verified' | 'formerNames' | 'setting' | 'set'>
  readonly presence: Pick<Presence, 'become'>
  readonly labels: Pick<Labels, 'known'>
  readonly events: Pick<Events, 'emit'>
  readonly hush: Pick<Hush, 'kindOf'>
}

/** Keys of one host that hand over, since the start: each is kept for good. */
const MAX_OF_HOST = 16
const MAX_HOSTS = 1_024

export class Successions {
  readonly #options: SuccessionsOptions
  /** How often keys of a host handed over. */
  readonly #counts = new BoundedMap<string, number>(MAX_HOSTS)

  constructor(options: SuccessionsOptions) {
    this.#options = options
  }

  /** A connection proved the key of this peer, which has these statements. */
  met(peer: Keyed, successions: readonly Succession[]): void {
    if (successions.length === 0) return
    const { store } = this.#options
    const isKnown = (key: KeyId): boolean => store.person(key) !== undefined
    for (const old of predecessorsOf(peer.key, successions, isKnown))
      if (this.#mayHandOver(old, peer)) this.#handOver(old, peer)
  }

  #mayHandOver(old: KeyId, { key, ip }: Keyed): boolean {
    const successor = this.#options.store.setting(successorSetting(old))
    if (successor !== undefined && successor !== key) return false
    const host = hostKey(ip)
    const count = this.#counts.get(host) ?? 0
    if (count >= MAX_OF_HOST) return false
    this.#counts.set(host, count + 1)
    return true
  }

  #handOver(old: KeyId, peer: Keyed): void {
    const { store, presence, labels, events, hush } = this.#options
    const isQuiet = isUnheard(hush.kindOf(old))
    const known = labels.known(old)
    const called = known?.label ?? known?.name ?? peer.name
    const wasVerified = store.verified.get(old) !== undefined
    const again = wasVerified ? ', and is no longer verified: compare again with /verify' : ''
    for (const former of store.formerNames.of(old).toReversed()) store.formerNames.add(peer.key, former)
    store.verified.delete(old)
    store.adopt(old, known === undefined ? peer : { ...peer, name: known.name })
    store.set(successorSetting(old), peer.key)
    presence.become(old, peer)
    if (isQuiet) return
    const text = `WARNING: ${called} has the key ${shortId(peer.key)} now; the old one, ${shortId(old)}, says so. What you have with ${called} goes on${again}. If ${called} knows nothing of it, the old key was stolen`
    events.emit({ kind: 'notice', text })
  }
}
