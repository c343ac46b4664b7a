/** Who a message is from, as far as that can be told, and whether it may be answered where it says it is. */
import { namedAddressProblem } from '../../chat/address.ts'
import { isLoopback } from '../../http/ip.ts'
import { addressKey, type Peer } from '../../chat/model.ts'
import type { Presence } from '../../chat/presence.ts'
import type { IncomingMessage } from '../../chat/wire/messages.ts'

/** The sender of a message that came from the address `remote`. One peer goes by one address, whichever it writes. */
export function senderOf(message: IncomingMessage, remote: string, roster: Presence): Peer {
  const { from, hops, identity } = message
  const known = 'port' in from ? addressed(from, remote, hops, roster) : named(from.name, remote, roster)
  return identity === undefined ? known : { ...known, identity }
}

function addressed(
  from: { readonly ip: string; readonly port: number; readonly name?: string },
  remote: string,
  hops: number,
  roster: Presence,
): Peer {
  const { port, name } = from
  // 127.0.0.1 is another machine for everybody else: the one that this came from.
  const ip = isLoopback(from.ip) && !isLoopback(remote) ? remote : from.ip
  const id = addressKey({ ip, port })
  // Of a machine with several addresses its peer may not know which one others see.
  const known = roster.get(id) ?? (hops === 0 ? roster.get(addressKey({ ip: remote, port })) : undefined)
  // Whoever gave no name is read as having its address for one.
  const label = name === undefined || name === id ? (known?.name ?? id) : name
  return known === undefined ? { ip, port, name: label } : { ip: known.ip, port: known.port, name: label }
}

/** A name without an address is the peer of that name at the address it came from. */
function named(name: string, remote: string, roster: Presence): Peer {
  const { ip, port } = roster.find(name).find((peer) => peer.ip === remote) ?? { ip: remote, port: 0 }
  return { ip, port, name }
}

/** Whoever wrote to us from its own address is there, whatever the tracker says; except ourselves. */
export function mayAnswer(from: Peer, remote: string, roster: Presence, self: Peer): boolean {
  const id = addressKey(from)
  const isThere = from.ip === remote || roster.canonical(addressKey({ ip: remote, port: from.port })) === id
  return isThere && id !== addressKey(self) && namedAddressProblem(from.ip, from.port) === undefined
}
