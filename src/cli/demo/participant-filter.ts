/**
 * Tells what those of the demonstration say from what strangers say: other programs of this machine hear the same
 * UDP port, and are heard on it. Pure.
 */
import type { ChatEvent } from '../../chat/model.ts'

/** Where announcements for everybody on this machine go. */
const BROADCAST = '127.255.255.255:'

export class ParticipantFilter {
  /** The ports for HTTP of the demonstration: nobody else has these. */
  readonly #ports: ReadonlySet<number>
  /** Where its members send datagrams from, as far as these were heard: `ip:port`. */
  readonly #senders = new Set<string>()

  constructor(ports: Iterable<number>) {
    this.#ports = new Set(ports)
  }

  /** The same event without strangers; undefined when nothing is left. */
  only(event: ChatEvent): ChatEvent | undefined {
    switch (event.kind) {
      case 'present':
        return { ...event, peers: event.peers.filter(({ port }) => this.#ports.has(port)) }
      case 'joined':
      case 'parted':
      case 'renamed':
      case 'profile':
        return this.#ports.has(event.peer.port) ? event : undefined
      case 'message':
        return event.own || this.#ports.has(event.message.from.port) ? event : undefined
      case 'datagram':
        return this.#isOurs(event) ? event : undefined
      case 'receipt':
      case 'resumed':
      case 'tracker':
      case 'notice':
        return event
      case 'followed':
      case 'liked':
      case 'group':
        return undefined
    }
  }

  /** Announcements name the port for HTTP of their sender; answers go to where these came from. */
  #isOurs({ way, address, text }: Extract<ChatEvent, { kind: 'datagram' }>): boolean {
    if (way !== 'SEND') {
      const [, port] = /^HTTP_PORT: ?([0-9]+)$/m.exec(text) ?? []
      if (port === undefined || !this.#ports.has(Number(port))) return false
      this.#senders.add(address)
    }
    return address.startsWith(BROADCAST) || this.#senders.has(address)
  }
}
