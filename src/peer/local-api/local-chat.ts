/** The running peer as its local API uses it: what is read of it, and what it is asked to do. */
import type { Content } from '../../chat/content.ts'
import type { HushKind } from '../../chat/hush.ts'
import type { AddressKey, Peer, Profile, Receipt, PeerId } from '../../chat/model.ts'
import type { Conversation } from '../../chat/wire/local-api.ts'
import type { Address } from '../../http/message.ts'
import type { Direct, Hushed, PendingMessage } from '../../store/store.ts'
import type { Contact, ListedContact } from '../contacts/contact-book.ts'
import type { ShownEntry, ShownPage } from '../contacts/labels.ts'
import type { IgnoreLists } from '../hush/ignore-lists.ts'
import type { ClosedView } from '../peer-view.ts'
import type { SayOptions } from '../peer.ts'

export interface ViewedPeer {
  readonly self: Peer
  /** Where peers of other machines reach this one. */
  readonly reachable: Address
  readonly identity?: string
  /** What tells its closed network from others; undefined in an open one. */
  readonly network?: string | undefined
  readonly channels: readonly string[]
  readonly peers: readonly Peer[]
  /** A sentence, as long as nothing can be written to disk. */
  readonly problem: string | undefined
  members(channel: string): readonly Peer[]
  /** The peer with this id, here or met before. */
  known(id: PeerId): Peer | undefined
  /** Where it is reached, the address that is tried first first. */
  addressesOf(peer: Peer): readonly AddressKey[]
  /** What is known of a peer. */
  contact(peer: Peer): Contact
  /** The people with keys that were met. */
  contacts(): readonly ListedContact[]
  /** The people and channels that the user mutes, ignores or blocks, with dates. */
  hushed(): readonly Hushed[]
  /** Twelve groups of five digits. Rejects with ChatError. */
  safetyNumber(peer: Peer): Promise<readonly string[]>
  isGroup(channel: string): boolean
  /** Closed channels that the peer is in, or is invited to. */
  closedChannels(): readonly ClosedView[]
  /** Throws ChatError 404. */
  closed(label: string): ClosedView
  /** The sources that say that this peer is here. */
  sourcesOf(id: PeerId): readonly string[]
  /** Undefined: the profile of this peer itself. */
  profileOf(id: PeerId | undefined): Profile
  history(conversation: Conversation, count: number, before?: string): ShownPage
  historyAfter(conversation: Conversation, count: number, after: string): ShownPage
  historyAround(conversation: Conversation, count: number, at: number): ShownPage
  /** An own message, by its id. */
  own(messageId: string): ShownEntry | undefined
  readUpTo(conversation: Conversation): number
  search(
    words: string,
    count: number,
    conversation?: Conversation,
    signal?: AbortSignal,
  ): Promise<readonly ShownEntry[]>
  directs(): readonly Direct[]
  unsettled(): readonly PendingMessage[]
  receipt(messageId: string): Receipt | undefined
}

export interface LocalChat extends ViewedPeer {
  /** The ignore lists that people share. */
  readonly ignoreLists: Pick<IgnoreLists, 'own' | 'of' | 'take' | 'undo'>
  say(channel: string, said: Content | string, options?: SayOptions): Receipt
  directTo(to: PeerId, said: Content | string, options?: SayOptions): Receipt
  /** Resolves when everything said so far is kept. */
  saved(): Promise<void>
  /** The one peer that a word means. Rejects with ChatError. */
  locate(word: string): Promise<Peer>
  /** What to say with a message to this peer, if another one of its name is here and could be taken for it. */
  mixUp(peer: Peer): string | undefined
  /** The peer that had no key is the other one. Throws ChatError. */
  same(old: PeerId, id: PeerId): void
  /** Returns the label. Throws ChatError. */
  createClosed(name: string): string
  /** Comes into a closed channel by a link. Returns its label. Rejects with ChatError. */
  follow(link: string): Promise<string>
  /** These throw ChatError unless this peer created the channel. */
  invite(channel: string, peer: Peer): void
  remove(channel: string, peer: Peer): void
  inviteByLink(channel: string): string
  withdrawLink(channel: string, link: string): boolean
  join(channel: string): Promise<void>
  part(channel: string): Promise<void>
  rename(name: string): Promise<void>
  /** Calls the peer by the name that it has taken. Returns whether it was called otherwise. */
  acceptName(peer: Peer): boolean
  /** The user compared the safety number. Throws ChatError. */
  verify(peer: Peer): void
  unverify(peer: Peer): boolean
  /** `target`: a PeerId, or `#` and a channel. Throws ChatError. */
  hush(target: string, kind: HushKind, ms?: number): void
  unhush(target: string, kind: HushKind): Hushed | undefined
  show(shown: Shown): void
  /** Returns up to where the conversation is read now. */
  markRead(conversation: Conversation, upTo: number): number
  /** Tries again what has failed; returns how many messages that is. */
  retry(): number
}

/** What others see beside the name. A member that is undefined stays as it is; `none` removes the picture. */
export interface Shown {
  readonly status?: string | undefined
  readonly avatar?: Buffer | 'none' | undefined
}
