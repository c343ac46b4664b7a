/**
 * Peers whose addresses the user gave: greeted at the start and every TIMES.greeting, for they may come and go. The user is
 * notified, once, of an address where a program of another network answers.
 */
import { addressProblem } from '../../chat/address.ts'
import { TIMES } from '../../chat/limits.ts'
import { addressKey, type AddressKey } from '../../chat/model.ts'
import { MANUAL, type PresenceSource } from './source.ts'
import type { Clock } from '../../chat/clock.ts'
import type { Address } from '../../http/message.ts'
import type { Events } from '../events.ts'
import type { Self } from '../self/self.ts'
import type { Discovery } from './discovery.ts'
import type { HelloClient } from './hello-client.ts'

export interface ManualSourceOptions {
  readonly addresses: readonly Address[]
  readonly clock: Clock
  readonly hello: HelloClient
  readonly self: Self
  readonly discovery: Pick<Discovery, 'update'>
  readonly events: Pick<Events, 'emit'>
}

export class ManualSource implements PresenceSource {
  readonly id = MANUAL
  readonly #options: ManualSourceOptions
  #cancel: () => void = () => undefined
  /** Addresses of other networks that the user knows of. */
  readonly #strangers = new Set<AddressKey>()
  #isStopped = false

  constructor(options: ManualSourceOptions) {
    this.#options = options
  }

  start(): void {
    const { addresses, clock } = this.#options
    if (addresses.length === 0 || this.#isStopped) return
    for (const address of addresses) void this.#greet(address)
    this.#cancel = clock.after(TIMES.greeting, () => {
      this.start()
    })
  }

  stop(): void {
    this.#isStopped = true
    this.#cancel()
  }

  /** Never rejects: a peer that does not answer is not there. */
  async #greet(address: Address): Promise<void> {
    const { hello, self, discovery } = this.#options
    const met = await hello.greet(address)
    if (met.kind === 'stranger') this.#notice(address)
    if (met.kind !== 'met' || this.#isStopped) return
    const { peer } = met
    if (addressProblem(peer.ip, peer.port) !== undefined || self.address.isOurs(peer)) return
    discovery.update(this.id, met)
  }

  #notice({ host, port }: Address): void {
    const at = addressKey({ ip: host, port })
    if (this.#isStopped || this.#strangers.has(at)) return
    this.#strangers.add(at)
    this.#options.events.emit({
      kind: 'notice',
      text: `the program at ${at} is not in your network: members of a network are started with the same --network-key`,
    })
  }
}
