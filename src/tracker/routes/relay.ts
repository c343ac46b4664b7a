/** Messages that the tracker forwards for clients that cannot reach peers themselves, such as pages in a browser. */
import { DIRECT, addressKey, type Peer } from '../../chat/model.ts'
import { textOf } from '../../chat/content.ts'
import { contentFields, incomingMessage } from '../../chat/wire/messages.ts'
import { longForm, shortForm } from '../legacy/peer-json.ts'
import { fitting, type Asked, type Endpoints } from './asked.ts'
import type { Access } from '../access.ts'
import type { Response } from '../../http/message.ts'
import type { Registry } from '../registry.ts'

/** The result of forwarding a message to one peer. */
export interface Forwarded {
  readonly peer: string
  readonly ok: boolean
  readonly error?: string
}

export interface RelayOptions {
  readonly registry: Registry
  readonly access: Access
  /** Unix time in milliseconds, as Clock.wall(). */
  readonly wall: () => number
  /** Delivers the body of a message to a peer. */
  readonly forward: (peer: Peer, body: string) => Promise<Forwarded>
}

export class RelayRoutes {
  readonly #options: RelayOptions
  /** Unix time in milliseconds of the newest stored message; it only grows. */
  #lastStoredAt = 0

  constructor(options: RelayOptions) {
    this.#options = options
  }

  get endpoints(): Endpoints {
    return { 'POST /broadcast-peer': (asked) => this.#broadcast(asked) }
  }

  async #broadcast(asked: Asked): Promise<Response> {
    const { registry, access, wall, forward } = this.#options
    const { fields, from, now } = asked
    const message = incomingMessage(fields, from)
    const sender = access.sender(message.from, asked)
    registry.renew(addressKey(sender), now)
    const sentAt = wall()
    // Clients poll for messages later than their newest one, so the times must rise even if the clock is set back.
    this.#lastStoredAt = Math.max(this.#lastStoredAt + 1, Math.round(sentAt))
    if (message.channel !== DIRECT)
      registry.store(message.channel, {
        from: sender,
        message: textOf(message.content),
        at: this.#lastStoredAt,
      })
    const others = registry
      .members(message.channel, now)
      .filter(({ peer }) => addressKey(peer) !== addressKey(sender))
    const { id, channel, content } = message
    const { message: text, kind } = contentFields(content)
    const body = JSON.stringify({ id, from: named(sender), channel, message: text, ts: sentAt / 1000, kind })
    const recipients = channel === DIRECT ? [] : others
    const forwarded = await Promise.all(recipients.map(({ peer }) => forward(peer, body)))
    const answer = { status: 'ok', channel, peers: others.map(longForm), forwarded }
    return fitting(asked, answer, [{ field: 'forwarded' }, { field: 'peers', brief: others.map(shortForm) }])
  }
}

/**
 * The sender as it stands in the forwarded message: only a name if it cannot be reached. Its key is left out: a key is
 * believed only of a connection that proves it, and of a signature.
 */
function named({ ip, port, name, identity }: Peer): Peer | string {
  if (port === 0) return name
  return identity === undefined ? { ip, port, name } : { ip, port, name, identity }
}
