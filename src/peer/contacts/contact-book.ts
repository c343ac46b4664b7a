/** The people with keys that were met, as the user looks them up. Invariant: looking changes nothing. */
import { peerId, type Peer, type PeerId } from '../../chat/model.ts'
import type { PresenceView } from '../../chat/presence.ts'
import type { FormerName, Store } from '../../store/store.ts'
import type { Labels } from './labels.ts'
import type { Mark, Verification } from './verification.ts'

export interface Contact {
  /** With its label. */
  readonly peer: Peer
  readonly isHere: boolean
  readonly mark: Mark
  /** When its key was compared; these times are Unix time in milliseconds. */
  readonly verifiedAt: number | undefined
  readonly firstMet: number | undefined
  readonly lastMet: number | undefined
  /** What it calls itself, where that is the name of another person, and it is called otherwise here. */
  readonly callsItself: string | undefined
  /** The last one first. */
  readonly formerNames: readonly FormerName[]
}

export interface ListedContact extends Contact {
  /** Own messages that wait for it. */
  readonly waiting: number
}

export interface ContactBookOptions {
  readonly store: Pick<Store, 'people' | 'firstMet' | 'lastMet' | 'formerNames' | 'unsettled' | 'calledHere'>
  readonly presence: Pick<PresenceView, 'get'>
  readonly labels: Pick<Labels, 'shown'>
  readonly verification: Pick<Verification, 'mark' | 'verifiedAt'>
}

export class ContactBook {
  readonly #options: ContactBookOptions

  constructor(options: ContactBookOptions) {
    this.#options = options
  }

  /** Those who are here first, then the last met first. */
  all(): readonly ListedContact[] {
    const { store } = this.#options
    const waiting = new Map<PeerId, number>()
    for (const id of store.unsettled().flatMap((each) => each.waiting.map(peerId)))
      waiting.set(id, (waiting.get(id) ?? 0) + 1)
    const contacts = store
      .people()
      .filter(({ key }) => key !== undefined)
      .map((peer) => ({ ...this.of(peer), waiting: waiting.get(peerId(peer)) ?? 0 }))
    return [...contacts.filter(({ isHere }) => isHere), ...contacts.filter(({ isHere }) => !isHere)]
  }

  of(peer: Peer): Contact {
    const { store, presence, labels, verification } = this.#options
    const { key } = peer
    return {
      peer: labels.shown(peer),
      isHere: presence.get(peerId(peer)) !== undefined,
      mark: verification.mark(peer),
      verifiedAt: key && verification.verifiedAt(key),
      firstMet: store.firstMet(peer),
      lastMet: store.lastMet(peer),
      callsItself: key !== undefined && store.calledHere(key) !== undefined ? peer.name : undefined,
      formerNames: key === undefined ? [] : store.formerNames.of(key),
    }
  }
}
