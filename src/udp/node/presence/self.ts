/**
 * What this node says of itself: every PROFILE, PING and JSON announcement is made here, and nowhere else. Pure.
 *
 * Each takes the host that it is for: a peer has to read the address of ours that it can reach.
 */
import { oneLine } from '../../lsnp/fields.ts'
import { encodedHalves, type LanContext } from '../context.ts'
import type { LsnpMessages } from '../../lsnp/codec.ts'

/**
 * STATUS of a node whose user has set none. Some programs cannot read a PROFILE without a value there, or show `None`.
 */
export const NO_STATUS = '-'

export class LanSelf {
  readonly #context: LanContext

  constructor(context: LanContext) {
    this.#context = context
  }

  profile(host: string, reply?: false): LsnpMessages['PROFILE'] {
    const { name: displayName, avatar } = this.#context
    const status = this.#status
    const avatarHash = avatar === undefined ? {} : { avatarHash: avatar.hash }
    return { type: 'PROFILE', ...this.#ours(host, reply), displayName, status, ...avatarHash }
  }

  /** Without what only our own kind reads. PORT stands last: some programs cut the end of the text off. */
  foreignProfile(host: string): LsnpMessages['PROFILE'] {
    const { displayName, status, userId, port } = this.profile(host)
    return { type: 'PROFILE', userId, displayName, status, port }
  }

  /** Undefined without a picture. */
  pictureProfile(host: string): LsnpMessages['PROFILE'] | undefined {
    const { avatar } = this.#context
    return avatar === undefined ? undefined : { ...this.foreignProfile(host), avatar: avatar.picture }
  }

  ping(host: string, reply?: false): LsnpMessages['PING'] {
    return { type: 'PING', ...this.#ours(host, reply) }
  }

  /** The least that says who and where we are: without APP, so that nobody takes it for all that we are in. */
  bare(host: string): LsnpMessages['PING'] {
    const { node, port, httpPort } = this.#context
    const userId = this.#context.userIdFor(host)
    return { type: 'PING', userId, node, port, ...(httpPort === undefined ? {} : { httpPort }) }
  }

  /** The same for programs that know neither NODE nor HTTP. */
  foreignPing(host: string): LsnpMessages['PING'] {
    return { type: 'PING', userId: this.#context.userIdFor(host), port: this.#context.port }
  }

  /** The question that the first programs of this family answer: they answer neither PING nor PROFILE. */
  discovery(host: string, now: number): LsnpMessages['PEER_DISCOVERY'] {
    return {
      ...this.foreignPing(host),
      type: 'PEER_DISCOVERY',
      timestamp: this.#context.seconds(now),
      messageId: this.#context.newId(),
    }
  }

  /** The question that every program reads: a PING in the RFC's dialect, a PEER_DISCOVERY in that of the first programs. */
  question(ping: LsnpMessages['PING'], host: string, now: number): Buffer {
    return encodedHalves(ping, this.discovery(host, now))
  }

  /** What the other family reads; undefined for a node that takes no messages over HTTP. */
  json(host: string): Buffer | undefined {
    const { httpPort, name } = this.#context
    if (httpPort === undefined) return undefined
    return Buffer.from(JSON.stringify({ ip: this.#context.addressFor(host), port: httpPort, name }))
  }

  get #status(): string {
    return oneLine(this.#context.status) === '' ? NO_STATUS : this.#context.status
  }

  #ours(host: string, reply: false | undefined) {
    const { app, node, port, httpPort, channels } = this.#context
    return {
      userId: this.#context.userIdFor(host),
      ...{ app, node, port, channels },
      ...(httpPort === undefined ? {} : { httpPort }),
      ...(reply === undefined ? {} : { reply }),
    }
  }
}
