/**
 * What the parts of a LAN node share: who we are, where we are, and the effects that are being collected. Pure.
 */
import { isLinkLocal, neighbourProblem } from '../../chat/address.ts'
import { ChatError } from '../../chat/errors.ts'
import { oneLine } from '../lsnp/fields.ts'
import { AnswerCredit } from './presence/credit.ts'
import { LAN_LIMITS } from './limits.ts'
import { isIn } from '../networks.ts'
import {
  LSNP_LIMITS,
  userIdParts,
  encode,
  encodeHalves,
  type Dialect,
  type LsnpMessage,
} from '../lsnp/codec.ts'
import { DISCOVERY_PORT } from '../lsnp/ports.ts'
import type { Entry } from './peer-table.ts'
import type { LanCommand, LanEffect, LanEvent, Network } from './model.ts'
import type { Avatar } from '../lsnp/codec.ts'
import type { Address } from '../../http/message.ts'

export interface LanNodeOptions {
  /** 16 lower-case hexadecimal digits, random, new at every start. */
  readonly node: string
  /** The first half of our user id; it stays when the name to be shown changes. */
  readonly username: string
  /** `parley/0.1` */
  readonly app: string
  /** Between 0 and 1. */
  readonly random: () => number
}

export class LanContext {
  readonly node: string
  readonly app: string
  readonly username: string
  readonly random: () => number
  /** Where we take datagrams; 0 until the sockets are open. */
  port = 0
  networks: readonly Network[] = []
  name: string
  status = ''
  channels: readonly string[] = []
  httpPort: number | undefined
  avatar: { readonly hash: string; readonly picture: Avatar } | undefined
  verbose = false
  /** How far Unix time is ahead of the `now` that we are given, in milliseconds. */
  clockOffset = 0
  /** What we may send by ourselves, by address. */
  readonly credit = new AnswerCredit()
  #effects: LanEffect[] = []

  constructor({ node, username, app, random }: LanNodeOptions) {
    this.node = node
    this.app = app
    this.random = random
    this.username = userNameOf(username)
    this.name = shortened(username, LSNP_LIMITS.displayNameBytes)
    if (oneLine(this.name) === '') this.name = this.username
  }

  /** Unix time in milliseconds at a moment. */
  unixTime(now: number): number {
    return now + this.clockOffset
  }

  /** The same in whole seconds, as messages have it. */
  seconds(now: number): number {
    return Math.floor(this.unixTime(now) / 1000)
  }

  takeEffects(): readonly LanEffect[] {
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  event(event: LanEvent): void {
    this.#effects.push({ kind: 'event', event })
  }

  notice(text: string): void {
    this.event({ kind: 'notice', text })
  }

  /** Who we are from now on; what is not named stays. Throws Refused for what cannot be announced. */
  describe(told: Extract<LanCommand, { kind: 'profile' }>): void {
    const { name = this.name, status = this.status, channels = this.channels } = told
    const { httpPort = this.httpPort } = told
    const avatar = told.avatar === 'none' ? undefined : (told.avatar ?? this.avatar)
    const shown = { status: shortened(status, LAN_LIMITS.statusBytes), channels: thatFit(channels) }
    const profile = { type: 'PROFILE', userId: this.userIdFor(''), displayName: name, httpPort } as const
    encoded({ ...profile, ...shown, avatarHash: avatar?.hash, avatar: avatar?.picture }, 'rfc')
    this.name = name
    this.status = shown.status
    this.channels = shown.channels
    this.httpPort = httpPort
    this.avatar = avatar
  }

  /**
   * `now` in milliseconds, for the trace. Throws Refused for a message that must not be sent, because of what we
   * were told to say, or because it quotes what somebody else made up.
   */
  send(to: Address, message: LsnpMessage, form: Dialect, now: number): Buffer {
    const bytes = encoded(message, form)
    this.sendBytes(to, bytes, message.type, now)
    return bytes
  }

  /** In the dialect that it speaks. What no user asked for is sent by answer(). */
  sendTo({ peer, capabilities }: Entry, message: LsnpMessage, now: number): Buffer {
    return this.send({ host: peer.ip, port: peer.port }, message, formFor(capabilities.dialect), now)
  }

  /**
   * What no user asked for, in the dialect that it speaks, if the bytes that came from its address pay for it: false
   * when it was not sent. Throws Refused as send() does.
   */
  answer({ peer, capabilities }: Entry, message: LsnpMessage, now: number): boolean {
    return this.answerAt({ host: peer.ip, port: peer.port }, message, formFor(capabilities.dialect), now)
  }

  /** The same to a program that is in no table. */
  answerAt(to: Address, message: LsnpMessage, form: Dialect, now: number): boolean {
    return this.answerBytes(to, encoded(message, form), message.type, now)
  }

  /** The bytes of a message in the dialect that a peer speaks. */
  bytesTo({ peer }: Entry, message: LsnpMessage): number {
    return encoded(message, formFor(peer.dialect)).length
  }

  answerBytes(to: Address, bytes: Buffer, type: string, now: number): boolean {
    if (!this.credit.spend(to.host, bytes.length)) return false
    this.sendBytes(to, bytes, type, now)
    return true
  }

  sendBytes(to: Address, bytes: Buffer, type: string, now: number): void {
    this.#effects.push({ kind: 'send', to, bytes })
    this.trace('SEND', to, type, now, () => readable(bytes))
  }

  trace(
    way: 'SEND' | 'RECV' | 'DROP',
    address: Address,
    type: string,
    now: number,
    text: () => string,
  ): void {
    if (this.verbose) this.event({ kind: 'trace', way, at: this.unixTime(now), address, type, text: text() })
  }

  /** The broadcast addresses of our networks: we may have two addresses in one network. */
  get broadcasts(): ReadonlySet<string> {
    return new Set(this.networks.map(({ broadcast }) => broadcast))
  }

  /** The broadcast address of the network of ours that a host is in. */
  broadcastFor(host: string): string | undefined {
    return this.networks.find((network) => isIn(host, network))?.broadcast
  }

  /** Our user id as somebody at `host` has to write it: with the address of ours that it can reach. */
  userIdFor(host: string): string {
    return `${this.username}@${this.addressFor(host)}`
  }

  addressFor(host: string): string {
    const near = this.networks.find((network) => isIn(host, network))
    const any = near ?? this.networks.find(({ address }) => !address.startsWith('127.')) ?? this.networks[0]
    return any?.address ?? '127.0.0.1'
  }

  isOwnAddress(host: string): boolean {
    return host.startsWith('127.') || this.isOwnInterface(host)
  }

  /** Whether this is an address of one of our interfaces: the system takes nothing for it from outside. */
  isOwnInterface(host: string): boolean {
    return this.networks.some(({ address }) => address === host)
  }

  /** Whether a host is in one of our networks. Nobody else is answered: its address may be made up. */
  isNear(host: string): boolean {
    const networks = this.networks.filter((network) => isIn(host, network))
    // A link-local address is good on a link where we have one, too.
    const isOnLink = !isLinkLocal(host) || networks.some(({ address }) => isLinkLocal(address))
    return (
      networks.length > 0 &&
      isOnLink &&
      neighbourProblem(host, DISCOVERY_PORT) === undefined &&
      !this.broadcasts.has(host)
    )
  }

  /** Whether a datagram to this user id is for us: some programs send them to everybody. */
  isUs(userId: string): boolean {
    const { name, host } = userIdParts(userId)
    return name === this.username && (this.isOwnAddress(host) || !/^[0-9.]+$/.test(host))
  }

  /** Whether this user id is ours, as we write it ourselves. */
  isOurs(userId: string): boolean {
    const { name, host } = userIdParts(userId)
    return name === this.username && this.networks.some(({ address }) => address === host)
  }

  /** The number that this peer has to repeat at this host. */
  nonceFor({ proofs }: Entry, host: string): string {
    return proofs.nonceFor(host, () => this.newId())
  }

  /** 16 lower-case hexadecimal digits, as the strictest of the programs asks for. */
  newId(): string {
    let id = ''
    for (let i = 0; i < 4; i++)
      id += Math.min(Math.floor(this.random() * 0x1_0000), 0xffff)
        .toString(16)
        .padStart(4, '0')
    return id
  }
}

function formFor(dialect: Dialect): Dialect {
  return dialect === 'seed' ? 'seed' : 'rfc'
}

/** Throws Refused, with the sentence of the codec, for a message that must not be sent. */
export function encoded(message: LsnpMessage, form: Dialect): Buffer {
  return refusing(() => encode(message, form))
}

/** The same for a message for programs of the RFC with another for the first programs of this family. */
export function encodedHalves(rfc: LsnpMessage, seed: LsnpMessage): Buffer {
  return refusing(() => encodeHalves(rfc, seed))
}

function refusing(encoding: () => Buffer): Buffer {
  try {
    return encoding()
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new ChatError(422, 'not_sendable', error.message)
  }
}

/** A user name that every program can take apart: in lists and tokens, and at the `@`. */
function userNameOf(name: string): string {
  const oneWord = name.trim().replace(/[\p{C}\p{Z}@,|]+/gu, '_')
  return shortened(oneWord, LSNP_LIMITS.userNameBytes) || 'somebody'
}

/** The channels that an announcement has room for. */
function thatFit(channels: readonly string[]): readonly string[] {
  let bytes = 0
  return channels
    .slice(0, LSNP_LIMITS.channels)
    .filter((channel) => (bytes += Buffer.byteLength(channel) + 1) <= LAN_LIMITS.channelBytes)
}

/** The beginning of a text that is longer than so many bytes of UTF-8. */
export function shortened(text: string, mostBytes: number): string {
  if (Buffer.byteLength(text) <= mostBytes) return text
  const end = '…'
  const beginning = Buffer.from(text).subarray(0, mostBytes - Buffer.byteLength(end))
  return beginning.toString().replace(/\ufffd+$/, '') + end
}

/** The lines of a datagram for people; a picture is cut short. */
export function readable(bytes: Buffer): string {
  return bytes
    .toString()
    .trimEnd()
    .replace(/^(AVATAR_DATA: ?.{10}).*$/gm, '$1…')
    .replace(/^(DATA: ?.{10}).*$/gm, '$1…')
}
