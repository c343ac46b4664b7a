/**
 * Events on the LAN -> lines as the first LSNP program prints them: peers by user id in verbose mode, otherwise by name.
 * Events that this program does not have are in the words of LSNP's RFC draft.
 */
import { cameLate } from '../../chat/moment.ts'
import { plainLine } from '../../chat/content.ts'
import {
  DIRECT,
  GENERAL,
  addressKey,
  labelOf,
  type ChatMessage,
  type Peer,
  type Profile,
} from '../../chat/model.ts'
import { userIdParts } from '../../udp/lsnp/codec.ts'
import { sanitize, sanitizeLine, sanitizeSentence } from '../../chat/sanitize.ts'
import { lanPeerOf, userIdFor, UserIds, userIdOf } from '../chat/user-ids.ts'
import { clockTime, datagramLine, eventLine, lsnpSentence, name } from '../terminal/render.ts'
import type { Chat } from '../chat/commands/command.ts'
import type { News, Wording } from '../chat/wording.ts'
import type { Style } from '../terminal/style.ts'

/** One object, shared by the command that changes it and the functions that read it. */
export interface Mode {
  verbose: boolean
}

/** The wording of `parley lan`. */
export function lanWording(chat: Chat, mode: Mode, style: Style): Wording {
  const ids = new UserIds()
  const idOf = (peer: Peer): string => sanitizeLine(ids.of(peer, chat.people))
  return {
    isDated: false,
    message(message, receivedAt, { hops = 0 }) {
      ids.note(chat.people)
      const relayed = hops > 0 ? ' (relayed)' : ''
      return lanMessage(message, hops, chat, mode, idOf) + whenSaid(message.sentAt, receivedAt) + relayed
    },
    news(news) {
      ids.note(chat.people)
      return lanNews(news, chat, mode, style, idOf)
    },
  }
}

/** `[POST] bob@10.0.0.2: text`, or `Bob(image/png): text`. */
function lanMessage(
  { from, channel, content }: ChatMessage,
  hops: number,
  chat: Chat,
  mode: Mode,
  idOf: (peer: Peer) => string,
): string {
  // A relayed message may be from a peer that had this address earlier.
  const who = hops > 0 ? sanitizeLine(userIdFor(from.name, from.ip)) : idOf(from)
  const said = indented(plainLine(content, labelOf(from)))
  const group = groupOf(channel, chat)
  if (!mode.verbose) {
    if (group !== undefined) return `${who} sent "${said}"`
    const where = channel === GENERAL || channel === DIRECT ? '' : `#${sanitizeLine(channel)} `
    const toWhom = channel === DIRECT ? ' (to you)' : ''
    return `${where}${name(from)}${pictureTag(chat.profile(from))}${toWhom}: ${said}`
  }
  if (group !== undefined) return `[GROUP ${sanitizeLine(group)}] ${who}: ${said}`
  if (channel === DIRECT) return `[DM] From ${who}: ${said}`
  return `[${channel === GENERAL ? 'POST' : `#${sanitizeLine(channel)}`}] ${who}: ${said}`
}

/** The time of a message that was said long before it arrived; a line without a time was said just now. */
function whenSaid(sentAt: number, receivedAt: number): string {
  if (!cameLate(sentAt, receivedAt)) return ''
  const day = new Date(sentAt).toDateString()
  const isToday = day === new Date(receivedAt).toDateString()
  return ` (sent ${isToday ? '' : `${day} `}${clockTime(sentAt)})`
}

/** Undefined: no line in this mode. */
function lanNews(
  news: News,
  chat: Chat,
  mode: Mode,
  style: Style,
  idOf: (peer: Peer) => string,
): string | undefined {
  switch (news.kind) {
    case 'joined':
    case 'parted':
      return presenceNews(news, chat, mode, style, idOf)
    case 'followed':
    case 'liked':
      return lsnpSentence(news)
    case 'group':
      return news.news === 'created' && mode.verbose
        ? `${lsnpSentence(news)}\n  Channel: #${sanitizeLine(news.channel)}`
        : lsnpSentence(news)
    case 'datagram':
      return datagramLine(news)
    default:
      return eventLine(news, style)
  }
}

/** A group has one sentence for all its members. */
function presenceNews(
  news: Extract<News, { kind: 'joined' | 'parted' }>,
  chat: Chat,
  { verbose }: Mode,
  style: Style,
  idOf: (peer: Peer) => string,
): string | undefined {
  if (groupOf(news.channel, chat) !== undefined) return undefined
  if (news.channel !== GENERAL) return eventLine(news, style)
  if (!verbose) return undefined
  const who = idOf(news.peer)
  return news.kind === 'joined'
    ? `[DISCOVERY] Found peer: ${who}`
    : `[DISCOVERY] Lost peer: ${who} (${sanitizeLine(news.reason)})`
}

/** `[PROFILE UPDATE] Bob (bob@10.0.0.2)` with the status and the picture, or only name and status. */
export function lanProfile(peer: Peer, chat: Chat, { verbose }: Mode): string {
  const { status, avatar } = chat.profile(peer)
  if (!verbose) return `${name(peer)}\n   ${sanitizeSentence(status)}`
  const picture = avatar === undefined ? [] : [`  Avatar: ${sanitizeLine(avatar.type)} (base64 encoded)`]
  const first = `[PROFILE UPDATE] ${name(peer)} (${userId(peer, chat)})`
  return [first, `  Status: ${sanitizeSentence(status)}`, ...picture].join('\n')
}

/** All peers. `now`: in milliseconds, by the clock of LanPeer. */
export function knownPeers(chat: Chat, { verbose }: Mode, now: number): string {
  const { peers } = chat
  if (peers.length === 0) return 'No peers discovered yet. Wait for peer discovery or try again.'
  if (!verbose) return `Known Peers (${peers.length}): ${peers.map((peer) => called(peer, chat)).join(', ')}`
  const lines = peers.map((peer) => `  - ${userId(peer, chat)} (${at(peer)})${seen(peer, chat, now)}`)
  return [`[KNOWN PEERS] (${peers.length} peers):`, ...lines].join('\n')
}

/** Peers that take direct messages. */
export function availablePeers(chat: Chat): string {
  const lines = chat.peers.map((peer) => `  - ${userId(peer, chat)} (${name(peer)})`)
  return ['Available peers:', ...lines].join('\n')
}

/** The user id, with the name before it if they differ. */
function called(peer: Peer, chat: Chat): string {
  const id = userId(peer, chat)
  return userIdParts(id).name === name(peer) ? id : `${name(peer)} (${id})`
}

function userId(peer: Peer, { people }: Pick<Chat, 'people'>): string {
  return sanitizeLine(userIdOf(peer, people))
}

/** ` [seen 4s ago]` for a peer that the LAN knows. */
function seen(peer: Peer, { people }: Chat, now: number): string {
  const known = lanPeerOf(peer, people)
  if (known === undefined) return ''
  return ` [seen ${Math.max(0, Math.floor((now - known.lastSeenAt) / 1000))}s ago]`
}

/** The name of a peer in this mode: its user id, or its name. */
export function calledIn({ verbose }: Mode, peer: Peer, chat: Pick<Chat, 'people'>): string {
  return verbose ? userId(peer, chat) : name(peer)
}

/** The address; the user id stands before it. */
function at({ ip, port }: Peer): string {
  return addressKey({ ip, port })
}

function pictureTag({ avatar }: Profile): string {
  return avatar === undefined ? '' : `(${sanitizeLine(avatar.type)})`
}

function groupOf(channel: string, { lan }: Chat): string | undefined {
  return lan.groups.get(channel)?.name
}

/** None of its lines looks like another message. */
function indented(text: string): string {
  return sanitize(text).split('\n').join('\n      ')
}
