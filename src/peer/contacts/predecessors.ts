/**
 * Programs without a key that are peers with one now: what was kept for the program goes to the key.
 *
 * Invariant: the key proved itself at the address where the program was met and names its identity, or the user says that
 * the two are one. Nothing else moves, because any host can name the identity of another. Of several places where an
 * identity was met the first counts, and one where it is now: a host that names it can be met with it, too.
 */
import { ChatError } from '../../chat/errors.ts'
import { fold } from '../../chat/fold.ts'
import { isUnheard } from '../../chat/hush.ts'
import { addressKey, peerId, type Peer } from '../../chat/model.ts'
import type { Presence } from '../../chat/presence.ts'
import { shortId } from '../../identity/short-id.ts'
import type { Store } from '../../store/store.ts'
import type { Events } from '../events.ts'
import type { Hush } from '../hush/hush.ts'
import { hasKey, type Keyed } from './hint.ts'
import type { Identities } from './identities.ts'

export interface PredecessorsOptions {
  readonly store: Pick<Store, 'adopt' | 'remembered' | 'identified' | 'firstMet' | 'unsettled'>
  readonly presence: Pick<Presence, 'get' | 'become'>
  readonly identities: Identities
  readonly events: Pick<Events, 'emit'>
  readonly hush: Pick<Hush, 'kindOf'>
}

/** Questions for the user since the start: any host can have any number of keys. */
const MAX_QUESTIONS = 16
/** Keys that the user is asked about for one program. */
const MAX_CLAIMS = 4

export class Predecessors {
  readonly #options: PredecessorsOptions
  /** Keys that claim to be a program without a key, by its address. */
  readonly #claims = new Map<string, Set<string>>()
  #questions = 0

  constructor(options: PredecessorsOptions) {
    this.#options = options
  }

  /** A connection to the address of this peer proved its key. Its identity is the one that it names. */
  met(peer: Keyed): void {
    this.#adoptThere(peer)
    this.#askAbout(peer)
  }

  /** The user says that the program without a key and the peer are one. Throws ChatError 409. */
  join(old: Peer, peer: Peer): void {
    if (hasKey(old))
      throw new ChatError(
        409,
        'has_a_key',
        `${old.name} has a key (${shortId(old.key)}), so it is no other peer`,
      )
    if (!hasKey(peer))
      throw new ChatError(
        409,
        'no_key',
        `${peer.name} at ${addressKey(peer)} has no key: name the peer with one last`,
      )
    this.#become(old, peer)
  }

  /** The program that was met at the address names the same identity; or none, and it is there now or has the name. */
  #adoptThere(peer: Keyed): void {
    const { store, presence } = this.#options
    const address = addressKey({ ip: peer.ip, port: peer.port })
    const here = presence.get(address)
    const met = store.remembered(address).find(({ key }) => key === undefined) ?? here
    if (met === undefined || met.key !== undefined) return
    const isSame =
      met.identity === undefined
        ? here !== undefined || fold(met.name) === fold(peer.name)
        : met.identity === peer.identity
    if (!isSame) return
    const { key, ip, port, name } = peer
    const old: Peer = { ...met, ip, port }
    if (this.#isFromElsewhere(old, peer)) this.#become({ ip, port, name: old.name }, { key, ip, port, name })
    else this.#become(old, peer)
  }

  /** Whether the identity of the program is that of another peer, by what is known of it. */
  #isFromElsewhere(old: Peer, { key }: Keyed): boolean {
    const { store, presence } = this.#options
    if (old.identity === undefined) return false
    const met = store.firstMet(old) ?? Infinity
    return store.identified(old.identity).some((other) => {
      if (peerId(other) === peerId(old) || other.key === key) return false
      const isHere = presence.get(peerId(other)) !== undefined
      return other.key !== undefined || isHere || (store.firstMet(other) ?? Infinity) < met
    })
  }

  #become(old: Peer, peer: Keyed): void {
    const { store, presence, identities } = this.#options
    if (old.identity !== undefined) identities.adopt(peer.key, old.identity)
    store.adopt(peerId(old), peer)
    presence.become(peerId(old), peer)
  }

  /** A key that names the identity of a program which was met elsewhere may be that program, or a host that knows it. */
  #askAbout(peer: Keyed): void {
    const { store, presence, hush } = this.#options
    if (peer.identity === undefined || isUnheard(hush.kindOf(peer.key))) return
    const named = store.identified(peer.identity).filter((old) => !hasKey(old) && !presence.get(peerId(old)))
    for (const old of named) this.#ask(old, peer, this.#waitingFor(old))
  }

  #waitingFor(old: Peer): number {
    const waits = (recipient: Peer): boolean => peerId(recipient) === peerId(old)
    return this.#options.store.unsettled().filter(({ waiting }) => waiting.some(waits)).length
  }

  #ask(old: Peer, peer: Keyed, count: number): void {
    const address = addressKey(old)
    const claims = this.#claims.get(address) ?? new Set()
    if (count === 0 || claims.has(peer.key) || claims.size >= MAX_CLAIMS || this.#questions >= MAX_QUESTIONS)
      return
    this.#claims.set(address, claims.add(peer.key))
    this.#questions++
    const short = shortId(peer.key)
    const wait = count === 1 ? 'a message of yours waits' : `${count} messages of yours wait`
    const text = `${wait} for ${old.name}, met at ${address} before it had a key. ${peer.name} (${short}) says that it is this ${old.name}, as any program could. If you know that it is: /same ${address} ${short}`
    this.#options.events.emit({ kind: 'notice', text })
  }
}
