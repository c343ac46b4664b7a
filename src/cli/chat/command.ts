/** What a command of the prompt is; and the peer and the conversation, as far as commands may use them. Pure. */
import { ChatError } from '../../chat/errors.ts'
import type { Content } from '../../chat/content.ts'
import type { Peer, Profile, Receipt } from '../../chat/model.ts'
import type { Address } from '../../http/message.ts'
import type { Entry, Page } from '../../store/store.ts'
import type { Group, LanCommand, LanPeer } from '../../udp/node/model.ts'
import type { Days } from '../terminal/days.ts'
import type { Style } from '../terminal/style.ts'

/** The peer as the commands see it. */
export interface Chat {
  readonly self: Peer
  /** Where peers of other machines reach this one. */
  readonly reachable: Address
  readonly channels: readonly string[]
  readonly peers: readonly Peer[]
  members(channel: string): readonly Peer[]
  history(channel: string, count: number): Page
  /** Messages with all of these words, the newest first. */
  search(words: string, count: number): Promise<readonly Entry[]>
  /** Tries again what has failed; returns how many messages that is. */
  retry(): number
  locate(name: string): Promise<Peer>
  say(channel: string, said: Content | string): Receipt
  direct(name: string, text: string): Receipt
  join(channel: string): Promise<void>
  part(channel: string): Promise<void>
  rename(name: string): Promise<void>
  /** What others see beside our name; what is not named stays. Throws Refused. */
  show(shown: { readonly status?: string; readonly avatar?: Buffer }): void
  profile(peer: Peer): Profile
  /** Everybody on the LAN as LSNP knows them; nobody where there is no LAN. */
  readonly people: readonly LanPeer[]
  /** Throws Refused when this peer takes no part in the LAN. */
  readonly lan: Lan
  /** Whether every datagram is told of, where there is a LAN. */
  traceDatagrams(on: boolean): void
}

/** What only the LAN can do. */
export interface Lan {
  /** Groups of LSNP, by the channel that each is shown as. */
  readonly groups: ReadonlyMap<string, Group>
  /** Throws Refused. */
  command(command: LanCommand): void
}

/** The conversation in front of somebody. */
export interface Session {
  readonly chat: Chat
  readonly style: Style
  /** The channel that plain text goes to; undefined: we are in none. */
  current: string | undefined
  /** Channels one went to, or wrote in; the one where everybody starts is left for another unless it is among them. */
  readonly chosen: Set<string>
  verbose: boolean
  /** The day of what is on the screen. */
  readonly days: Days
  readonly print: (text: string) => void
  /** The bytes of a picture. Rejects with Refused, with a sentence that names the file. */
  readonly readFile: (path: string) => Promise<Buffer>
  /** 16 lower-case hexadecimal digits, at random. */
  readonly newId: () => string
  quit(): void
}

export interface Command {
  /** The first is the one shown in the help. */
  readonly names: readonly string[]
  /** The upper-case word of the first programs, taken without a slash. */
  readonly word?: string
  readonly usage: string
  readonly help: string
  /** The page of the help that has it; the first, when none is given. */
  readonly topic?: 'lan' | 'more'
  /** Words that it takes at most; any text, when no number is given. */
  readonly most?: number
  /** Words that are names of people: those are completed, in quotes where they need them. */
  readonly people?: 'first' | 'all'
  /** It is a message, to those in the channel in front or to others. */
  readonly speaks?: 'here' | 'elsewhere'
  /** What it prints is what was asked for, and not a remark about something that was done. */
  readonly asks?: boolean
  readonly run: (session: Session, rest: string) => void | Promise<void>
}

/** Throws Refused when there is no text. */
export function needed(text: string, how: string): string {
  if (text === '') throw usage(how)
  return text
}

export function usage(how: string): ChatError {
  return new ChatError(400, 'usage', `usage: ${how}`)
}
