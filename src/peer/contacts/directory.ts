/**
 * The peers that a user may mean by a word: those that are here, and those that were met before.
 *
 * Invariant: a word means one peer, or the user is asked; a word with a short id means no other key. The name of a peer with a key means that peer also while it is
 * away and another peer of that name is here.
 */
import { fold } from '../../chat/fold.ts'
import { addressKey, labelOf, peerId, type Peer, type PeerId } from '../../chat/model.ts'
import { ChatError } from '../../chat/errors.ts'
import { meantByKey, type ByKey } from '../../chat/labelled-name.ts'
import { matchingIds } from '../../identity/short-id.ts'
import type { KeyId } from '../../identity/public-key.ts'
import type { PresenceView } from '../../chat/presence.ts'
import type { Store } from '../../store/store.ts'
import type { Labels } from './labels.ts'
import type { Routes } from './routes.ts'
import type { Self } from '../self/self.ts'

export interface DirectoryOptions {
  readonly presence: PresenceView
  readonly store: Pick<Store, 'people' | 'person' | 'formerNames' | 'remembered' | 'page'>
  readonly routes: Pick<Routes, 'keyAt'>
  readonly labels: Pick<Labels, 'shown'>
  readonly self: Pick<Self, 'name' | 'keys'>
}

export class Directory {
  readonly #options: DirectoryOptions

  constructor(options: DirectoryOptions) {
    this.#options = options
  }

  /** Whether a peer that the word may mean is here. */
  isHere(word: string): boolean {
    return this.#meant(word).some((peer) => this.#isHere(peer))
  }

  /** Whether a peer that the word may mean was met before. */
  remembers(word: string): boolean {
    return this.#meant(word).length > 0
  }

  /** The one peer that a label, a short id, a key, an address or a name means. Throws ChatError 404 or 409. */
  find(word: string): Peer {
    const found = this.#meant(word)
    const [peer, ...others] = found
    if (peer === undefined) throw this.#noOne(word)
    const isOwnName = this.#isOwnName(word) && labelOf(peer) !== word
    if (others.length === 0 && !isOwnName) return this.at(peerId(peer))
    throw new ChatError(409, 'ambiguous_name', `there is more than one ${word}: say ${choicesOf(found)}`)
  }

  /** The peer with this id, here or met before; else the one that is reached at this address. Throws ChatError 404. */
  at(id: PeerId): Peer {
    const peer = this.#withId(id) ?? this.#authorAt(id)
    if (peer === undefined) throw new ChatError(404, 'unknown_peer', `nobody was met at ${id}`)
    return peer
  }

  /**
   * A sentence for a message to a peer with a key that is away while another peer is here with its name, which must not be
   * taken for it; else undefined.
   */
  mixUp(peer: Peer): string | undefined {
    const { presence } = this.#options
    if (peer.key === undefined || this.#isHere(peer)) return undefined
    const others = presence.alike(peer.name).map((other) => labelOf(this.#shown(other)))
    if (others.length === 0) return undefined
    const label = labelOf(this.#shown(peer))
    const are = others.length === 1 ? 'is another person' : 'are other people'
    return `${label} is away, so this waits for ${label}; ${others.join(', ')}, here now, ${are} of that name`
  }

  /** Why the word means no other person. */
  #noOne(word: string): ChatError {
    const { self } = this.#options
    const byKey = this.#byKey(word)
    if (byKey?.kind === 'other') return new ChatError(409, 'other_name', byKey.problem)
    const isSelf = byKey?.people.some((peer) => this.#isSelf(peer)) === true
    const isOwn = word === self.keys.id || matchingIds(word, [self.keys.id]).length > 0
    if (isSelf || isOwn || this.#isOwnName(word)) return new ChatError(409, 'own_key', `${word}: that is you`)
    return new ChatError(404, 'unknown_peer', `nobody here is called ${word}`)
  }

  #authorAt(id: PeerId): Peer | undefined {
    return this.#options.store.page(`@${id}`, 100).entries.findLast(({ own }) => !own)?.message.from
  }

  #isHere(peer: Peer): boolean {
    return this.#options.presence.get(peerId(peer)) !== undefined
  }

  #isSelf({ key }: Peer): boolean {
    return key === this.#options.self.keys.id
  }

  #isOwnName(word: string): boolean {
    return fold(word) === fold(this.#options.self.name)
  }

  #shown(peer: Peer): Peer {
    return this.#options.labels.shown(peer)
  }

  // --- who is meant ---------------------------------------------------------------------------------

  /** By the surest way that finds anybody; with labels. */
  #meant(word: string): readonly Peer[] {
    const { presence, store } = this.#options
    const byId = this.#withId(word)
    if (byId !== undefined) return [this.#shown(byId)]
    const byKey = this.#byKey(word)
    if (byKey !== undefined)
      return byKey.kind === 'meant' ? byKey.people.filter((peer) => !this.#isSelf(peer)) : []
    const here = presence.peers.map((peer) => this.#shown(peer))
    const met = store.people().map((peer) => this.#shown(peer))
    const all = this.#all()
    const owners = store.formerNames.ownersOf(word)
    const isOwner = (key: KeyId | undefined): boolean => key !== undefined && owners.includes(key)
    const ways = [
      () => withShortId(all, word),
      () => named(here, word),
      () => lastPlaces(named(met, word)),
      () => alike(here, word),
      () => lastPlaces(alike(met, word)),
      () => all.filter(({ name, key }) => name === word || isOwner(key)),
      () => all.filter(({ name }) => fold(name) === fold(word)),
    ]
    for (const way of ways) {
      const found = way()
      if (found.length > 0) return found
    }
    return []
  }

  /** Those who are here first; with labels. */
  #all(): readonly Peer[] {
    const { presence, store } = this.#options
    const met = store.people().filter((peer) => !this.#isHere(peer))
    return [...presence.peers, ...met].map((peer) => this.#shown(peer))
  }

  /** Those whose name and short id the word is, the user among them. */
  #byKey(word: string): ByKey<Peer> | undefined {
    const { self, store } = this.#options
    return meantByKey(word, {
      withShort: (short) => withShortId([...this.#all(), ownPeer(self)], short),
      namesOf: (peer) => ({
        name: labelOf(peer),
        callsItself: peer.name,
        formerNames: peer.key === undefined ? [] : store.formerNames.of(peer.key),
      }),
    })
  }

  /** By key, or by address: the peer with the key that was proved there, or else the program that is or was there. */
  #withId(word: string): Peer | undefined {
    const { presence, store, routes } = this.#options
    const known = presence.get(word) ?? store.person(word)
    if (known !== undefined) return known
    const [, bracketed, plain, port] = /^(?:\[(.+)\]|([^:]+)):([0-9]+)$/.exec(word) ?? []
    const key = routes.keyAt({ ip: bracketed ?? plain ?? '', port: Number(port) })
    return (key && (presence.get(key) ?? store.person(key))) ?? this.#lastAt(word)
  }

  #lastAt(address: string): Peer | undefined {
    const { presence, store } = this.#options
    const isThere = (peer: Peer): boolean => addressKey(peer) === address
    return presence.peers.find(isThere) ?? store.remembered(address).find(isThere)
  }
}

/** The user among other people; no one is reached there. */
function ownPeer({ name, keys }: Pick<Self, 'name' | 'keys'>): Peer {
  return { ip: '', port: 0, name, key: keys.id }
}

function named(peers: readonly Peer[], word: string): readonly Peer[] {
  return peers.filter((peer) => labelOf(peer) === word)
}

function alike(peers: readonly Peer[], word: string): readonly Peer[] {
  return peers.filter((peer) => fold(labelOf(peer)) === fold(word))
}

function withShortId(peers: readonly Peer[], word: string): readonly Peer[] {
  const keys = new Set(
    matchingIds(
      word,
      peers.flatMap(({ key }) => key ?? []),
    ),
  )
  return peers.filter(({ key }) => key !== undefined && keys.has(key))
}

/** `bob·k3f9-2mx7 or bob·10.0.0.5:8000`; addresses where labels are the same. */
function choicesOf(peers: readonly Peer[]): string {
  const labels = peers.map(labelOf)
  return peers
    .map((peer, index) => {
      const label = labels[index] ?? ''
      return labels.indexOf(label) === labels.lastIndexOf(label) ? label : peerId(peer)
    })
    .join(' or ')
}

/** Each peer that was met at the last of its addresses only. */
function lastPlaces(all: readonly Peer[]): readonly Peer[] {
  const isMoved = ({ identity }: Peer, index: number): boolean =>
    identity !== undefined && all.findIndex((other) => other.identity === identity) < index
  return all.filter((peer, index) => !isMoved(peer, index))
}
