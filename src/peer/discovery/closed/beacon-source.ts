/**
 * The LAN of a closed network as a source of presence. A beacon says where a member may be; who is there, and in which
 * channels, the member says itself over a connection that proves it.
 */
import { namedNeighbourProblem } from '../../../chat/address.ts'
import { BoundedMap } from '../../../chat/bounded.ts'
import { TIMES } from '../../../chat/limits.ts'
import { addressKey, type AddressKey } from '../../../chat/model.ts'
import { Beacons, type BeaconsOptions } from '../../../udp/closed/beacons.ts'
import { interfacesWith } from '../lan-interfaces.ts'
import { LAN, type Announcement, type PresenceSource } from '../source.ts'
import type { Clock } from '../../../chat/clock.ts'
import type { Address } from '../../../http/message.ts'
import type { Met } from '../../contacts/contacts.ts'
import type { Routes } from '../../contacts/routes.ts'
import type { Events } from '../../events.ts'
import type { Self } from '../../self/self.ts'
import type { Discovery } from '../discovery.ts'
import type { Greeted, HelloClient } from '../hello-client.ts'
import type { LanOptions } from '../lan.ts'

export interface BeaconSourceOptions {
  readonly lan: LanOptions
  readonly seal: BeaconsOptions['seal']
  readonly clock: Clock
  readonly self: Pick<Self, 'node' | 'address'>
  readonly hello: Pick<HelloClient, 'greet'>
  readonly routes: Pick<Routes, 'keyAt'>
  readonly discovery: Pick<Discovery, 'update' | 'lost'>
  readonly events: Pick<Events, 'emit'>
}

/** Members that are remembered as met; the oldest are forgotten. */
const MAX_MET = 1_024

export class BeaconSource implements PresenceSource {
  readonly id = LAN
  readonly #options: BeaconSourceOptions
  #beacons: Beacons | undefined
  /** Who answered at an address last, and when. */
  readonly #met = new BoundedMap<AddressKey, { readonly met: Met; readonly at: number }>(MAX_MET)
  /** Addresses that are being asked. A change meanwhile is announced again a moment later. */
  readonly #asking = new Set<AddressKey>()
  #isStopped = false

  constructor(options: BeaconSourceOptions) {
    this.#options = options
  }

  /** Rejects with the error of bind(2) if no UDP port is free. */
  async start(): Promise<void> {
    const { lan, seal, clock, self, events } = this.#options
    const { interfaces = [], ports, network } = lan
    const { isEverywhere, listening } = self.address
    this.#beacons = await Beacons.start({
      seal,
      node: self.node,
      tcpPort: listening.port,
      clock,
      ports,
      interfaces: interfaces.length === 0 ? undefined : interfaces,
      readInterfaces: isEverywhere ? undefined : () => interfacesWith(listening.host),
      ...network,
      onPeer: ({ address, isLeaving }) => {
        if (isLeaving) this.#left(address)
        else void this.#greet(address)
      },
      onProblem: (text) => {
        events.emit({ kind: 'notice', text })
      },
    })
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#beacons?.close()
  }

  announce({ kind }: Announcement): void {
    this.#beacons?.announce()
    // Who is in the new channel has said so already.
    if (kind === 'joined') for (const met of this.#here()) this.#options.discovery.update(this.id, met)
  }

  #here(): Met[] {
    const since = this.#options.clock.now() - TIMES.lease
    return [...this.#met.values()].filter(({ at }) => at >= since).map(({ met }) => met)
  }

  /** Never rejects: a program that does not answer, or is no member, is not there. */
  async #greet({ host, port }: Address): Promise<void> {
    const { clock, discovery, self } = this.#options
    const at = { ip: host, port }
    const id = addressKey(at)
    if (namedNeighbourProblem(host, port) !== undefined || self.address.isOurs(at)) return
    if (this.#asking.has(id)) return
    this.#asking.add(id)
    const met = await this.#ask({ host, port })
    this.#asking.delete(id)
    if (met.kind !== 'met' || this.#isStopped) return
    this.#met.set(id, { met, at: clock.now() })
    discovery.update(this.id, met)
  }

  async #ask({ host, port }: Address): Promise<Greeted> {
    const { hello, routes } = this.#options
    const key = routes.keyAt({ ip: host, port })
    const greeted = await hello.greet({ host, port, key })
    // Another member may have the address by now.
    return greeted.kind === 'other' && key !== undefined ? hello.greet({ host, port }) : greeted
  }

  #left({ host, port }: Address): void {
    const at = addressKey({ ip: host, port })
    const known = this.#met.get(at)
    this.#met.delete(at)
    if (known !== undefined) this.#options.discovery.lost(this.id, known.met.peer, 'left')
  }
}
