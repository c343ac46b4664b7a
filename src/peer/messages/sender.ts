/** The sender of a message, as far as it is known, and whether the address that it names may be written to. */
import { namedAddressProblem } from '../../chat/address.ts'
import { isLoopback } from '../../http/ip.ts'
import { addressKey, type Peer } from '../../chat/model.ts'
import type { PresenceView } from '../../chat/presence.ts'
import type { IncomingMessage } from '../../chat/wire/messages.ts'

/** The sender of a message that came from the address `remote`. A peer goes by one address, whichever it names. */
export function senderOf(message: IncomingMessage, remote: string, presence: PresenceView): Peer {
  const { from, hops, identity } = message
  const known = 'port' in from ? addressed(from, remote, hops, presence) : named(from.name, remote, presence)
  return identity === undefined ? known : { ...known, identity }
}

function addressed(
  from: { readonly ip: string; readonly port: number; readonly name?: string },
  remote: string,
  hops: number,
  presence: PresenceView,
): Peer {
  const { port, name } = from
  // On another machine 127.0.0.1 means the host that the message came from.
  const ip = isLoopback(from.ip) && !isLoopback(remote) ? remote : from.ip
  const id = addressKey({ ip, port })
  // A peer of a machine with several addresses may not know which one others see.
  const known = presence.get(id) ?? (hops === 0 ? presence.get(addressKey({ ip: remote, port })) : undefined)
  // A peer that gave no name was read as if its address were its name.
  const label = name === undefined || name === id ? (known?.name ?? id) : name
  return known === undefined ? { ip, port, name: label } : { ip: known.ip, port: known.port, name: label }
}

/** A name without an address means the peer of that name at the address it came from. */
function named(name: string, remote: string, presence: PresenceView): Peer {
  const { ip, port } = presence.find(name).find((peer) => peer.ip === remote) ?? { ip: remote, port: 0 }
  return { ip, port, name }
}

/** Whether a message came from the address that it names, which is not an own one: its sender is there, whatever a tracker says. */
export function mayAnswer(from: Peer, remote: string, presence: PresenceView, self: Peer): boolean {
  const id = addressKey(from)
  const isThere = from.ip === remote || presence.canonical(addressKey({ ip: remote, port: from.port })) === id
  return isThere && id !== addressKey(self) && namedAddressProblem(from.ip, from.port) === undefined
}
