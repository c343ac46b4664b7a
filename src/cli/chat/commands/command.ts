/**
 * A command of the prompt, and the parts of a peer and a session that commands may use.
 *
 * To add a command, add an entry to one of the groups in this folder: reading, help and completion follow from it.
 */
import { contentFrom, type Content, type ContentKind } from '../../../chat/content.ts'
import {
  GENERAL,
  type AddressKey,
  type Peer,
  type PeerId,
  type Profile,
  type Receipt,
} from '../../../chat/model.ts'
import { ChatError } from '../../../chat/errors.ts'
import type { HushKind } from '../../../chat/hush.ts'
import { messageText } from '../../../chat/wire/fields.ts'
import type { Address } from '../../../http/message.ts'
import type { Contact, ListedContact } from '../../../peer/contacts/contact-book.ts'
import type { ShownEntry, ShownPage } from '../../../peer/contacts/labels.ts'
import type { IgnoreLists } from '../../../peer/hush/ignore-lists.ts'
import type { Mark } from '../../../peer/contacts/verification.ts'
import type { ClosedView } from '../../../peer/peer-view.ts'
import type { Hushed } from '../../../store/store.ts'
import type { Group, LanCommand, LanPeer } from '../../../udp/node/model.ts'
import type { Days } from '../../terminal/days.ts'
import type { Style } from '../../terminal/style.ts'

export interface Command {
  /** The help shows the first one. */
  readonly names: readonly string[]
  /** The upper-case word of legacy clients, read without a slash. */
  readonly word?: string
  /** What may follow `word`: any text, one word, or nothing, which makes every longer line a text. */
  readonly afterWord?: 'text' | 'word'
  readonly usage: string
  readonly help: string
  /** The page of the help that lists it; the first by default. */
  readonly topic?: 'lan' | 'more' | 'closed'
  /** The largest number of words it takes; any text by default. */
  readonly most?: number
  /** Words that are names of users: Tab completes them, in quotes where they have spaces. */
  readonly people?: 'first' | 'all'
  /** It sends something to the channel in front, or elsewhere. */
  readonly speaks?: 'here' | 'elsewhere'
  /** It asks for something: between pipes its answer goes to standard output. */
  readonly asks?: boolean
  readonly run: (session: Session, rest: string) => void | Promise<void>
}

/** The session that a command is performed in. */
export interface Session {
  readonly chat: Chat
  readonly style: Style
  /** The channel that plain text goes to; undefined: the peer is in none. */
  current: string | undefined
  /** Channels the user went to or wrote in. Going elsewhere leaves any other one. */
  readonly chosen: Set<string>
  verbose: boolean
  /** The day of the last line on the screen. */
  readonly days: Days
  readonly print: (text: string) => void
  /** The bytes of a picture. Rejects with ChatError, whose message names the file. */
  readonly readFile: (path: string) => Promise<Buffer>
  /** 16 random lower-case hexadecimal digits. */
  readonly newId: () => string
  quit(): void
}

/** The peer as commands see it. */
export interface Chat {
  readonly self: Peer
  /** The address at which peers on other machines reach this one. */
  readonly reachable: Address
  readonly channels: readonly string[]
  readonly peers: readonly Peer[]
  members(channel: string): readonly Peer[]
  history(channel: string, count: number): ShownPage
  /** Messages with all of these words, the newest first. */
  search(words: string, count: number): Promise<readonly ShownEntry[]>
  /** Sends failed messages again; returns how many. */
  retry(): number
  /** The one peer that a word means. Rejects with ChatError. */
  locate(word: string): Promise<Peer>
  /** The peer with this id, here or met before. */
  known(id: PeerId): Peer | undefined
  /** What to say with a message to this peer, if another one of its name is here and could be taken for it. */
  mixUp(peer: Peer): string | undefined
  /** Its key was proved since the start. */
  isProved(peer: Peer): boolean
  addressesOf(peer: Peer): readonly AddressKey[]
  /** What a check of this start says of it. */
  markOf(peer: Peer): Mark
  /** The people with keys that were met. */
  contacts(): readonly ListedContact[]
  contact(peer: Peer): Contact
  /** Twelve groups of five digits. Rejects with ChatError. */
  safetyNumber(peer: Peer): Promise<readonly string[]>
  /** Calls the peer by the name that it has taken. Returns whether it was called otherwise. */
  acceptName(peer: Peer): boolean
  /** The user compared the number. Throws ChatError. */
  verify(peer: Peer): void
  /** Returns whether the peer was verified. Throws ChatError. */
  unverify(peer: Peer): boolean
  /** The people and channels that the user mutes, ignores or blocks, with dates. */
  hushed(): readonly Hushed[]
  /** `target`: a PeerId, or `#` and a channel. `ms`: for how long. Throws ChatError. */
  hush(target: string, kind: HushKind, ms?: number): void
  /** Returns what no longer holds. Throws ChatError if another kind holds. */
  unhush(target: string, kind: HushKind): Hushed | undefined
  /** The ignore lists that people share. */
  readonly ignoreLists: Pick<IgnoreLists, 'own' | 'of' | 'take' | 'undo'>
  say(channel: string, said: Content | string): Receipt
  directTo(to: PeerId, text: string): Receipt
  /** A closed channel by its label, such as `!ops`, as its members see it. Throws ChatError 404. */
  closed(label: string): ClosedView
  /** Returns the label. Throws ChatError. */
  createClosed(name: string): string
  /** Comes into a closed channel by a link. Returns its label. Rejects with ChatError. */
  follow(link: string): Promise<string>
  /** These throw ChatError unless the user made the channel. */
  invite(channel: string, peer: Peer): void
  remove(channel: string, peer: Peer): void
  inviteByLink(channel: string): string
  /** Returns whether the link was open. */
  withdrawLink(channel: string, link: string): boolean
  join(channel: string): Promise<void>
  part(channel: string): Promise<void>
  rename(name: string): Promise<void>
  /** The peer that had no key is the other one. Throws ChatError. */
  same(old: PeerId, id: PeerId): void
  /** Sets the status or the picture that others see; a field that is missing stays. Throws ChatError. */
  show(shown: { readonly status?: string; readonly avatar?: Buffer }): void
  profile(peer: Peer): Profile
  /** Every peer that LSNP knows on the LAN; empty without a LAN. */
  readonly people: readonly LanPeer[]
  /** Throws ChatError if this peer does not use the LAN. */
  readonly lan: Lan
  /** Whether every datagram becomes an event. */
  traceDatagrams(on: boolean): void
}

/** Commands that only the LAN has. */
export interface Lan {
  /** Groups of LSNP, by the channel that shows each. */
  readonly groups: ReadonlyMap<string, Group>
  /** Throws ChatError. */
  command(command: LanCommand): void
}

export function usage(how: string): ChatError {
  return new ChatError(400, 'usage', `usage: ${how}`)
}

/** Throws ChatError if there is no text. */
export function needed(text: string, how: string): string {
  if (text === '') throw usage(how)
  return text
}

export const NOWHERE = `you are in no channel: #${GENERAL} goes to one`

/** The channel in front. Throws ChatError if there is none. */
export function here({ current }: Session): string {
  if (current === undefined) throw new ChatError(409, 'no_channel', NOWHERE)
  return current
}

/** Says something in a channel, which is a chosen one from then on. Throws ChatError. */
export function say(session: Session, channel: string, text: string, kind: ContentKind = 'text'): void {
  session.chosen.add(channel)
  session.chat.say(channel, contentFrom(messageText(text), kind))
}
