/**
 * What peers of a closed network say by datagram: where one takes connections, and nothing else. Pure.
 *
 *     kind u8 || TCP port u16 || UDP port u16 || IPv4 address[4] || node[8] || zeros[15]
 *
 * These 32 bytes are sealed, so that a datagram of 64 random bytes is on the wire. Numbers are big-endian. Kinds: 1 is asked
 * to be answered, 2 is not, 3 is a goodbye. Nothing outside the seal is believed, not even the address that it came from.
 */
import type { Address } from '../../http/message.ts'

/** Seals and opens datagrams of one network. */
export interface Seal {
  seal(plain: Buffer): Buffer
  /** Undefined: no member sealed these bytes. */
  open(sealed: Buffer): Buffer | undefined
}

const KINDS = { ask: 1, here: 2, bye: 3 } as const

type Kind = keyof typeof KINDS

export interface Beacon {
  readonly kind: Kind
  /** Where the peer takes connections. */
  readonly address: Address
  /** Where it takes datagrams, at the same host. */
  readonly udpPort: number
  /** Random id of its run: 16 lower-case hexadecimal digits. */
  readonly node: string
}

const PLAIN_BYTES = 32
/** Bytes of each datagram. */
const DATAGRAM_BYTES = 64

const AT = { kind: 0, tcpPort: 1, udpPort: 3, ip: 5, node: 9, rest: 17 } as const

/** `address.host`: an IPv4 address. */
export function sealBeacon(seal: Seal, { kind, address, udpPort, node }: Beacon): Buffer {
  const plain = Buffer.alloc(PLAIN_BYTES)
  plain.writeUInt8(KINDS[kind], AT.kind)
  plain.writeUInt16BE(address.port, AT.tcpPort)
  plain.writeUInt16BE(udpPort, AT.udpPort)
  plain.set(address.host.split('.').map(Number), AT.ip)
  plain.write(node, AT.node, 'hex')
  return seal.seal(plain)
}

/** Whether it is worth the work to open these bytes. */
export function mayBeBeacon(bytes: Buffer): boolean {
  return bytes.length === DATAGRAM_BYTES
}

/** Undefined for bytes that are no beacon of this network. */
export function openBeacon(seal: Seal, bytes: Buffer): Beacon | undefined {
  const plain = mayBeBeacon(bytes) ? seal.open(bytes) : undefined
  if (plain === undefined) return undefined
  const kind = kindOf(plain.readUInt8(AT.kind))
  const [port, udpPort] = [plain.readUInt16BE(AT.tcpPort), plain.readUInt16BE(AT.udpPort)]
  if (kind === undefined || port === 0 || udpPort === 0) return undefined
  const host = [...plain.subarray(AT.ip, AT.node)].join('.')
  return { kind, address: { host, port }, udpPort, node: plain.toString('hex', AT.node, AT.rest) }
}

function kindOf(number: number): Kind | undefined {
  return (Object.keys(KINDS) as Kind[]).find((kind) => KINDS[kind] === number)
}
