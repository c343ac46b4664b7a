/**
 * What the parts of a LAN node share: its ids, its addresses, its clock, and the effects of the call in progress.
 *
 * Every datagram leaves by one of two ways: send() for what a user or the schedule wants, answer() for what another
 * program's datagram causes. The second is paid for with the credit of the recipient's address.
 */
import { AnswerCredit } from './presence/credit.ts'
import { encoded, formFor, readable } from './encoding.ts'
import { OwnAddresses } from './own-addresses.ts'
import type { PeerEntry } from './peer-entry.ts'
import type { LanEffect, LanEvent } from './model.ts'
import type { KeyId } from '../../identity/public-key.ts'
import type { Dialect, LsnpMessage } from '../lsnp/codec.ts'
import type { Address } from '../../http/message.ts'

export interface LanNodeOptions {
  /** 16 lower-case hexadecimal digits, random, new at every start. */
  readonly node: string
  /** Announced, so that others know which key to expect here. */
  readonly key?: KeyId | undefined
  /** The first half of our user id; it stays when the display name changes. */
  readonly username: string
  /** `parley/0.1` */
  readonly app: string
  /** Between 0 and 1. */
  readonly random: () => number
}

export class LanContext {
  readonly node: string
  readonly key: KeyId | undefined
  readonly app: string
  readonly random: () => number
  readonly addresses: OwnAddresses
  /** Where this node takes datagrams; 0 until the sockets are open. */
  port = 0
  verbose = false
  /** How far Unix time is ahead of `now`, in milliseconds. */
  clockOffset = 0
  /** What may be sent to each address without a user asking for it. */
  readonly credit = new AnswerCredit()
  #effects: LanEffect[] = []

  constructor({ node, key, username, app, random }: LanNodeOptions) {
    this.node = node
    this.key = key
    this.app = app
    this.random = random
    this.addresses = new OwnAddresses(username)
  }

  /** Unix time in milliseconds. */
  unixTime(now: number): number {
    return now + this.clockOffset
  }

  /** Unix time in whole seconds, as messages have it. */
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

  /**
   * Sends a message, and returns its bytes. `now` in milliseconds, for the trace. Throws ChatError for a message that
   * must not be sent, because of what our user wrote or because it quotes what another program made up.
   */
  send(to: Address, message: LsnpMessage, form: Dialect, now: number): Buffer {
    const bytes = encoded(message, form)
    this.sendBytes(to, bytes, message.type, now)
    return bytes
  }

  /** As send(), in the dialect that the peer speaks. */
  sendTo({ peer, capabilities }: PeerEntry, message: LsnpMessage, now: number): Buffer {
    return this.send({ host: peer.ip, port: peer.port }, message, formFor(capabilities.dialect), now)
  }

  /**
   * Sends what no user asked for, in the dialect that the peer speaks, if the credit of its address pays for it. Returns
   * whether it was sent. Throws ChatError as send() does.
   */
  answer({ peer, capabilities }: PeerEntry, message: LsnpMessage, now: number): boolean {
    return this.answerAt({ host: peer.ip, port: peer.port }, message, formFor(capabilities.dialect), now)
  }

  /** As answer(), to an address. */
  answerAt(to: Address, message: LsnpMessage, form: Dialect, now: number): boolean {
    return this.answerBytes(to, encoded(message, form), message.type, now)
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

  /** The nonce that this peer has to repeat when it is asked at this host. */
  nonceFor({ proofs }: PeerEntry, host: string): string {
    return proofs.nonceFor(host, () => this.newId())
  }

  /** 16 lower-case hexadecimal digits, which the strictest of the programs requires. */
  newId(): string {
    let id = ''
    for (let i = 0; i < 4; i++)
      id += Math.min(Math.floor(this.random() * 0x1_0000), 0xffff)
        .toString(16)
        .padStart(4, '0')
    return id
  }
}
