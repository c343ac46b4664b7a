/** Peers by the words of a command: a label, a short id, a key, an address, or a user id. */
import { fold } from '../../../chat/fold.ts'
import { addressKey, labelOf, peerId, type Peer } from '../../../chat/model.ts'
import { ChatError } from '../../../chat/errors.ts'
import { userIdOf } from '../user-ids.ts'
import { asWord, firstWord, firstWords } from './words.ts'
import type { Chat } from './command.ts'

/** The only peer that a word or a user id means. Rejects with ChatError. */
export async function peerNamed(chat: Chat, written: string): Promise<Peer> {
  const wanted = written.replace(/^@/, '')
  const [peer, ...others] = withUserId(chat, wanted)
  if (peer === undefined)
    return chat.locate(wanted).catch((error: unknown) => {
      throw needsQuotes(chat, wanted) ?? error
    })
  if (others.length === 0) return peer
  const choices = [peer, ...others].map(labelOf).join(' or ')
  throw new ChatError(409, 'ambiguous_name', `there is more than one ${wanted}: say ${choices}`)
}

/**
 * The name at the beginning of a line, and the text behind it. It is the longest name with spaces of a peer that is here,
 * exactly or else without regard to case and accents; otherwise the first word, which may name a peer that has left.
 */
export function addressed(
  peers: readonly Peer[],
  line: string,
): { readonly word: string; readonly rest: string } {
  const first = firstWord(line)
  if (/^@?"/.test(line)) return first
  const names = peers.map(labelOf).filter((name) => name.includes(' '))
  const longestFirst = [...new Set(names)].sort((one, other) => other.length - one.length)
  const isAlike = (text: string, name: string): boolean => fold(text) === fold(name)
  for (const isNamed of [(text: string, name: string) => text === name, isAlike]) {
    for (const name of longestFirst) {
      const { begin, rest } = firstWords(line.replace(/^@/, ''), name.split(' ').length)
      if (isNamed(begin, name)) return { word: name, rest }
    }
  }
  return first
}

/** Whether a peer here has this label, name, address or user id. */
export function isHere(chat: Chat, written: string): boolean {
  const wanted = written.replace(/^@/, '')
  const isNamed = (peer: Peer): boolean => [labelOf(peer), peer.name, addressKey(peer)].includes(wanted)
  return chat.peers.some(isNamed) || withUserId(chat, wanted).length > 0
}

/** Peers that announce a channel on the LAN, each once. This peer need not be in the channel. */
export function announcedIn(channel: string, chat: Pick<Chat, 'people' | 'known'>): Peer[] {
  const there = chat.people.filter(({ channels }) => channels.includes(channel))
  const peers = there.map(({ ip, port, httpPort, name, key }) => ({
    ip,
    port: httpPort ?? port,
    name,
    ...(key === undefined ? {} : { key }),
  }))
  return [...new Set(peers.map(peerId))].flatMap(
    (id) => chat.known(id) ?? peers.find((peer) => peerId(peer) === id) ?? [],
  )
}

/** The error if the word is only the first of a name. */
function needsQuotes({ peers }: Chat, wanted: string): ChatError | undefined {
  const meant = peers.find((peer) => labelOf(peer).startsWith(`${wanted} `))
  if (meant === undefined) return undefined
  const detail = `nobody here is called ${wanted}: a name with spaces is written in quotes, ${asWord(labelOf(meant))}`
  return new ChatError(404, 'unknown_peer', detail)
}

function withUserId({ peers, people }: Chat, userId: string): Peer[] {
  return userId.includes('@') ? peers.filter((peer) => userIdOf(peer, people) === userId) : []
}
