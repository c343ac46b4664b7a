/**
 * What this node shows of itself. Every PROFILE, PING and JSON announcement is made here, and nowhere else.
 *
 * Each of them takes the host that it is for, because a peer has to read the address at which it can reach this node.
 */
import { oneLine } from '../../lsnp/fields.ts'
import { encoded, encodedHalves, shortened } from '../encoding.ts'
import { LAN_LIMITS } from '../limits.ts'
import { LSNP_LIMITS, type Avatar, type LsnpMessages } from '../../lsnp/codec.ts'
import type { LanContext } from '../context.ts'
import type { Command } from '../handlers.ts'

/** STATUS of a node whose user has set none. Some programs fail on a PROFILE without a value there, or show `None`. */
export const NO_STATUS = '-'

export class LanSelf {
  readonly #context: LanContext
  #name: string
  #status = ''
  #channels: readonly string[] = []
  #httpPort: number | undefined
  #avatar: { readonly hash: string; readonly picture: Avatar } | undefined

  /** `name`: what is shown until describe() says something else. */
  constructor(context: LanContext, name: string) {
    this.#context = context
    const shown = shortened(name, LSNP_LIMITS.displayNameBytes)
    this.#name = oneLine(shown) === '' ? context.addresses.username : shown
  }

  get httpPort(): number | undefined {
    return this.#httpPort
  }

  get avatarHash(): string | undefined {
    return this.#avatar?.hash
  }

  /** Changes what is shown; what the command does not name stays. Throws ChatError for what cannot be announced. */
  describe(command: Command<'profile'>): void {
    const { name = this.#name, status = this.#status, channels = this.#channels } = command
    const { httpPort = this.#httpPort } = command
    const avatar = command.avatar === 'none' ? undefined : (command.avatar ?? this.#avatar)
    const shown = { status: shortened(status, LAN_LIMITS.statusBytes), channels: thatFit(channels) }
    const userId = this.#context.addresses.userIdFor('')
    const profile = { type: 'PROFILE', userId, displayName: name, httpPort } as const
    encoded({ ...profile, ...shown, avatarHash: avatar?.hash, avatar: avatar?.picture }, 'rfc')
    this.#name = name
    this.#status = shown.status
    this.#channels = shown.channels
    this.#httpPort = httpPort
    this.#avatar = avatar
  }

  profile(host: string, reply?: false): LsnpMessages['PROFILE'] {
    return {
      type: 'PROFILE',
      ...this.#parleyFields(host, reply),
      displayName: this.#name,
      status: oneLine(this.#status) === '' ? NO_STATUS : this.#status,
      avatarHash: this.#avatar?.hash,
    }
  }

  /** Without what only Parley peers read. PORT stands last: some programs trim the end of the text. */
  foreignProfile(host: string): LsnpMessages['PROFILE'] {
    const { displayName, status, userId, port } = this.profile(host)
    return { type: 'PROFILE', userId, displayName, status, port }
  }

  /** Undefined without a picture. */
  pictureProfile(host: string): LsnpMessages['PROFILE'] | undefined {
    const avatar = this.#avatar
    return avatar === undefined ? undefined : { ...this.foreignProfile(host), avatar: avatar.picture }
  }

  ping(host: string, reply?: false): LsnpMessages['PING'] {
    return { type: 'PING', ...this.#parleyFields(host, reply) }
  }

  /** The shortest PING that says who and where this node is. Without APP it says nothing of the channels and the key. */
  shortPing(host: string): LsnpMessages['PING'] {
    const { node, port, addresses } = this.#context
    return { type: 'PING', userId: addresses.userIdFor(host), node, port, httpPort: this.#httpPort }
  }

  /** A PING for programs that know neither NODE nor HTTP. */
  foreignPing(host: string): LsnpMessages['PING'] {
    const { port, addresses } = this.#context
    return { type: 'PING', userId: addresses.userIdFor(host), port }
  }

  /** The only question that legacy clients answer. */
  discovery(host: string, now: number): LsnpMessages['PEER_DISCOVERY'] {
    const { port, addresses } = this.#context
    return {
      type: 'PEER_DISCOVERY',
      userId: addresses.userIdFor(host),
      port,
      timestamp: this.#context.seconds(now),
      messageId: this.#context.newId(),
    }
  }

  /** The question that every program reads: a PING for programs of the RFC, a PEER_DISCOVERY for legacy clients. */
  question(ping: LsnpMessages['PING'], host: string, now: number): Buffer {
    return encodedHalves(ping, this.discovery(host, now))
  }

  /** The announcement in JSON; undefined for a node that takes no messages over HTTP. */
  json(host: string): Buffer | undefined {
    if (this.#httpPort === undefined) return undefined
    const announcement = {
      ip: this.#context.addresses.addressFor(host),
      port: this.#httpPort,
      name: this.#name,
    }
    return Buffer.from(JSON.stringify(announcement))
  }

  #parleyFields(host: string, reply: false | undefined) {
    const { app, node, key, port, addresses } = this.#context
    return {
      userId: addresses.userIdFor(host),
      app,
      node,
      key,
      port,
      channels: this.#channels,
      httpPort: this.#httpPort,
      reply,
    }
  }
}

/** The first channels, as many as an announcement has room for. */
function thatFit(channels: readonly string[]): readonly string[] {
  let bytes = 0
  return channels
    .slice(0, LSNP_LIMITS.channels)
    .filter((channel) => (bytes += Buffer.byteLength(channel) + 1) <= LAN_LIMITS.channelBytes)
}
