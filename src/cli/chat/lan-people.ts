/** Who is who on the LAN: everybody there has a user id of LSNP, `name@ip`, our own kind too. Pure. */
import { fold } from '../../chat/fold.ts'
import { addressKey, type Peer, type AddressKey } from '../../chat/model.ts'
import { ChatError } from '../../chat/errors.ts'
import type { LanPeer } from '../../udp/node/model.ts'
import { asWord, firstWord, firstWords } from './words.ts'
import type { Chat } from './command.ts'

/** What LSNP knows of a peer. One that is announced in two ways is the one of our own kind. */
export function lanPeerOf(peer: Peer, people: readonly LanPeer[]): LanPeer | undefined {
  if (peer.lsnp !== undefined) return people.find(({ userId }) => userId === peer.lsnp)
  const there = people.filter(
    ({ httpPort, addresses }) => httpPort === peer.port && addresses.includes(peer.ip),
  )
  return there.find(({ node }) => node !== undefined) ?? there[0]
}

/** Peers that announce a channel on the LAN, where this peer may not be; each once. */
export function announcedIn(channel: string, people: readonly LanPeer[]): Peer[] {
  const there = people.filter(({ channels }) => channels.includes(channel))
  const peers = there.map(({ ip, port, httpPort, name }) => ({ ip, port: httpPort ?? port, name }))
  return [...new Map(peers.map((peer) => [addressKey(peer), peer])).values()]
}

export function userIdOf(peer: Peer, people: readonly LanPeer[]): string {
  return peer.lsnp ?? lanPeerOf(peer, people)?.userId ?? userIdFor(peer.name, peer.ip)
}

/** So many places of peers are remembered with the user id there. */
export const MOST_USER_IDS = 4_096

/** The user ids of peers, also of those that have left: what is said of them names them as before. */
export class UserIds {
  /** By the place where they take messages; the one that was there last is the last. */
  readonly #ids = new Map<AddressKey, string>()

  /** Everybody who is there now. */
  note(people: readonly LanPeer[]): void {
    for (const { httpPort, addresses, userId } of people) {
      if (httpPort === undefined) continue
      for (const ip of addresses) this.#remember(addressKey({ ip, port: httpPort }), userId)
    }
  }

  of(peer: Peer, people: readonly LanPeer[]): string {
    const known = peer.lsnp ?? lanPeerOf(peer, people)?.userId ?? this.#ids.get(addressKey(peer))
    return known ?? userIdFor(peer.name, peer.ip)
  }

  #remember(place: AddressKey, userId: string): void {
    this.#ids.delete(place)
    this.#ids.set(place, userId)
    for (const oldest of this.#ids.keys()) {
      if (this.#ids.size <= MOST_USER_IDS) break
      this.#ids.delete(oldest)
    }
  }
}

/** The user id that a name has at an address: neither spaces nor a second `@` can be in it. */
export function userIdFor(name: string, ip: string): string {
  return `${name.trim().replace(/\s+/g, '_').replaceAll('@', '_')}@${ip}`
}

/** The one peer of this name, address or user id. Rejects with Refused. */
export async function whom(chat: Chat, written: string): Promise<Peer> {
  const wanted = written.replace(/^@/, '')
  const [peer, ...others] = withUserId(chat, wanted)
  if (peer === undefined)
    return chat.locate(wanted).catch((error: unknown) => {
      throw needsQuotes(chat, wanted) ?? error
    })
  if (others.length === 0) return peer
  const choices = [peer, ...others].map(addressKey).join(' or ')
  throw new ChatError(409, 'ambiguous_name', `there is more than one ${wanted}; use the address: ${choices}`)
}

/**
 * Whose name a line begins with, and what is behind it: the longest name with spaces of a peer that is here, as it is
 * spelt or else without regard to case and accents; otherwise the first word, which may name a peer of before.
 */
export function addressed(
  peers: readonly Peer[],
  line: string,
): { readonly word: string; readonly rest: string } {
  const first = firstWord(line)
  if (/^@?"/.test(line)) return first
  const names = peers.map(({ name }) => name).filter((name) => name.includes(' '))
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

/** Only the first word of a name was taken for it. */
function needsQuotes({ peers }: Chat, wanted: string): ChatError | undefined {
  const meant = peers.find(({ name }) => name.startsWith(`${wanted} `))
  if (meant === undefined) return undefined
  const detail = `nobody here is called ${wanted}: a name with spaces is written in quotes, ${asWord(meant.name)}`
  return new ChatError(404, 'unknown_peer', detail)
}

/** Whether somebody here goes by this name, address or user id. */
export function isHere(chat: Chat, written: string): boolean {
  const wanted = written.replace(/^@/, '')
  const isNamed = (peer: Peer): boolean => peer.name === wanted || addressKey(peer) === wanted
  return chat.peers.some(isNamed) || withUserId(chat, wanted).length > 0
}

function withUserId({ peers, people }: Chat, userId: string): Peer[] {
  return userId.includes('@') ? peers.filter((peer) => userIdOf(peer, people) === userId) : []
}
