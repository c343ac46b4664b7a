/** What this peer makes of the greetings of others. Invariant: a host introduces peers of its own address only. */
import { namedAddressProblem } from '../../chat/address.ts'
import { ChatError } from '../../chat/errors.ts'
import { DIRECT, type Peer } from '../../chat/model.ts'
import { type Fields } from '../../chat/wire/fields.ts'
import { greeting as greetingOf } from '../../chat/wire/peers.ts'
import type { KeyId } from '../../identity/public-key.ts'
import type { Hush } from '../hush/hush.ts'
import type { Self } from '../self/self.ts'
import type { Arrivals } from './arrivals.ts'
import type { HelloService } from './hello.ts'

export class Greetings {
  readonly #self: Self
  readonly #hello: HelloService
  readonly #arrivals: Arrivals
  readonly #hush: Pick<Hush, 'refuseBlocked'>

  constructor(self: Self, hello: HelloService, arrivals: Arrivals, hush: Pick<Hush, 'refuseBlocked'>) {
    this.#self = self
    this.#hello = hello
    this.#arrivals = arrivals
    this.#hush = hush
  }

  /** What this peer says of itself. Throws ChatError 503 when it is leaving. */
  hello(): Record<string, unknown> {
    if (this.#self.isLeaving) throw new ChatError(503, 'leaving', 'this peer is leaving')
    return this.#hello.hello()
  }

  /**
   * A peer at `remote` greets this one; returns the answer. `proved`: its key, as its connection proved it. In clear a key
   * is a hint. Throws ChatError, and NoAnswer for a blocked person.
   */
  onHello(fields: Fields, remote: string, proved: KeyId | undefined): Record<string, unknown> {
    const { peer, channels } = greetingOf(fields, remote)
    if (proved !== undefined && peer.key !== proved)
      throw new ChatError(403, 'other_key', 'key must be the key that this connection proves', {
        field: 'key',
      })
    const { key: claimed, ...named } = peer
    this.#hush.refuseBlocked(proved === undefined ? named : peer, { claimed })
    const { node, identity, keys } = this.#self
    const isSelf = fields['node'] === node || peer.key === keys.id
    const isOther = !isSelf && (peer.key !== undefined || peer.identity !== identity)
    if (isOther && peer.ip === remote) this.#arrived(peer, channels, fields['node'])
    return this.hello()
  }

  #arrived(peer: Peer, channels: readonly string[], node: unknown): void {
    const isRefused = namedAddressProblem(peer.ip, peer.port) !== undefined
    if (!isRefused && !this.#self.address.isOurs(peer))
      this.#arrivals.arrived(peer, [...channels, DIRECT], node)
  }
}
