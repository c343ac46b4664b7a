/**
 * What happened on the LAN -> lines as the first program of its family prints them: in verbose mode everybody by
 * user id, otherwise by name; what that program does not know in the words of LSNP's RFC draft. Pure.
 */
import { plainLine } from '../../chat/content.ts'
import { DIRECT, GENERAL, addressKey, type ChatMessage, type Peer, type Profile } from '../../chat/model.ts'
import { userIdParts } from '../../udp/lsnp/codec.ts'
import { sanitize, sanitizeLine, sanitizeSentence } from '../../chat/sanitize.ts'
import { lanPeerOf, userIdFor, UserIds, userIdOf } from '../chat/lan-people.ts'
import { clockTime, datagramLine, eventLine, LATE, lsnpSentence, name } from '../terminal/render.ts'
import type { Chat } from '../chat/command.ts'
import type { News, Wording } from '../chat/session.ts'
import type { Style } from '../terminal/style.ts'

/** Shared by whoever changes it and whoever obeys it. */
export interface Mode {
  verbose: boolean
}

/** The wording of `parley lan`. */
export function lanWording(chat: Chat, mode: Mode, style: Style): Wording {
  const ids = new UserIds()
  const idOf = (peer: Peer): string => sanitizeLine(ids.of(peer, chat.people))
  return {
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
  // What a third party told may be from a peer that had this address before the one that has it now.
  const who = hops > 0 ? sanitizeLine(userIdFor(from.name, from.ip)) : idOf(from)
  const said = indented(plainLine(content, from.name))
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

/** When something was said long before it came: what has no time was said just now. */
function whenSaid(sentAt: number, receivedAt: number): string {
  if (receivedAt - sentAt <= LATE) return ''
  const day = new Date(sentAt).toDateString()
  const isToday = day === new Date(receivedAt).toDateString()
  return ` (sent ${isToday ? '' : `${day} `}${clockTime(sentAt)})`
}

/** Undefined: nothing is said of it in this mode. */
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

/** Who is in a group is told as one sentence about the group. */
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

/** `[PROFILE UPDATE] Bob (bob@10.0.0.2)` and what is shown beside the name, or both without a word around them. */
export function lanProfile(peer: Peer, chat: Chat, { verbose }: Mode): string {
  const { status, avatar } = chat.profile(peer)
  if (!verbose) return `${name(peer)}\n   ${sanitizeSentence(status)}`
  const picture = avatar === undefined ? [] : [`  Avatar: ${sanitizeLine(avatar.type)} (base64 encoded)`]
  const first = `[PROFILE UPDATE] ${name(peer)} (${userId(peer, chat)})`
  return [first, `  Status: ${sanitizeSentence(status)}`, ...picture].join('\n')
}

/** Everybody who is there. `now`: in milliseconds, by the clock of LanPeer. */
export function knownPeers(chat: Chat, { verbose }: Mode, now: number): string {
  const { peers } = chat
  if (peers.length === 0) return 'No peers discovered yet. Wait for peer discovery or try again.'
  if (!verbose) return `Known Peers (${peers.length}): ${peers.map((peer) => called(peer, chat)).join(', ')}`
  const lines = peers.map((peer) => `  - ${userId(peer, chat)} (${at(peer)})${seen(peer, chat, now)}`)
  return [`[KNOWN PEERS] (${peers.length} peers):`, ...lines].join('\n')
}

/** Whom one can write to. */
export function availablePeers(chat: Chat): string {
  const lines = chat.peers.map((peer) => `  - ${userId(peer, chat)} (${name(peer)})`)
  return ['Available peers:', ...lines].join('\n')
}

/** The user id, behind the name if that says more. */
function called(peer: Peer, chat: Chat): string {
  const id = userId(peer, chat)
  return userIdParts(id).name === name(peer) ? id : `${name(peer)} (${id})`
}

function userId(peer: Peer, { people }: Pick<Chat, 'people'>): string {
  return sanitizeLine(userIdOf(peer, people))
}

/** ` [seen 4s ago]`, of a peer that the LAN knows. */
function seen(peer: Peer, { people }: Chat, now: number): string {
  const known = lanPeerOf(peer, people)
  if (known === undefined) return ''
  return ` [seen ${Math.max(0, Math.floor((now - known.lastSeenAt) / 1000))}s ago]`
}

/** As this mode calls a peer: by its user id, or by its name. */
export function calledIn({ verbose }: Mode, peer: Peer, chat: Pick<Chat, 'people'>): string {
  return verbose ? userId(peer, chat) : name(peer)
}

/** The address, whatever the id: the user id stands before it. */
function at({ ip, port }: Peer): string {
  return addressKey({ ip, port })
}

function pictureTag({ avatar }: Profile): string {
  return avatar === undefined ? '' : `(${sanitizeLine(avatar.type)})`
}

function groupOf(channel: string, { lan }: Chat): string | undefined {
  return lan.groups.get(channel)?.name
}

/** None of its lines can pass for another message. */
function indented(text: string): string {
  return sanitize(text).split('\n').join('\n      ')
}
