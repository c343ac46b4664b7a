/**
 * Peers that another peer named, as the author of a message that it relayed. Nothing in such a message is believed, and
 * nothing is sent to the address, before GET /p2p/hello was answered there; then the peer is greeted.
 */
import { namedAddressProblem } from '../../chat/address.ts'
import { TIMES } from '../../chat/limits.ts'
import { type Peer, addressKey, peerId, type PeerId } from '../../chat/model.ts'
import { RateLimit } from '../../chat/rate-limit.ts'
import { ClientError } from '../../http/client-connection.ts'
import { whoIsAt } from './identify.ts'
import { PEER_EXCHANGE, type PresenceSource } from './source.ts'
import type { Clock } from '../../chat/clock.ts'
import type { PresenceView } from '../../chat/presence.ts'
import type { Address } from '../../http/message.ts'
import type { HttpClient } from '../../http/network.ts'
import type { Self } from '../self/self.ts'
import type { Discovery } from './discovery.ts'
import type { HelloClient } from './hello-client.ts'

export interface PeerExchangeOptions {
  readonly client: Pick<HttpClient, 'request'>
  readonly clock: Clock
  readonly presence: PresenceView
  readonly hello: HelloClient
  readonly self: Self
  readonly discovery: Pick<Discovery, 'update'>
}

/** A peer that makes up addresses must not have this one ask at many of them. */
const CANDIDATES = { perSecond: 2, burst: 20 }

export class PeerExchange implements PresenceSource {
  readonly id = PEER_EXCHANGE
  readonly #options: PeerExchangeOptions
  readonly #rate = new RateLimit(CANDIDATES)
  /** When a candidate was tried, the oldest first; within TIMES.introduction it is not tried again. */
  readonly #tried = new Map<PeerId, number>()
  #isStopped = false

  constructor(options: PeerExchangeOptions) {
    this.#options = options
  }

  /** A host at `by` named this peer. */
  addCandidate(peer: Peer, by: string): void {
    const { clock, presence, self } = this.#options
    const { ip, port, lsnp } = peer
    if (this.#isStopped || lsnp !== undefined || presence.get(peerId(peer)) !== undefined) return
    if (self.address.others([peer], by).length === 0) return
    const now = clock.now()
    for (const [oldest, at] of this.#tried) {
      if (now - at < TIMES.introduction) break
      this.#tried.delete(oldest)
    }
    const id = addressKey({ ip, port })
    if (this.#tried.has(id) || this.#rate.take('all', now) > 0) return
    this.#tried.set(id, now)
    void this.#try({ host: ip, port })
  }

  stop(): void {
    this.#isStopped = true
  }

  /** Never rejects: a peer that does not answer is not there. */
  async #try(address: Address): Promise<void> {
    const { hello, self, discovery } = this.#options
    const met = (await this.#isOtherPeer(address)) ? await hello.greet(address) : undefined
    if (met?.kind !== 'met' || this.#isStopped) return
    const { peer } = met
    if (namedAddressProblem(peer.ip, peer.port) !== undefined || self.address.isOurs(peer)) return
    discovery.update(this.id, met)
  }

  async #isOtherPeer(address: Address): Promise<boolean> {
    const { client, self } = this.#options
    try {
      const found = await whoIsAt(client, address)
      return found.kind === 'parley' && found.node !== self.node && !this.#isStopped
    } catch (error) {
      if (error instanceof ClientError) return false
      throw error
    }
  }
}
