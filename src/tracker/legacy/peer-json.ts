/**
 * Registered peers as JSON for answers, and pages of them.
 *
 * Each legacy client reads a peer's name from another field; the long form has all of these fields. `key` is for Parley,
 * and absent for a program without one.
 */
import { LIMITS } from '../../chat/limits.ts'
import { addressKey } from '../../chat/model.ts'
import type { Entry, Page } from '../registry.ts'

export function longForm({ peer, channels, registeredAt, renewedAt }: Entry): object {
  const { ip, port, name, key } = peer
  const id = addressKey(peer)
  const times = { ts: registeredAt / 1000, last_seen: renewedAt / 1000 }
  return { ip, port, name, username: name, id, peer_id: id, ...times, channels: [...channels], key }
}

/** The fields that no client can do without. */
export function shortForm({ peer, registeredAt }: Entry): object {
  return { ip: peer.ip, port: peer.port, name: peer.name, ts: registeredAt / 1000 }
}

/** The short form for Parley peers, which read an answer to its end. */
export function shortFormWithKey({ peer, registeredAt }: Entry): object {
  return { ip: peer.ip, port: peer.port, name: peer.name, ts: registeredAt / 1000, key: peer.key }
}

/** `{username: {ip, port}}`, as one legacy client asks for. */
export function asMap(entries: readonly Entry[]): object {
  return Object.fromEntries(entries.map(({ peer: { ip, port, name } }) => [name, { ip, port }]))
}

/** At most `limit` peers in the order of registration, from the one after `cursor`; 0 is before the first. */
export function pageOf(entries: readonly Entry[], limit: number, cursor = 0): Page {
  const rest = entries.filter(({ number }) => number > cursor).sort((one, other) => one.number - other.number)
  const page = rest.slice(0, Math.min(limit, LIMITS.peersPerAnswer))
  const last = page.at(-1)
  return last !== undefined && page.length < rest.length
    ? { entries: page, next: String(last.number) }
    : { entries: page }
}
