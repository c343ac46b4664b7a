/** A LAN node whose time is moved by hand, and what it does. Times are milliseconds since its start. */
import { LanNode } from '../../src/udp/node/node.ts'
import { LAN_LIMITS } from '../../src/udp/node/limits.ts'
import { decode, encode, type LsnpMessage } from '../../src/udp/lsnp/codec.ts'
import type { LanCommand, LanEffect, LanEvent, Network } from '../../src/udp/node/model.ts'

/** Unix time of its start: a whole second. */
export const START = 1_795_304_000_000
/** The address of another program on the LAN. */
export const MAI = '10.77.0.11'

const NETWORK: Network = {
  name: 'eth0',
  address: '10.77.0.1',
  netmask: '255.255.0.0',
  broadcast: '10.77.255.255',
}

export class HandLan {
  readonly node: LanNode
  readonly events: LanEvent[] = []
  /** What was sent, in LSNP; announcements of the other family are left out. */
  readonly sent: LsnpMessage[] = []
  /** Bytes that came from each address, less those that were sent there. */
  readonly balance = new Map<string, number>()
  /** Bytes of the last datagram that was sent. */
  lastBytes = 0
  /** What was sent at the start. */
  readonly began: string[]

  /** `random`: 0.5 is halfway between the earliest and the latest time. */
  constructor(random = 0.5) {
    this.node = new LanNode({ node: 'a'.repeat(16), username: 'zed', app: 'test', random: () => random })
    this.command({ kind: 'start', port: 8000 }, 0)
    this.began = this.command({ kind: 'networks', networks: [NETWORK] }, 0)
  }

  /** Each of these: what is sent, as `PING to all` or `DM to 10.77.0.11`. */
  command(command: LanCommand, at: number): string[] {
    return this.#perform(this.node.command(command, START + at))
  }

  tick(at: number): string[] {
    return this.#perform(this.node.tick(START + at))
  }

  receive(message: LsnpMessage | string, at: number, host = MAI): string[] {
    const bytes = typeof message === 'string' ? Buffer.from(message) : encode(message, 'rfc')
    this.#count(host, bytes.length)
    return this.#perform(this.node.receive(bytes, { host, port: 8000 }, START + at))
  }

  /** Gives a host enough credit for every answer, by a datagram without a meaning. */
  pay(at: number, host = MAI): void {
    this.receive('x'.repeat(LAN_LIMITS.credit), at, host)
  }

  /** Ticks each second of this time. */
  pass(from: number, to: number): void {
    for (let at = from; at <= to; at += 1_000) this.tick(at)
  }

  /** Events of one kind. */
  eventsOf<Kind extends LanEvent['kind']>(kind: Kind): Extract<LanEvent, { kind: Kind }>[] {
    return this.events.filter((event): event is Extract<LanEvent, { kind: Kind }> => event.kind === kind)
  }

  /** The last message that was sent. Throws when it is of another type. */
  last<Type extends LsnpMessage['type']>(type: Type): Extract<LsnpMessage, { type: Type }> {
    const message = this.sent.at(-1)
    if (message === undefined || !isOfType(message, type)) throw new Error(`no ${type} was sent`)
    return message
  }

  #count(host: string, bytes: number): void {
    this.balance.set(host, (this.balance.get(host) ?? 0) + bytes)
  }

  #perform(effects: readonly LanEffect[]): string[] {
    const sent: string[] = []
    for (const effect of effects) {
      if (effect.kind === 'event') {
        this.events.push(effect.event)
        continue
      }
      this.#count(effect.to.host, -effect.bytes.length)
      this.lastBytes = effect.bytes.length
      const decoded = decode(effect.bytes)
      if (!decoded.ok) continue
      this.sent.push(decoded.message)
      const { host } = effect.to
      sent.push(`${decoded.message.type} to ${host === NETWORK.broadcast ? 'all' : host}`)
    }
    return sent
  }
}

function isOfType<Type extends LsnpMessage['type']>(
  message: LsnpMessage,
  type: Type,
): message is Extract<LsnpMessage, { type: Type }> {
  return message.type === type
}

/** As the strictest of the programs asks for. */
export function hexId(number: number): string {
  return number.toString(16).padStart(16, '0')
}

/** A PING of a Parley peer, which wants an answer. */
export function parleyPing(number = 1, host = MAI): LsnpMessage {
  return { type: 'PING', userId: `mai@${host}`, node: hexId(number) }
}

/** A PING of a foreign program. */
export function foreignPing(host = MAI): LsnpMessage {
  return { type: 'PING', userId: `mai@${host}` }
}

/** In the dialect of legacy clients, which has no tokens. */
export function seedDm(content: string, timestamp: number, id: string): string {
  const fields = { TYPE: 'DM', FROM: `mai@${MAI}`, TO: 'zed@10.77.0.1', CONTENT: content }
  const lines = Object.entries({ ...fields, TIMESTAMP: timestamp, MESSAGE_ID: id })
  return `${lines.map(([key, value]) => `${key}:${value}\n`).join('')}\n`
}
