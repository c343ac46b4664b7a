/**
 * Relays messages between two worlds: a peer that sees those on its LAN and those at a tracker hands what one says in a
 * channel to those of the other. Invariant: a message keeps its author and its id, so each peer shows it once however
 * many relay it, and it is relayed at most LIMITS.hops times.
 */
import { BoundedMap } from '../../chat/bounded.ts'
import { LIMITS } from '../../chat/limits.ts'
import { DIRECT, peerId, senderKey, type ChatMessage, type Peer, type PeerId } from '../../chat/model.ts'
import { LAN, isTracker } from '../discovery/source.ts'
import type { KeyId } from '../../identity/public-key.ts'
import type { PresenceView, Source } from '../../chat/presence.ts'
import type { Channels } from '../channels.ts'
import type { Hush } from '../hush/hush.ts'
import type { Delivery } from './delivery/delivery.ts'

export interface RelayOptions {
  readonly presence: PresenceView
  readonly channels: Channels
  readonly delivery: Pick<Delivery, 'send'>
  readonly hush: Pick<Hush, 'isBlocked'>
  /** This peer sees a tracker and a LAN. */
  readonly isBetweenWorlds: boolean
}

/** Messages that wait for their signature; the oldest are not relayed. */
const MAX_HELD = 1_024

export class Relay {
  readonly #options: RelayOptions
  /** By sender and id: who said it. */
  readonly #held = new BoundedMap<string, Peer>(MAX_HELD)

  constructor(options: RelayOptions) {
    this.#options = options
  }

  /** Relays a message that came straight from this peer; one of a peer with a key when its signature is there. */
  ofPeer(message: ChatMessage, peer: Peer): void {
    if (!this.#mayRelay(message.channel)) return
    if (message.from.key !== undefined && message.signature === undefined) {
      this.#held.set(heldKey(message), peer)
      return
    }
    this.#relay(message, 0, this.#options.presence.sources(peerId(peer), message.channel))
  }

  /** Whether a message of a peer with this key waits for its signature. */
  holds(author: KeyId, id: string): boolean {
    return this.#held.has(`${author} ${id}`)
  }

  /** The signature of a message has come. */
  signed(message: ChatMessage): void {
    const peer = this.#held.get(heldKey(message))
    this.#held.delete(heldKey(message))
    if (peer !== undefined) this.ofPeer(message, peer)
  }

  /**
   * Relays a message that another peer at this host relayed, after so many `hops`. Which of the peers there did it is not
   * known.
   */
  ofHost(message: ChatMessage, hops: number, host: string): void {
    const { presence } = this.#options
    const { channel } = message
    if (!this.#mayRelay(channel)) return
    const there = presence.members(channel).filter(({ ip }) => ip === host)
    this.#relay(message, hops, new Set(there.flatMap((peer) => [...presence.sources(peerId(peer), channel)])))
  }

  #mayRelay(channel: string): boolean {
    const { channels, isBetweenWorlds } = this.#options
    return isBetweenWorlds && channel !== DIRECT && !channels.isGroup(channel) && !channels.isClosed(channel)
  }

  #relay(message: ChatMessage, hops: number, from: ReadonlySet<Source>): void {
    const { presence, delivery, hush } = this.#options
    const { channel, from: author } = message
    const members = presence
      .members(channel)
      .map((peer) => ({ peer, sources: presence.sources(peerId(peer), channel) }))
    const isWanted = (id: PeerId): boolean => id !== peerId(author) && !hush.isBlocked(id)
    const others = relayTo(from, hops, members).filter((peer) => isWanted(peerId(peer)))
    if (others.length > 0) delivery.send(message, others, hops + 1)
  }
}

function heldKey(message: ChatMessage): string {
  return `${senderKey(message)} ${message.id}`
}

export interface Member {
  readonly peer: Peer
  /** The sources that list it. */
  readonly sources: ReadonlySet<Source>
}

/** The members that get a message which came from a peer with these sources after so many hops. */
export function relayTo(from: ReadonlySet<Source>, hops: number, members: readonly Member[]): Peer[] {
  const world = worldOf(from)
  if (world === undefined || hops >= LIMITS.hops) return []
  const other = world === 'lan' ? 'tracker' : 'lan'
  return members.filter(({ sources }) => worldOf(sources) === other).map(({ peer }) => peer)
}

/** The one world that a peer is seen in; undefined for a peer in both, which reads everything anyway. */
function worldOf(sources: ReadonlySet<Source>): 'lan' | 'tracker' | undefined {
  const isOnLan = sources.has(LAN)
  if (isOnLan === [...sources].some(isTracker)) return undefined
  return isOnLan ? 'lan' : 'tracker'
}
