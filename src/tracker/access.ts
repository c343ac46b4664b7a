/**
 * Which host may act for which peer. A host acts for its own address; programs of the tracker's machine, and hosts of
 * allowed blocks, act for any. Every request is counted against its host before anything else is done for it.
 */
import { addressProblem, portProblem } from '../chat/address.ts'
import { ChatError } from '../chat/errors.ts'
import { addressKey, type Peer } from '../chat/model.ts'
import { hostKey, inBlock, isLoopback } from '../http/ip.ts'
import { unknownPeer, type Entry, type Registry } from './registry.ts'
import type { RateLimit } from '../chat/rate-limit.ts'
import type { Who } from '../chat/wire/peers.ts'

export interface AccessOptions {
  readonly registry: Registry
  /** Any request, and registrations alone, by host. */
  readonly requests: RateLimit
  readonly registrations: RateLimit
  /** Blocks (CIDR) whose hosts may register other addresses than their own: NAT, containers. */
  readonly allowAnnounce: readonly string[]
}

export class Access {
  readonly #registry: Registry
  readonly #requests: RateLimit
  readonly #registrations: RateLimit
  readonly #allowAnnounce: readonly string[]

  constructor({ registry, requests, registrations, allowAnnounce }: AccessOptions) {
    this.#registry = registry
    this.#requests = requests
    this.#registrations = registrations
    this.#allowAnnounce = allowAnnounce
  }

  /** Throws ChatError 429. */
  payForRequest(from: string, now: number): void {
    pay(this.#requests, from, now)
  }

  /** Throws ChatError 429. */
  payForRegistration(from: string, now: number): void {
    pay(this.#registrations, from, now)
  }

  /** Throws ChatError 422 when a host at `from` may not act for a peer at `ip`. */
  mayActFor(ip: string, from: string): void {
    if (ip === from || isLoopback(from) || this.#allowAnnounce.some((block) => inBlock(from, block))) return
    const detail = `you come from ${from}, so ip must be ${from}; leave it out, or start the tracker with --allow-announce`
    throw new ChatError(422, 'address_mismatch', detail, { field: 'ip' })
  }

  /** Registers a peer, if its address is one for peers and of the host that asks. Throws ChatError 422, 429. */
  register(peer: Peer, from: string, now: number): Entry {
    this.mayActFor(peer.ip, from)
    const problem = addressProblem(peer.ip, peer.port)
    const field = portProblem(peer.port) === undefined ? 'ip' : 'port'
    if (problem !== undefined) throw new ChatError(422, 'address_refused', problem, { field })
    return this.#registry.register(peer, now)
  }

  /** `/add-list` of a peer that gives all of `{ip, port, name}` registers it: legacy clients rely on it. */
  registerUnknown(wanted: Who, from: string, now: number): void {
    if (!('port' in wanted) || wanted.name === undefined) return
    if (this.#registry.get(addressKey(wanted)) !== undefined) return
    this.payForRegistration(from, now)
    this.register({ ip: wanted.ip, port: wanted.port, name: wanted.name }, from, now)
  }

  /**
   * The registered peer that a request is about, which must be of the host that asks. Asking renews its lease. Throws
   * ChatError 404, 422.
   */
  actor(wanted: Who, from: string, now: number): Entry {
    if ('port' in wanted) this.mayActFor(wanted.ip, from)
    const entry = this.#claimed(wanted, from)
    if (entry === undefined) throw unknownPeer('port' in wanted ? addressKey(wanted) : wanted.name)
    this.mayActFor(entry.peer.ip, from)
    this.#registry.renew(addressKey(entry.peer), now)
    return entry
  }

  /** The sender of a message: a registered peer, or a client that is not registered, such as a browser. */
  sender(sender: Who, from: string): Peer {
    const stranger =
      'port' in sender ? { name: addressKey(sender), ...sender } : { ip: from, port: 0, name: sender.name }
    const peer = this.#claimed(sender, from)?.peer ?? stranger
    this.mayActFor(peer.ip, from)
    return peer
  }

  /** The peer that a client at `from` says to be: of several of one name, the one at that address. */
  #claimed(wanted: Who, from: string): Entry | undefined {
    if ('port' in wanted) return this.#registry.get(addressKey(wanted))
    const named = this.#registry.named(wanted.name)
    return named.find(({ peer }) => peer.ip === from) ?? named[0]
  }
}

/** Takes a token for this host, or refuses and says when there will be one. Programs of this machine pay a tenth. */
function pay(limit: RateLimit, from: string, now: number): void {
  const wait = limit.take(hostKey(from), now, isLoopback(from) ? 0.1 : 1)
  if (wait === 0) return
  const seconds = Math.ceil(wait / 1000)
  throw new ChatError(429, 'too_many_requests', `too many requests; try again in ${seconds} s`, {
    headers: { 'Retry-After': String(seconds) },
  })
}
