/**
 * What this node says of itself: every PROFILE, PING and JSON announcement is made here, and nowhere else. Pure.
 *
 * Each takes the host that it is for: a peer has to read the address of ours that it can reach.
 */
import type { LanContext } from './lan-context.ts'
import type { LsnpMessages } from './lsnp.ts'

export class LanSelf {
  readonly #context: LanContext

  constructor(context: LanContext) {
    this.#context = context
  }

  profile(host: string, reply?: false): LsnpMessages['PROFILE'] {
    const { name: displayName, status, avatar } = this.#context
    const avatarHash = avatar === undefined ? {} : { avatarHash: avatar.hash }
    return { type: 'PROFILE', ...this.#ours(host, reply), displayName, status, ...avatarHash }
  }

  /** Without what only our own kind reads. */
  foreignProfile(host: string): LsnpMessages['PROFILE'] {
    const { displayName, status, userId } = this.profile(host)
    return { type: 'PROFILE', userId, displayName, status }
  }

  /** Undefined without a picture. */
  pictureProfile(host: string): LsnpMessages['PROFILE'] | undefined {
    const { avatar, name, status } = this.#context
    if (avatar === undefined) return undefined
    const userId = this.#context.userIdFor(host)
    return { type: 'PROFILE', userId, displayName: name, status, avatar: avatar.picture }
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

  /** What the other family reads; undefined for a node that takes no messages over HTTP. */
  json(host: string): Buffer | undefined {
    const { httpPort, name } = this.#context
    if (httpPort === undefined) return undefined
    return Buffer.from(JSON.stringify({ ip: this.#context.addressFor(host), port: httpPort, name }))
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
