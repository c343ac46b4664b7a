/**
 * Who may act for which peer. A host acts for its own address; programs of the tracker's machine, and hosts of allowed
 * blocks, act for any. For a peer that is registered with a key only a connection that proved this key may act, wherever
 * it comes from. Every request is counted against its host before anything else is done for it.
 */
import { addressProblem, portProblem } from '../chat/address.ts'
import { ChatError } from '../chat/errors.ts'
import { TIMES } from '../chat/limits.ts'
import { addressKey, type AddressKey, type Peer } from '../chat/model.ts'
import { hostKey, inBlock, isLoopback } from '../http/ip.ts'
import { unknownPeer, type Entry, type Registry } from './registry.ts'
import type { RateLimit } from '../chat/rate-limit.ts'
import type { Who } from '../chat/wire/peers.ts'
import type { KeyId } from '../identity/public-key.ts'

/** Who asks, and when. */
export interface Caller {
  /** The address that the connection comes from. */
  readonly from: string
  /** The key that the connection proved. */
  readonly key: KeyId | undefined
  /** As Clock.now(), in milliseconds. */
  readonly now: number
}

type Endpoint = Pick<Peer, 'ip' | 'port'>

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
  payForRequest({ from, now }: Caller): void {
    pay(this.#requests, from, now)
  }

  /** Throws ChatError 429. */
  payForRegistration({ from, now }: Caller): void {
    pay(this.#registrations, from, now)
  }

  /**
   * Throws ChatError 422 when the caller comes from another host, 403 when a peer is listed here whose key it has not
   * proved.
   */
  mayActFor(at: Endpoint, { from, key }: Caller): void {
    this.#mustComeFrom(at.ip, from)
    const owner = this.#registry.get(addressKey(at))?.peer
    if (owner?.key !== undefined && owner.key !== key) throw keyRequired(owner)
  }

  #mustComeFrom(ip: string, from: string): void {
    if (ip === from || isLoopback(from) || this.#allowAnnounce.some((block) => inBlock(from, block))) return
    const detail = `you come from ${from}, so ip must be ${from}; leave it out, or start the tracker with --allow-announce`
    throw new ChatError(422, 'address_mismatch', detail, { field: 'ip' })
  }

  /**
   * Registers a peer, if its address is one for peers and of the host that asks. Its key is the one that the connection
   * proved, whatever the request says. Throws ChatError 403, 422, 429.
   */
  register({ ip, port, name, identity }: Peer, caller: Caller): Entry {
    this.#mustComeFrom(ip, caller.from)
    this.#releaseLost(addressKey({ ip, port }), caller)
    this.mayActFor({ ip, port }, caller)
    const problem = addressProblem(ip, port)
    const field = portProblem(port) === undefined ? 'ip' : 'port'
    if (problem !== undefined) throw new ChatError(422, 'address_refused', problem, { field })
    const claimed = identity === undefined ? { ip, port, name } : { ip, port, name, identity }
    const { key, now } = caller
    return this.#registry.register(key === undefined ? claimed : { ...claimed, key }, now)
  }

  /** A program that was killed does not keep its address from the next one until its suspicion is over. */
  #releaseLost(id: AddressKey, { key }: Caller): void {
    const owner = this.#registry.get(id)?.peer.key
    if (owner !== key && this.#registry.isSuspect(id)) this.#registry.leave(id, 'connection lost')
  }

  /** `/add-list` of a peer that gives all of `{ip, port, name}` registers it: legacy clients rely on it. */
  registerUnknown(wanted: Who, caller: Caller): void {
    if (!('port' in wanted) || wanted.name === undefined) return
    if (this.#registry.get(addressKey(wanted)) !== undefined) return
    this.payForRegistration(caller)
    this.register({ ip: wanted.ip, port: wanted.port, name: wanted.name }, caller)
  }

  /**
   * The registered peer that a request is about, for which the caller may act. Asking renews its lease. Throws ChatError
   * 403, 404, 422.
   */
  actor(wanted: Who, caller: Caller): Entry {
    if ('port' in wanted) this.mayActFor(wanted, caller)
    const entry = this.#claimed(wanted, caller)
    if (entry === undefined) throw unknownPeer('port' in wanted ? addressKey(wanted) : wanted.name)
    this.mayActFor(entry.peer, caller)
    this.#registry.renew(addressKey(entry.peer), caller.now)
    return entry
  }

  /** The sender of a message: a registered peer, or a client that is not registered, such as a browser. */
  sender(sender: Who, caller: Caller): Peer {
    const peer = this.#claimed(sender, caller)?.peer ?? stranger(sender, caller)
    this.mayActFor(peer, caller)
    return peer
  }

  /** The peer that a caller says to be: of several of one name its own, or else one that it may act for. */
  #claimed(wanted: Who, { from, key }: Caller): Entry | undefined {
    if ('port' in wanted) return this.#registry.get(addressKey(wanted))
    const named = this.#registry.named(wanted.name)
    const open = named.filter(({ peer }) => peer.key === undefined || peer.key === key)
    const proved = open.find(({ peer }) => peer.key !== undefined)
    return proved ?? open.find(({ peer }) => peer.ip === from) ?? open[0] ?? named[0]
  }
}

function stranger(sender: Who, { from }: Caller): Peer {
  if (!('port' in sender)) return { ip: from, port: 0, name: sender.name }
  const { ip, port, name = addressKey({ ip, port }) } = sender
  return { ip, port, name }
}

function keyRequired({ ip, port, name }: Peer): ChatError {
  const id = addressKey({ ip, port })
  const detail = `${name} at ${id} is registered with a key: only a secure connection that proves this key may change that. Its place is free when it leaves, when its feed ends, or ${TIMES.lease / 1000} s after its last heartbeat`
  return new ChatError(403, 'key_required', detail)
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
