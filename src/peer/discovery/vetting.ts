/**
 * The addresses that messages may be sent to in clear. Invariant: the user gave the address, or a chat peer without a key
 * has answered a GET there (identify.ts) and was not lost since.
 */
import { hostOf } from '../../chat/address.ts'
import { BoundedSet } from '../../chat/bounded.ts'
import { addressKey, peerId, type Peer, type AddressKey } from '../../chat/model.ts'
import { ClientError } from '../../http/client-connection.ts'
import { whoIsAt } from './identify.ts'
import type { PresenceView, RosterChange } from '../../chat/presence.ts'
import type { Address } from '../../http/message.ts'
import type { HttpClient } from '../../http/network.ts'
import type { Contacts } from '../contacts/contacts.ts'
import type { Feature } from '../feature.ts'

/** Addresses that are remembered; the oldest of the host with most of them are asked again. */
const MAX_REMEMBERED = 4_096

export class Vetting implements Feature {
  readonly #client: Pick<HttpClient, 'request'>
  readonly #presence: PresenceView
  readonly #contacts: Pick<Contacts, 'meet'>
  readonly #manual: ReadonlySet<AddressKey>
  readonly #passed = new BoundedSet<AddressKey>(MAX_REMEMBERED, hostOf)
  readonly #asking = new Set<AddressKey>()
  /** Addresses whose peers, without keys, wrote to this one: some legacy clients close a connection that asks for an unknown path. */
  readonly #wrote = new BoundedSet<AddressKey>(MAX_REMEMBERED, hostOf)

  /** `manual`: addresses that the user gave. */
  constructor(
    client: Pick<HttpClient, 'request'>,
    presence: PresenceView,
    contacts: Pick<Contacts, 'meet'>,
    manual: readonly Address[] = [],
  ) {
    this.#client = client
    this.#presence = presence
    this.#contacts = contacts
    this.#manual = new Set(manual.map(({ host, port }) => addressKey({ ip: host, port })))
  }

  /** Whether messages may be sent there at once. */
  hasPassed(peer: Peer): boolean {
    const id = addressKey(peer)
    return this.#manual.has(id) || this.#passed.has(id)
  }

  /** A chat peer answered there. */
  passed(peer: Pick<Peer, 'ip' | 'port'>): void {
    this.#passed.add(addressKey(peer))
  }

  /** A message came from that host, and named this port as its sender's. From a peer with a key: nothing goes there in clear. */
  wrote(peer: Pick<Peer, 'ip' | 'port' | 'key'>): void {
    const address = addressKey(peer)
    if (peer.key === undefined) this.#wrote.add(address)
    else for (const addresses of [this.#wrote, this.#passed]) addresses.delete(address)
  }

  /** A peer that is in no channel any longer is gone: another program may come to its address. */
  onPresence({ kind, peer }: RosterChange): void {
    if (kind === 'parted' && this.#presence.get(peerId(peer)) === undefined)
      this.#passed.delete(addressKey(peer))
  }

  /** Whether its answer is being waited for: a message that is sent now would overtake those that wait for it. */
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
      const found = await whoIsAt(this.#client, { host: peer.ip, port: peer.port })
      if (found.kind === 'stranger') return `no chat peer answers at ${addressKey(peer)}`
      const key = found.kind === 'parley' ? found.greeting.peer.key : undefined
      if (key !== undefined) {
        // What waits for this address becomes that of the key, if that may be; else it goes on waiting.
        await this.#contacts.meet({ ...peer, key })
        return `a peer with a key is at ${addressKey(peer)} now`
      }
    } catch (error) {
      if (!(error instanceof ClientError)) throw error
      const isShy = error.code === 'closed' && this.#wrote.has(addressKey(peer))
      if (!isShy) return error.message
    }
    this.passed(peer)
    return undefined
  }
}
