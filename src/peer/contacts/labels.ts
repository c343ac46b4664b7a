/**
 * What users call each peer. Invariant: of the peers that are known at a time no two with keys have one label, and none
 * has the own name.
 *
 * A name belongs to the key that had it first, and the own name to the user, with all names that look like it. Another key with that name is
 * `bob·k3f9-2mx7` (its short id), and a program without a key, which any program could be, is `bob·10.0.0.5:8000` beside
 * a peer with a key or a second program of that name.
 */
import type { Hushing } from '../../chat/hush.ts'
import { isLikeLabel } from '../../chat/labelled-name.ts'
import { isAlike } from '../../chat/look-alikes.ts'
import {
  addressKey,
  labelOf,
  peerId,
  type ChatEvent,
  type Peer,
  type PeerId,
  type Receipt,
} from '../../chat/model.ts'
import { shortId } from '../../identity/short-id.ts'
import type { PresenceView } from '../../chat/presence.ts'
import { isKeyId, type KeyId } from '../../identity/public-key.ts'
import type { Entry, Page, PendingMessage, Store } from '../../store/store.ts'
import type { Self } from '../self/self.ts'

/** Between a name and what tells it apart. */
const DOT = '·'

/** An entry as views show it. */
export interface ShownEntry extends Entry {
  /** The recipient of an own direct message, as far as it is known. */
  readonly to?: Peer
  /** Why it asks for no attention. */
  readonly hushed?: Hushing
}

export interface ShownPage extends Page {
  readonly entries: readonly ShownEntry[]
}

export interface LabelsOptions {
  readonly self: Pick<Self, 'name' | 'keys'>
  readonly store: Pick<Store, 'namesakes' | 'person' | 'calledHere' | 'formerNames' | 'setting'>
  readonly presence: Pick<PresenceView, 'alike' | 'get'>
}

/** Keys of one person, one after another. */
const MOST_STEPS = 16

/** The setting that says to which key a person was handed over. */
export function successorSetting(old: PeerId): string {
  return `successor ${old}`
}

export class Labels {
  readonly #options: LabelsOptions

  constructor(options: LabelsOptions) {
    this.#options = options
  }

  /** The peer with what it is called here: a peer with a key by the name that it has now, whatever it was when it wrote. */
  shown(peer: Peer): Peer {
    const label = this.#of(peer)
    return label === peer.name ? peer : { ...peer, label }
  }

  #of(peer: Peer): string {
    const { self } = this.#options
    const key = peer.key && this.#keyNow(peer.key)
    if (key === self.keys.id) return self.name
    const name = (key && this.#nameOf(key)) ?? peer.name
    const keys = this.#keysOf(name)
    const isOther =
      isLikeLabel(name) ||
      isAlike(name, self.name) ||
      this.#isTaken(key === undefined ? { ...peer, name } : { ...peer, name, key }, keys)
    if (!isOther) return name
    return `${name}${DOT}${key === undefined ? addressKey(peer) : shortId(key, keys)}`
  }

  /** Where a key proves itself, the store knows its name before the lists of who is here do. */
  #nameOf(key: KeyId): string | undefined {
    const { store, presence } = this.#options
    return store.calledHere(key) ?? store.person(key)?.name ?? presence.get(key)?.name
  }

  /** What the peer was called while it had this name, until now. */
  #before(peer: Peer, name: string): string {
    if (peer.key === undefined) return labelOf(this.shown({ ...peer, name }))
    const former = this.#options.store.formerNames.of(peer.key).find((each) => each.name === name)
    return former?.shown ?? name
  }

  /** The key to which a person handed over, by however many steps. A key that is still in use, as by a thief, speaks for itself. */
  #keyNow(key: KeyId): KeyId {
    let now = key
    for (let steps = 0; steps < MOST_STEPS && this.#find(now) === undefined; steps++) {
      const next = this.#options.store.setting(successorSetting(now))
      if (next === undefined || !isKeyId(next)) break
      now = next
    }
    return now
  }

  /** The keys that have or had this name; the first had it first, as far as one of them was proved. */
  #keysOf(name: string): KeyId[] {
    const { store, presence } = this.#options
    const former = store.formerNames.ownersOf(name).map((key) => this.#keyNow(key))
    const all = [...store.namesakes(name), ...presence.alike(name)]
    return [...new Set([...former, ...all.flatMap(({ key }) => key ?? [])])]
  }

  #isTaken(peer: Peer, [owner]: readonly KeyId[]): boolean {
    if (owner !== undefined) return peer.key !== owner
    const id = peerId(peer)
    const here = this.#options.presence.alike(peer.name).map(peerId)
    return this.#options.presence.get(id) !== undefined && here.some((other) => other !== id)
  }

  // --- values with peers in them --------------------------------------------------------------------

  event(event: ChatEvent): ChatEvent {
    switch (event.kind) {
      case 'message': {
        const { to, own, message } = event
        const from = own ? message.from : this.shown(message.from)
        if (from === message.from && to === undefined) return event
        return {
          ...event,
          message: { ...message, from },
          ...(to === undefined ? {} : { to: this.shown(to) }),
        }
      }
      case 'receipt':
        return { ...event, receipt: this.receipt(event.receipt) }
      case 'resumed': {
        const messages = event.messages.map(({ id, waiting }) => ({ id, waiting: this.#all(waiting) }))
        return { ...event, messages }
      }
      case 'present':
        return { ...event, peers: this.#all(event.peers) }
      case 'joined':
      case 'parted':
      case 'became':
      case 'profile':
      case 'followed':
      case 'liked':
        return { ...event, peer: this.shown(event.peer) }
      case 'renamed':
        return { ...event, peer: this.shown(event.peer), before: this.#before(event.peer, event.before) }
      default:
        return event
    }
  }

  receipt(receipt: Receipt): Receipt {
    const { failed, queued } = receipt
    if (failed.length + queued.length === 0) return receipt
    return { ...receipt, failed: this.#failures(failed), queued: this.#all(queued) }
  }

  pending(pending: PendingMessage): PendingMessage {
    return { ...pending, waiting: this.#all(pending.waiting), failed: this.#failures(pending.failed) }
  }

  entries(entries: readonly Entry[]): readonly ShownEntry[] {
    return entries.map((entry) => this.#entry(entry))
  }

  #entry(entry: Entry): ShownEntry {
    const { own, conversation, message } = entry
    if (!own) return { ...entry, message: { ...message, from: this.shown(message.from) } }
    const to = conversation.startsWith('@') ? this.known(conversation.slice(1)) : undefined
    return to === undefined ? entry : { ...entry, to }
  }

  /** The peer with this id, here or met before. */
  known(id: PeerId): Peer | undefined {
    const peer = this.#find(id)
    return peer && this.shown(peer)
  }

  /** What a person is called here; the short id for one who was never met. */
  nameOf(key: KeyId): string {
    const known = this.known(key)
    return known?.label ?? known?.name ?? shortId(key)
  }

  #find(id: PeerId): Peer | undefined {
    return this.#options.presence.get(id) ?? this.#options.store.person(id)
  }

  #all(peers: readonly Peer[]): readonly Peer[] {
    return peers.map((peer) => this.shown(peer))
  }

  #failures(failed: Receipt['failed']): Receipt['failed'] {
    return failed.map(({ peer, reason }) => ({ peer: this.shown(peer), reason }))
  }
}
