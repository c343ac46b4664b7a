/** Peers in a request: who registers, who greets, who is meant. Legacy clients name them in several ways. */
import { ChatError } from '../errors.ts'
import { addressKey, type Peer } from '../model.ts'
import {
  asText,
  channelName,
  identityOf,
  ipAddress,
  isIpAddress,
  isObject,
  keyOf,
  need,
  peerName,
  personName,
  pick,
  portNumber,
  type Fields,
} from './fields.ts'

const NAMES = ['name', 'username', 'display_name', 'peer_id', 'id']
const PORT = ['port']
const IP = ['ip']
const UNSPECIFIED = ['0.0.0.0', '::']

/** `{ip, port}`. A missing, empty or unspecified ip is the address the request came from. Throws ChatError 400. */
export function endpoint(fields: Fields, observedIp: string): { ip: string; port: number } {
  const [, port] = need(fields, PORT)
  const ip = ipAddress(pick(fields, IP)?.[1] ?? observedIp)
  return { ip: UNSPECIFIED.includes(ip) ? observedIp : ip, port: portNumber(port) }
}

/** Reads the name of a peer; `fallback` replaces a name of which nothing can be shown. */
type NameReader = (value: unknown, field: string, fallback: string) => string

/** An address and a name, which is the address when there is none. Throws ChatError 400, 422. */
export function peer(fields: Fields, observedIp: string, nameIn: NameReader = peerName): Peer {
  const at = endpoint(fields, observedIp)
  const named = pick(fields, NAMES)
  const name = named === undefined ? addressKey(at) : nameIn(asText(named[1]), named[0], addressKey(at))
  return { ip: at.ip, port: at.port, name }
}

export interface Registration {
  readonly peer: Peer
  readonly channels: readonly string[]
}

/** What a peer says of itself: `/p2p/hello`. Throws ChatError 400, 422. */
export function greeting(fields: Fields, observedIp: string): Registration {
  return registration(fields, observedIp, (value, field) => peerName(value, field))
}

/** `/submit-info`: a name that no peer may have is refused. Throws ChatError 400, 422. */
export function registration(
  fields: Fields,
  observedIp: string,
  nameIn: NameReader = personName,
): Registration {
  const channels = pick(fields, ['channels'])?.[1] ?? []
  const list = typeof channels === 'string' ? channels.split(',') : channels
  if (!Array.isArray(list))
    throw new ChatError(400, 'invalid_field', 'channels must be a list', { field: 'channels' })
  const identity = identityOf(fields['identity'])
  const key = keyOf(fields['key'])
  return {
    peer: {
      ...peer(fields, observedIp, nameIn),
      ...(identity === undefined ? {} : { identity }),
      ...(key === undefined ? {} : { key }),
    },
    channels: list.map((channel: unknown) => channelName(channel, 'channels')),
  }
}

/** The peer that a request means: by address, or by a name or id that the registry looks up. */
export type Who =
  { readonly ip: string; readonly port: number; readonly name?: string } | { readonly name: string }

/** The name of a peer whose own cannot be shown. */
const UNNAMED = 'unnamed'

/** A peer given as an object, as `ip:port`, or by name; `field` is what refusals call it. Throws ChatError 400, 422. */
export function who(value: unknown, field: string, observedIp: string): Who {
  if (isObject(value)) {
    if (pick(value, PORT) !== undefined) return peer(value, observedIp)
    const [name, text] = need(value, NAMES)
    return { name: peerName(asText(text), `${field}.${name}`, UNNAMED) }
  }
  const text = asText(value)
  const address = typeof text === 'string' ? addressIn(text, observedIp) : undefined
  return address ?? { name: peerName(text, field, UNNAMED) }
}

/** The address in `ip:port`; undefined for other text. Throws ChatError 422 for a port that is none. */
export function addressIn(text: string, observedIp: string): { ip: string; port: number } | undefined {
  const [, ip, port] = /^\[?([0-9a-fA-F:.]+)\]?:([0-9]{1,5})$/.exec(text) ?? []
  return isIpAddress(ip) ? endpoint({ ip, port }, observedIp) : undefined
}

/**
 * The peer that a request comes from or is about: `{peer:{…}}`, `{username}`, `{peer_id}`, `{ip, port}`. Throws
 * ChatError 400, 422.
 */
export function subject(fields: Fields, observedIp: string): Who {
  const found = pick(fields, ['peer'])
  if (found !== undefined) return who(found[1], 'peer', observedIp)
  if (pick(fields, PORT) !== undefined) return peer(fields, observedIp)
  const [name, value] = need(fields, ['peer', ...NAMES])
  return who(value, name, observedIp)
}

/** The peer that `/connect-peer` asks for. Throws ChatError 400, 422. */
export function target(fields: Fields, observedIp: string): Who {
  const [name, value] = need(fields, ['to', 'target_username', 'target_id', 'target', 'peer_id', 'peer'])
  return who(value, name, observedIp)
}
