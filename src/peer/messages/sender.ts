/** The sender of a message, as far as it is known, and whether the address that it names may be written to. */
import { namedAddressProblem } from '../../chat/address.ts'
import { isLoopback } from '../../http/ip.ts'
import { addressKey, peerId, type Peer } from '../../chat/model.ts'
import type { PresenceView } from '../../chat/presence.ts'
import type { IncomingMessage } from '../../chat/wire/messages.ts'
import type { KeyId } from '../../identity/public-key.ts'

/**
 * The sender of a message that came from the address `remote`. A peer goes by one address, whichever it names.
 * `author`: its key, which was proved, and the identity that belongs to it; without it the message is one of a program
 * without a key, whatever it says.
 */
export function senderOf(
  message: IncomingMessage,
  remote: string,
  presence: PresenceView,
  author: { readonly key: KeyId; readonly identity: string | undefined } | undefined,
): Peer {
  const { from, hops } = message
  const { key, identity } = author ?? { key: undefined, identity: message.identity }
  const known =
    'port' in from ? addressed(from, remote, hops, presence, key) : named(from.name, remote, presence)
  return {
    ...known,
    ...(identity === undefined ? {} : { identity }),
    ...(key === undefined ? {} : { key }),
  }
}

function addressed(
  from: { readonly ip: string; readonly port: number; readonly name?: string },
  remote: string,
  hops: number,
  presence: PresenceView,
  author: KeyId | undefined,
): Peer {
  const { port, name } = from
  // On another machine 127.0.0.1 means the host that the message came from.
  const ip = isLoopback(from.ip) && !isLoopback(remote) ? remote : from.ip
  const id = addressKey({ ip, port })
  if (author !== undefined) {
    const { name: before = id } = presence.get(author) ?? {}
    return { ip: hops === 0 ? remote : ip, port, name: name === undefined || name === id ? before : name }
  }
  // A peer of a machine with several addresses may not know which one others see.
  const known = presence.get(id) ?? (hops === 0 ? presence.get(addressKey({ ip: remote, port })) : undefined)
  // A peer that gave no name was read as if its address were its name.
  const label = name === undefined || name === id ? (known?.name ?? id) : name
  return known === undefined ? { ip, port, name: label } : { ip: known.ip, port: known.port, name: label }
}

/** A name without an address means the program of that name, without a key, at the address it came from. */
function named(name: string, remote: string, presence: PresenceView): Peer {
  const isMeant = (peer: Peer): boolean => peer.ip === remote && peer.key === undefined
  const { ip, port } = presence.find(name).find(isMeant) ?? { ip: remote, port: 0 }
  return { ip, port, name }
}

/** Whether a message came from the address that it names, which is not an own one: its sender is there, whatever a tracker says. */
export function mayAnswer(from: Peer, remote: string, presence: PresenceView, self: Peer): boolean {
  const id = peerId(from)
  const isThere = from.ip === remote || presence.canonical(addressKey({ ip: remote, port: from.port })) === id
  const isOther = id !== peerId(self) && addressKey(from) !== addressKey(self)
  return isThere && isOther && namedAddressProblem(from.ip, from.port) === undefined
}
