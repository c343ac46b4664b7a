/** What this peer says of itself in a greeting, and what it makes of the greeting of another peer. */
import { namedAddressProblem } from '../../chat/address.ts'
import { DIRECT } from '../../chat/model.ts'
import { type Fields } from '../../chat/wire/fields.ts'
import { greeting as greetingOf, type Registration } from '../../chat/wire/peers.ts'
import { VERSION } from '../self/version.ts'
import type { Channels } from '../channels.ts'
import type { Self } from '../self/self.ts'
import type { Arrivals } from './arrivals.ts'

export class HelloService {
  readonly #self: Self
  readonly #channels: Channels
  readonly #arrivals: Arrivals

  constructor(self: Self, channels: Channels, arrivals: Arrivals) {
    this.#self = self
    this.#channels = channels
    this.#arrivals = arrivals
  }

  /** The answer to a greeting. */
  hello(): Record<string, unknown> {
    const { peer, identity, node } = this.#self
    return { app: 'parley', version: VERSION, ...peer, identity, node, channels: this.#channels.open }
  }

  /** A greeting to another peer, which sees itself from which of several addresses it comes. */
  greeting(): Record<string, unknown> {
    return this.#self.address.isEverywhere ? { ...this.hello(), ip: '' } : this.hello()
  }

  /** A peer at `remote` greets this one; returns the answer. Throws ChatError. */
  onHello(fields: Fields, remote: string): Record<string, unknown> {
    const greeting = greetingOf(fields, remote)
    const { node, identity } = this.#self
    const isOther = fields['node'] !== node && greeting.peer.identity !== identity
    // A host introduces itself only.
    if (isOther && greeting.peer.ip === remote) this.#arrived(greeting, fields['node'])
    return this.hello()
  }

  #arrived({ peer, channels }: Registration, node: unknown): void {
    const isRefused = namedAddressProblem(peer.ip, peer.port) !== undefined
    if (!isRefused && !this.#self.address.isOurs(peer))
      this.#arrivals.arrived(peer, [...channels, DIRECT], node)
  }
}
