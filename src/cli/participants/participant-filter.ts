/**
 * Keeps the events of participants and drops those of other programs: all programs of a machine share one UDP port, so
 * participants see strangers and are seen by them.
 */
import type { ChatEvent } from '../../chat/model.ts'

/** Where announcements to the whole machine go. */
const BROADCAST = '127.255.255.255:'

export class ParticipantFilter {
  /** The HTTP ports of the participants; no other program has these. */
  readonly #ports: ReadonlySet<number>
  /** Sources of the participants' datagrams seen so far: `ip:port`. */
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
      case 'became':
      case 'profile':
        return this.#ports.has(event.peer.port) ? event : undefined
      case 'message':
        return event.own || this.#ports.has(event.message.from.port) ? event : undefined
      case 'datagram':
        return this.#isParticipant(event) ? event : undefined
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

  /** Announcements name the HTTP port of their sender; answers go to the address they came from. */
  #isParticipant({ way, address, text }: Extract<ChatEvent, { kind: 'datagram' }>): boolean {
    if (way !== 'SEND') {
      const [, port] = /^HTTP_PORT: ?([0-9]+)$/m.exec(text) ?? []
      if (port === undefined || !this.#ports.has(Number(port))) return false
      this.#senders.add(address)
    }
    return address.startsWith(BROADCAST) || this.#senders.has(address)
  }
}
