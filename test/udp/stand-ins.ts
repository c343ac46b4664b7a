/** Stand-ins for the foreign programs on the port, which read and answer as those do. They share no code with our codec. */
import { DISCOVERY_PORT } from '../../src/udp/lsnp/ports.ts'
import type { Address } from '../../src/http/message.ts'
import type { LanEffect } from '../../src/udp/node/model.ts'
import type { Program } from './simulated-lan.ts'

/** A message as a program reads it: values by key. */
export type Lines = ReadonlyMap<string, string>

type Fields = Readonly<Record<string, string | number>>

const BROADCAST = '10.77.0.255'

export abstract class StandIn implements Program {
  readonly userId: string
  /** The messages that it understood, in order. */
  readonly received: Lines[] = []
  /** The errors that it printed. */
  readonly errors: string[] = []
  readonly #outbox: { readonly to: Address; readonly text: string }[] = []

  constructor(userId: string) {
    this.userId = userId
  }

  abstract receive(bytes: Buffer, from: Address, now: number): readonly LanEffect[]

  tick(now: number): readonly LanEffect[] {
    this.onTick(now)
    return this.takeOutbox()
  }

  /** Sends with the next tick. */
  send(to: string | Address, text: string): void {
    this.#outbox.push({ to: typeof to === 'string' ? { host: to, port: DISCOVERY_PORT } : to, text })
  }

  sendEverybody(text: string): void {
    this.send(BROADCAST, text)
  }

  /** The messages of one type that it understood. */
  of(type: string): Lines[] {
    return this.received.filter((lines) => lines.get('TYPE') === type)
  }

  protected abstract onTick(now: number): void

  protected takeOutbox(): LanEffect[] {
    return this.#outbox.splice(0).map(({ to, text }) => ({ kind: 'send', to, bytes: Buffer.from(text) }))
  }
}

// --- RFC --------------------------------------------------------------------------------------------

export interface Habits {
  /** Its answer to a PING: none, a PROFILE to the sender, a PROFILE to everybody. */
  readonly onPing: 'nothing' | 'answer' | 'shout'
  /** Its answer to a PROFILE: none, or a PROFILE to the sender. */
  readonly onProfile: 'nothing' | 'answer'
  readonly acknowledges: boolean
}

/** Fields without which it drops a message. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  PROFILE: ['USER_ID', 'DISPLAY_NAME', 'STATUS'],
  PING: ['USER_ID'],
  POST: ['USER_ID', 'CONTENT', 'TTL', 'TIMESTAMP', 'MESSAGE_ID', 'TOKEN'],
  DM: ['FROM', 'TO', 'CONTENT', 'TIMESTAMP', 'MESSAGE_ID', 'TOKEN'],
  ACK: ['MESSAGE_ID', 'STATUS'],
  FOLLOW: ['MESSAGE_ID', 'FROM', 'TO', 'TIMESTAMP', 'TOKEN'],
  UNFOLLOW: ['MESSAGE_ID', 'FROM', 'TO', 'TIMESTAMP', 'TOKEN'],
  LIKE: ['FROM', 'TO', 'POST_TIMESTAMP', 'ACTION', 'TIMESTAMP', 'TOKEN'],
  REVOKE: ['TOKEN'],
  GROUP_CREATE: ['FROM', 'GROUP_ID', 'GROUP_NAME', 'MEMBERS', 'TIMESTAMP', 'TOKEN'],
  GROUP_UPDATE: ['FROM', 'GROUP_ID', 'TIMESTAMP', 'TOKEN'],
  GROUP_MESSAGE: ['FROM', 'GROUP_ID', 'CONTENT', 'TIMESTAMP', 'TOKEN'],
  TICTACTOE_RESULT: ['FROM', 'TO', 'GAMEID', 'MESSAGE_ID', 'RESULT', 'TIMESTAMP'],
  FILE_REJECT: ['FROM', 'TO', 'FILEID'],
}

/** A program of the RFC, `KEY: VALUE`, with the rules of the strictest one. */
export class RfcStandIn extends StandIn {
  readonly #habits: Habits

  constructor(userId: string, habits: Partial<Habits> = {}) {
    super(userId)
    this.#habits = { onPing: 'nothing', onProfile: 'nothing', acknowledges: false, ...habits }
  }

  receive(bytes: Buffer, from: Address, now: number): readonly LanEffect[] {
    const lines = strictLines(bytes)
    // It receives its own broadcasts.
    if (lines === undefined || [lines.get('USER_ID'), lines.get('FROM')].includes(this.userId)) return []
    const problem = this.#problem(lines, now)
    if (problem !== undefined) {
      this.errors.push(problem)
      return []
    }
    this.received.push(lines)
    if (lines.get('TYPE') === 'PING') this.#answerPing(from.host)
    if (lines.get('TYPE') === 'PROFILE' && this.#habits.onProfile === 'answer')
      this.send(from.host, this.profile())
    if (lines.get('TYPE') === 'DM' && this.#habits.acknowledges) this.acknowledge(lines, from.host)
    return this.takeOutbox()
  }

  protected override onTick(): void {
    // It sends only what a test makes it send.
  }

  profile(): string {
    return rfc('PROFILE', { USER_ID: this.userId, DISPLAY_NAME: `${this.userId} !`, STATUS: 'here' })
  }

  ping(): string {
    return rfc('PING', { USER_ID: this.userId })
  }

  acknowledge(message: Lines, host: string): void {
    this.send(host, rfc('ACK', { MESSAGE_ID: message.get('MESSAGE_ID') ?? '', STATUS: 'RECEIVED' }))
  }

  #answerPing(host: string): void {
    if (this.#habits.onPing === 'answer') this.send(host, this.profile())
    if (this.#habits.onPing === 'shout') this.sendEverybody(this.profile())
  }

  #problem(lines: Lines, now: number): string | undefined {
    const type = lines.get('TYPE') ?? 'None'
    const required = REQUIRED[type]
    if (required === undefined) return `Unknown TYPE: ${type}`
    const missing = required.find((key) => lines.get(key) === undefined)
    if (missing !== undefined) return `${type} without ${missing}`
    if (lines.get('STATUS') === '') return `${type} with the STATUS None`
    const id = lines.get('MESSAGE_ID')
    if (id !== undefined && !/^[0-9a-f]{16}$/.test(id)) return `${type} with the id ${id}`
    if ((lines.get('TO') ?? this.userId) !== this.userId) return `${type} for another user`
    const token = lines.get('TOKEN')?.split('|')
    if (token === undefined || type === 'REVOKE') return undefined
    const [user, expiry] = token
    if (user !== (lines.get('USER_ID') ?? lines.get('FROM'))) return `${type} with the token of ${user ?? ''}`
    return Number(expiry) > now / 1000 ? undefined : `${type} with an expired token`
  }
}

export function rfc(type: string, fields: Fields): string {
  const lines = Object.entries({ TYPE: type, ...fields }).map(([key, value]) => `${key}: ${value}\n`)
  return `${lines.join('')}\n`
}

/** Trims the whole text first, so an empty value on the last line loses its `: `. */
function strictLines(bytes: Buffer): Lines | undefined {
  const text = bytes.toString()
  if (!text.endsWith('\n\n')) return undefined
  const pairs = text
    .trim()
    .split('\n')
    .filter((line) => line.includes(': '))
  return new Map(pairs.map((line) => splitAt(line, ': ')))
}

// --- legacy clients ---------------------------------------------------------------------------------------

const SEED_TYPES = ['PROFILE', 'POST', 'DM', 'PEER_DISCOVERY', 'PEER_LIST_REQUEST', 'PEER_LIST_RESPONSE']
const SEED_INTERVAL = 30_000
const OPENING_BRACE = 0x7b

/**
 * A legacy client: `KEY:VALUE` without a space, nothing trimmed; it sends to the port that a datagram came from. It answers
 * PEER_DISCOVERY alone, with PEER_DISCOVERY.
 */
export class SeedStandIn extends StandIn {
  readonly #port: number
  /** The types that it knows, and those whose sender it puts on its list. */
  protected readonly types: readonly string[] = SEED_TYPES
  protected readonly introducing: readonly string[] = SEED_TYPES
  #discoveryAt = 0
  /** Two such programs answer each other for ever; here they do so once a second, so that a test ends. */
  readonly #toAnswer: Address[] = []
  #answeredAt = 0
  /** Where it sends to, by user id. */
  readonly known = new Map<string, Address>()

  /** `port`: where it listens and sends from. */
  constructor(userId: string, port: number) {
    super(userId)
    this.#port = port
  }

  receive(bytes: Buffer, from: Address): readonly LanEffect[] {
    // JSON is sent to a port where it does not listen.
    if (bytes[0] === OPENING_BRACE) return []
    const lines: Lines = new Map(
      bytes
        .toString()
        .split('\n')
        .filter((line) => line.includes(':'))
        .map((line) => splitAt(line, ':')),
    )
    const type = lines.get('TYPE') ?? ''
    const sender = lines.get('USER_ID') ?? lines.get('FROM') ?? ''
    if (sender === this.userId) return []
    if (!this.types.includes(type)) {
      this.errors.push(`Unknown message type: ${type}`)
      return []
    }
    if (type === 'DM' && lines.get('TO') !== this.userId) return []
    if (this.introducing.includes(type)) this.known.set(sender, from)
    this.received.push(lines)
    if (type === 'PEER_DISCOVERY') this.#toAnswer.push(from)
    return []
  }

  discovery(): string {
    return seed('PEER_DISCOVERY', { USER_ID: this.userId, PORT: this.#port, TIMESTAMP: 1, MESSAGE_ID: '00' })
  }

  protected override onTick(now: number): void {
    if (this.#toAnswer.length > 0 && now >= this.#answeredAt + 1_000) {
      for (const address of this.#toAnswer.splice(0)) this.send(address, this.discovery())
      this.#answeredAt = now
    }
    if (now < this.#discoveryAt) return
    this.#discoveryAt = now + SEED_INTERVAL
    this.sendEverybody(this.discovery())
  }
}

/** A later version of the legacy client: it lists only the senders of PEER_DISCOVERY and PING. */
export class HeadStandIn extends SeedStandIn {
  protected override readonly types = [...SEED_TYPES, 'PING', 'REVOKE', 'FOLLOW', 'UNFOLLOW', 'LIKE']
  protected override readonly introducing = ['PEER_DISCOVERY', 'PING']

  goodbye(): string {
    return seed('REVOKE', { USER_ID: this.userId, TIMESTAMP: 1, MESSAGE_ID: '00' })
  }
}

export function seed(type: string, fields: Fields): string {
  const lines = Object.entries({ TYPE: type, ...fields }).map(([key, value]) => `${key}:${value}\n`)
  return `${lines.join('')}\n`
}

export function splitAt(line: string, separator: string): [key: string, value: string] {
  const at = line.indexOf(separator)
  return [line.slice(0, at), line.slice(at + separator.length)]
}
