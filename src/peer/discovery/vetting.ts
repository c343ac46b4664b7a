/**
 * Which addresses we may send messages to: those that the user gave, and those where a chat peer has answered a GET. An
 * address that nothing is known of is asked first (hello.ts).
 */
import { BoundedSet } from '../../chat/bounded.ts'
import { addressKey, type Peer, type AddressKey } from '../../chat/model.ts'
import { ClientError } from '../../http/client-connection.ts'
import { whoIsAt } from './identify.ts'
import type { Address } from '../../http/message.ts'
import type { HttpClient } from '../../http/network.ts'

/** Addresses that are remembered; the oldest are asked again. */
const MOST = 4_096

export class Vetting {
  readonly #client: Pick<HttpClient, 'request'>
  readonly #byHand: ReadonlySet<AddressKey>
  readonly #passed = new BoundedSet<AddressKey>(MOST)
  readonly #asking = new Set<AddressKey>()
  /** Peers that wrote to us from there: some of the first programs close a connection that asks for an unknown path. */
  readonly #wrote = new BoundedSet<AddressKey>(MOST)

  constructor(client: Pick<HttpClient, 'request'>, byHand: readonly Address[]) {
    this.#client = client
    this.#byHand = new Set(byHand.map(({ host, port }) => addressKey({ ip: host, port })))
  }

  /** Whether messages may be sent there at once. */
  hasPassed(peer: Peer): boolean {
    const id = addressKey(peer)
    return this.#byHand.has(id) || this.#passed.has(id)
  }

  /** A chat peer answered there. */
  passed(peer: Pick<Peer, 'ip' | 'port'>): void {
    this.#passed.add(addressKey(peer))
  }

  /** A message came from that host, and named this port as its sender's. */
  wrote(peer: Pick<Peer, 'ip' | 'port'>): void {
    this.#wrote.add(addressKey(peer))
  }

  /** Nobody answers there: another program may be there later. */
  failed(peer: Pick<Peer, 'ip' | 'port'>): void {
    this.#passed.delete(addressKey(peer))
  }

  /** Whether an answer from there is being waited for: what is sent now would overtake what waits for it. */
  isAsking(peer: Peer): boolean {
    return this.#asking.has(addressKey(peer))
  }

  /** Calls `send` as soon as messages may be sent there, or `refused` with a sentence that says why not. */
  async whenPassed<Result>(
    peer: Peer,
    send: () => Promise<Result>,
    refused: (reason: string) => Result,
  ): Promise<Result> {
    this.#asking.add(addressKey(peer))
    const reason = await this.problem(peer)
    this.#asking.delete(addressKey(peer))
    return reason === undefined ? send() : refused(reason)
  }

  /** Undefined: messages may be sent there. Else a sentence that says why not now. */
  async problem(peer: Peer): Promise<string | undefined> {
    if (this.hasPassed(peer)) return undefined
    try {
      const { kind } = await whoIsAt(this.#client, { host: peer.ip, port: peer.port })
      if (kind === 'stranger') return `no chat peer answers at ${addressKey(peer)}`
    } catch (error) {
      if (!(error instanceof ClientError)) throw error
      const isShy = error.code === 'closed' && this.#wrote.has(addressKey(peer))
      if (!isShy) return error.message
    }
    this.passed(peer)
    return undefined
  }
}
